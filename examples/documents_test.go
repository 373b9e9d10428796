package examples

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge"
	"github.com/rocmforge/rocmforge/convert"
	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/gopher"
	"github.com/rocmforge/rocmforge/models/kvcache"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/quantize"
	"github.com/rocmforge/rocmforge/safetensors"
)

// What the documents say loads is loaded here, as their own tables name it.

// document reads one of the repository's documents.
func document(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// table gives the rows of the first table after some words, without its head.
func table(t *testing.T, text, after string) (rows [][]string) {
	t.Helper()
	_, text, found := strings.Cut(text, after)
	if !found {
		t.Fatalf("no table after %q", after)
	}
	for line := range strings.SplitSeq(text, "\n") {
		if !strings.HasPrefix(line, "|") {
			if rows != nil {
				break
			}
			continue
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		rows = append(rows, cells)
	}
	if len(rows) < 3 {
		t.Fatalf("no rows after %q", after)
	}
	return rows[2:]
}

// TestDocumentedTypes goes through docs/FORMATS.md's table of tensor types: a
// matrix of each that decodes is part of a model that runs, and each that encodes
// is one that a model is converted to.
func TestDocumentedTypes(t *testing.T) {
	small := oneLayer(t, 0)
	listed := 0
	for _, row := range table(t, document(t, "docs/FORMATS.md"), "**Encode** gives") {
		for name := range strings.SplitSeq(row[0], ", ") {
			listed++
			t.Run(name, func(t *testing.T) {
				f, err := quant.Parse(name)
				if err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(row[1], " to ") && (row[1] != strconv.Itoa(int(f.Type)) || row[2] != strconv.Itoa(f.BlockElems) || row[3] != strconv.Itoa(f.BlockBytes)) {
					t.Errorf("is %d, %d elements in %d bytes; the table says %q", f.Type, f.BlockElems, f.BlockBytes, row[1:4])
				}
				m, err := rocmforge.Open(oneLayer(t, f.Type), rocmforge.Options{Device: rocmforge.DeviceCPU, Context: 64})
				if decodes := row[5] != ""; decodes != (err == nil) {
					t.Fatalf("decodes by the table: %v; opens: %v", decodes, err)
				}
				if err == nil {
					mustCompute(t, m)
				}
				if row[6] != "" {
					mustConvert(t, small, name)
				}
			})
		}
	}
	if listed < len(quant.All()) {
		t.Errorf("the table has %d types, there are %d", listed, len(quant.All()))
	}
}

// TestDocumentedRecipes: what the help of convert lists converts.
func TestDocumentedRecipes(t *testing.T) {
	small := oneLayer(t, 0)
	text := document(t, "docs/FORMATS.md")
	for _, name := range convert.RecipeNames() {
		if !strings.Contains(text, name) {
			t.Errorf("docs/FORMATS.md does not name --type %s", name)
		}
		if _, err := quant.Parse(name); err != nil { // types have their own test
			mustConvert(t, small, name)
		}
	}
}

// TestDocumentedDTypes: the types that README.md and docs/FORMATS.md say load
// from safetensors do, in every tensor of a folder.
func TestDocumentedDTypes(t *testing.T) {
	bytesOf := map[string]int{"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1}
	readme := regexp.MustCompile(`safetensors in ([A-Z0-9, ]+),`).FindStringSubmatch(document(t, "README.md"))
	formats := regexp.MustCompile(`(?m)^([A-Z0-9, ]+) and the integers load as weights`).FindStringSubmatch(document(t, "docs/FORMATS.md"))
	if readme == nil || formats == nil || readme[1] != formats[1] {
		t.Fatalf("README.md says %q, docs/FORMATS.md %q", readme, formats)
	}
	for _, name := range append(strings.Split(readme[1], ", "), "I64", "I32", "I16", "I8") {
		t.Run(name, func(t *testing.T) {
			dir := folderOf(t, safetensors.DType(name), bytesOf[name])
			m, err := rocmforge.Open(dir, rocmforge.Options{Device: rocmforge.DeviceCPU})
			if err != nil {
				t.Fatal(err)
			}
			mustCompute(t, m)
		})
	}
}

// TestDocumentedCaches: docs/FORMATS.md's KV cache types are those that there
// are, and the demo model runs with each.
func TestDocumentedCaches(t *testing.T) {
	var listed []string
	for _, row := range table(t, document(t, "docs/FORMATS.md"), "## KV caches") {
		listed = append(listed, strings.Split(row[0], ", ")...)
	}
	if all := slices.Sorted(slices.Values(kvcache.TypeNames)); !slices.Equal(slices.Sorted(slices.Values(listed)), all) {
		t.Errorf("listed are %q, there are %q", listed, all)
	}
	for _, name := range listed {
		file := gopher.Model()
		m, err := rocmforge.OpenReader(file, file.Size(), rocmforge.Options{Device: rocmforge.DeviceCPU, KVCacheDType: name})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		mustCompute(t, m)
	}
}

// TestDocumentedSchemes: what the guide's table names are schemes.
func TestDocumentedSchemes(t *testing.T) {
	named := 0
	for _, row := range table(t, document(t, "docs/MXFP_GUIDE.md"), "## The formats in one table") {
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[len(row)-1], -1) {
			named++
			if _, err := quantize.ParseScheme(m[1]); err != nil {
				t.Error(err)
			}
		}
	}
	if named < 5 {
		t.Errorf("%d schemes in the table", named)
	}
}

// mustCompute wants finite logits, and closes the model.
func mustCompute(t *testing.T, m *rocmforge.Model) {
	t.Helper()
	defer m.Close()
	s, err := m.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	logits, err := s.Forward(t.Context(), []int32{3, 1, 4})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range logits {
		if math.IsNaN(float64(l)) || math.IsInf(float64(l), 0) {
			t.Fatalf("a logit is %v", l)
		}
	}
}

func mustConvert(t *testing.T, in, name string) {
	t.Helper()
	recipe, err := convert.ParseRecipe(name)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out.gguf")
	if _, err := convert.Convert(t.Context(), in, out, convert.Options{Recipe: recipe}); err != nil {
		t.Fatal(err)
	}
	m, err := rocmforge.Open(out, rocmforge.Options{Device: rocmforge.DeviceCPU, Context: 64})
	if err != nil {
		t.Fatal(err)
	}
	mustCompute(t, m)
}

// oneLayer writes the demo model with its first layer alone, of which one matrix
// is zeros of that type; F32 leaves it.
func oneLayer(t *testing.T, typ quant.Type) string {
	t.Helper()
	model := gopher.Model()
	in, err := gguf.Read(model, model.Size())
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	path := filepath.Join(t.TempDir(), "one.gguf")
	out, err := gguf.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	for key, value := range in.Metadata.All() {
		if key == "llama.block_count" {
			value = uint32(1)
		}
		out.Set(key, value)
	}
	var data [][]byte
	var names []string
	for _, tensor := range in.Tensors {
		if strings.HasPrefix(tensor.Name, "blk.") && !strings.HasPrefix(tensor.Name, "blk.0.") {
			continue
		}
		b := make([]byte, tensor.Size)
		if _, err := tensor.Reader().Read(b); err != nil {
			t.Fatal(err)
		}
		if tensor.Name == "blk.0.ffn_down.weight" && typ != quant.F32 {
			f, ok := quant.Lookup(typ)
			if !ok {
				t.Fatalf("type %d", typ)
			}
			tensor.Type, b = typ, make([]byte, tensor.Elements()/int64(f.BlockElems)*int64(f.BlockBytes))
		}
		out.AddTensor(tensor.Name, tensor.Type, tensor.Dims)
		names, data = append(names, tensor.Name), append(data, b)
	}
	for i, b := range data {
		out.WriteData(names[i], b)
	}
	if err := out.Finish(); err != nil {
		t.Fatal(err)
	}
	return path
}

// folderOf writes a Hugging Face folder whose tensors are ones of one type: a
// tiny Llama without a tokenizer.
func folderOf(t *testing.T, typ safetensors.DType, size int) string {
	t.Helper()
	dir := t.TempDir()
	config := `{"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":32,"intermediate_size":32,
		"num_hidden_layers":1,"num_attention_heads":2,"num_key_value_heads":2,"vocab_size":32,"rms_norm_eps":1e-5,
		"max_position_embeddings":64,"tie_word_embeddings":true}`
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	w, err := safetensors.Create(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	const layer = "model.layers.0."
	shapes := [][]int64{{32, 32}, {32}}
	names := []string{
		"model.embed_tokens.weight", "model.norm.weight", layer + "input_layernorm.weight", layer + "post_attention_layernorm.weight",
	}
	for _, part := range []string{"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"} {
		names = append(names, layer+part+".weight")
	}
	shape := func(name string) []int64 {
		if strings.Contains(name, "norm") {
			return shapes[1]
		}
		return shapes[0]
	}
	for _, name := range names {
		w.AddTensor(name, typ, shape(name))
	}
	for _, name := range names {
		n := 32
		if len(shape(name)) == 2 {
			n *= 32
		}
		w.WriteData(name, bytes.Repeat(one(typ, size), n))
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// one is the number 1 in a type of that many bytes.
func one(typ safetensors.DType, size int) []byte {
	b := make([]byte, 8)
	switch typ {
	case "F64":
		binary.LittleEndian.PutUint64(b, math.Float64bits(1))
	case "F32":
		binary.LittleEndian.PutUint32(b, math.Float32bits(1))
	case "F16":
		binary.LittleEndian.PutUint16(b, 0x3c00)
	case "BF16":
		binary.LittleEndian.PutUint16(b, 0x3f80)
	default:
		b[0] = 1
	}
	return b[:size]
}
