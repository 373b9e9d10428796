package runtime

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/rocmforge/rocmforge/convert"
	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/internal/goldens"
	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/quant"
)

// wider says what becomes of a layer of tiny/llama-tied without changing what it
// computes: its heads and its feed-forward units in another order, some several
// times. -1 is a unit that counts for nothing.
type wider struct{ q, kv, ffn []int }

const (
	tinyHeadDim = 16
	tinyFFN     = 96
)

// widened is one kind of layer for each layer of the model.
var widened = []wider{
	{q: []int{0, 1, 2, 3}, kv: []int{0, 0, 1, 1}, ffn: slices.Repeat([]int{-1}, 32)},                 // a key head for each query head
	{q: []int{0, 1, 2, 3}, kv: []int{0, 1}},                                                          // as it was
	{q: []int{0, 1, 2, 3, -1, -1, -1, -1}, kv: []int{0, 1, 0, 1}, ffn: slices.Repeat([]int{-1}, 64)}, // heads whose output is not read
}

// TestGoldenLayersDiffer: heads, key-value heads and feed-forward sizes that
// differ by layer compute what transformers says of the model without them, in
// one pass and token by token, also as a copy by convert.
func TestGoldenLayersDiffer(t *testing.T) {
	path := widenedFile(t)
	again := filepath.Join(t.TempDir(), "again.gguf")
	keep, _ := convert.ParseRecipe(convert.Keep)
	if _, err := convert.Convert(t.Context(), path, again, convert.Options{Recipe: keep}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{path, again} {
		m := open(t, path, Options{Exact: true, Context: 64})
		if want := 2 * (4 + 2 + 4) * tinyHeadDim * 4 * 64; m.Plan().KVCache < want || m.Plan().KVCache > want+64 {
			t.Errorf("plan: a KV cache of %d bytes; keys and values take %d", m.Plan().KVCache, want)
		}
		matchesTied(t, m)
	}
	if _, err := convert.ToFolder(t.Context(), path, filepath.Join(t.TempDir(), "folder"), convert.Options{}); err == nil {
		t.Error("written as a folder, whose config.json cannot say it")
	}
}

// TestEmulatedLayersDiffer is TestGoldenLayersDiffer on kernels for GPUs.
func TestEmulatedLayersDiffer(t *testing.T) {
	needEmulator(t)
	for _, arch := range []string{"gfx1100", "gfx950"} {
		m := open(t, widenedFile(t), Options{Device: "emu:" + arch, Exact: true, Context: 64})
		matchesTied(t, m)
	}
}

// TestKernelsOfLayers: each ratio of heads gets kernels of its own.
func TestKernelsOfLayers(t *testing.T) {
	a, _ := kernels.ArchOf("gfx1100", 0)
	bound, err := Kernels(widenedFile(t), a, Options{Context: 64})
	if err != nil {
		t.Fatal(err)
	}
	groups := map[int]bool{}
	for _, b := range bound {
		for _, s := range b.Steps {
			if s.Kernel == "attention_decode" {
				groups[s.Consts["GROUP"]] = true
			}
		}
	}
	if !groups[1] || !groups[2] || len(groups) != 2 {
		t.Errorf("attention is bound for groups %v", groups)
	}
}

func matchesTied(t *testing.T, m *Model) {
	t.Helper()
	var g struct{ Prompts [][]int32 }
	goldens.JSON(t, goldens.Path(t, "tiny/llama-tied/goldens.json"), &g)
	want := goldens.Floats(t, goldens.Path(t, "tiny/llama-tied/logits.f32"))
	n := len(want) / len(g.Prompts)
	for i, ids := range g.Prompts {
		s := newSession(t, m)
		rows := mustForward(t, s, ids[:20], true)
		for _, id := range ids[20:] {
			rows = append(rows, mustForward(t, s, []int32{id}, false)...)
		}
		if d := worst(rows, want[i*n:]); d > logitTolerance() {
			t.Errorf("prompt %d: logits differ by %.2g", i, d)
		}
	}
}

// widenedFile writes tiny/llama-tied as a GGUF file with the layers of widened.
func widenedFile(t *testing.T) string {
	plain, path := filepath.Join(t.TempDir(), "plain.gguf"), filepath.Join(t.TempDir(), "wider.gguf")
	recipe, _ := convert.ParseRecipe("F32")
	if _, err := convert.Convert(t.Context(), goldens.Path(t, "tiny/llama-tied"), plain, convert.Options{Recipe: recipe}); err != nil {
		t.Fatal(err)
	}
	f, err := gguf.Open(plain)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := gguf.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for key, value := range f.Metadata.All() {
		w.Set(key, value)
	}
	setWidened(w)
	var data [][]byte
	for _, from := range f.Tensors {
		b, err := from.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		dims, b := widen(from.Name, slices.Clone(from.Dims), b)
		w.AddTensor(from.Name, quant.F32, dims)
		data = append(data, b)
	}
	for i, from := range f.Tensors {
		w.WriteData(from.Name, data[i])
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	return path
}

func setWidened(w *gguf.Writer) {
	var heads, kv, ffn []int32
	for _, l := range widened {
		heads, kv, ffn = append(heads, int32(len(l.q))), append(kv, int32(len(l.kv))), append(ffn, int32(tinyFFN+len(l.ffn)))
	}
	w.Set("llama.attention.head_count", heads)
	w.Set("llama.attention.head_count_kv", kv)
	w.Set("llama.feed_forward_length", ffn)
}

var ofLayer = regexp.MustCompile(`^blk\.(\d)\.(\w+)\.weight$`)

// widen gives a tensor the rows or columns of its layer; dims has the row's
// length first.
func widen(name string, dims []int64, data []byte) ([]int64, []byte) {
	m := ofLayer.FindStringSubmatch(name)
	if m == nil {
		return dims, data
	}
	i, _ := strconv.Atoi(m[1])
	l := widened[i]
	units := make([]int, tinyFFN)
	for u := range units {
		units[u] = u
	}
	units = append(units, l.ffn...)
	switch m[2] {
	case "attn_q":
		return pick(dims, data, 1, heads(l.q))
	case "attn_k", "attn_v":
		return pick(dims, data, 1, heads(l.kv))
	case "attn_output":
		return pick(dims, data, 0, heads(l.q))
	case "ffn_gate", "ffn_up":
		return pick(dims, data, 1, units)
	case "ffn_down":
		return pick(dims, data, 0, units)
	}
	return dims, data
}

// heads lists the rows of heads.
func heads(of []int) (rows []int) {
	for _, h := range of {
		for d := range tinyHeadDim {
			rows = append(rows, max(h*tinyHeadDim+d, min(h, 0)))
		}
	}
	return rows
}

// pick takes rows (axis 1) or columns (axis 0) of a matrix in float32; -1 is
// zeros.
func pick(dims []int64, data []byte, axis int, from []int) ([]int64, []byte) {
	values := make([]float32, len(data)/4)
	if _, err := binary.Decode(data, binary.LittleEndian, values); err != nil {
		panic(fmt.Sprint(err))
	}
	k := int(dims[0])
	dims[axis] = int64(len(from))
	out := make([]float32, dims[0]*dims[1])
	for i := range out {
		at := [2]int{i % int(dims[0]), i / int(dims[0])}
		if at[axis] = from[at[axis]]; at[axis] >= 0 {
			out[i] = values[at[1]*k+at[0]]
		}
	}
	b, _ := binary.Append(nil, binary.LittleEndian, out)
	return dims, b
}
