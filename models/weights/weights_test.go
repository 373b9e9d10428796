package weights

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/cpu"
	"github.com/rocmforge/rocmforge/quant"
)

// layer and net are a model of our own, with all that tags can say.
type layer struct {
	Norm struct {
		Weight device.Tensor `gguf:"weight" hf:"weight" role:"vector"`
	} `gguf:"norm" hf:"layer_norm" shape:"D"`
	Up struct {
		Weight device.Tensor `gguf:"weight" hf:"weight" role:"matrix"`
		Bias   device.Tensor `gguf:"bias" hf:"bias" role:"vector" optional:"true"`
	} `gguf:"up" hf:"mlp.up" shape:"2*D,D"`
	scratch device.Tensor // has no tag
}

type net struct {
	Embed  device.Tensor `gguf:"embd" hf:"embed" shape:"V,D" role:"table"`
	Layers []layer       `gguf:"blk.%d" hf:"layers.%d"`
	Head   device.Tensor `gguf:"head" hf:"head" shape:"V,D" role:"matrix"`
}

var dims = Dims{"D": {32}, "V": {5}}

func newNet() *net { return &net{Layers: make([]layer, 2)} }

// fake is a source in memory.
type fake struct {
	naming  Naming
	tensors []Tensor
	changed error
	closed  int
}

func (s *fake) Naming() Naming { return s.naming }
func (s *fake) Mapped() bool   { return false }
func (s *fake) Changed() error { return s.changed }
func (s *fake) Close() error   { s.closed++; return nil }

func (s *fake) Names() (names []string) {
	for _, t := range s.tensors {
		names = append(names, t.Name)
	}
	return names
}

func (s *fake) Tensor(name string) (Tensor, bool) {
	i := slices.IndexFunc(s.tensors, func(t Tensor) bool { return t.Name == name })
	if i < 0 {
		return Tensor{}, false
	}
	return s.tensors[i], true
}

func (s *fake) edit(name string, f func(*Tensor)) {
	for i := range s.tensors {
		if s.tensors[i].Name == name {
			f(&s.tensors[i])
		}
	}
}

func (s *fake) drop(name string) {
	s.tensors = slices.DeleteFunc(s.tensors, func(t Tensor) bool { return t.Name == name })
}

func tensorOf(name string, shape ...int) Tensor {
	n := 1
	for _, d := range shape {
		n *= d
	}
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(i)
	}
	f, _ := quant.Lookup(quant.F32)
	data := make([]byte, 4*n)
	f.Encode(data, values)
	return Tensor{Name: name, Type: quant.F32, Shape: shape, Size: len(data), Bytes: func() ([]byte, error) { return data, nil }}
}

func complete() *fake {
	return &fake{naming: GGUF, tensors: []Tensor{
		tensorOf("embd", 5, 32), tensorOf("head", 5, 32),
		tensorOf("blk.0.norm.weight", 32), tensorOf("blk.0.up.weight", 64, 32), tensorOf("blk.0.up.bias", 64),
		tensorOf("blk.1.norm.weight", 32), tensorOf("blk.1.up.weight", 64, 32),
	}}
}

func newCPU(t *testing.T) *cpu.Device {
	t.Helper()
	d, err := cpu.New(1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// TestLoad fills every field, with the bytes that the plan said.
func TestLoad(t *testing.T) {
	src, n, d := complete(), newNet(), newCPU(t)
	p, err := Match(src, n, dims, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var steps []int
	total := 0
	l, err := p.Load(t.Context(), d, func(done, all int) { steps, total = append(steps, done), all })
	if err != nil {
		t.Fatal(err)
	}
	if want := 4 * (2*5*32 + 2*32 + 2*64*32 + 64); p.FileBytes() != want || total != want || steps[len(steps)-1] != want || !slices.IsSorted(steps) {
		t.Errorf("file bytes %d, progress %v of %d; want %d", p.FileBytes(), steps, total, want)
	}
	if d.InUse() != p.DeviceBytes() {
		t.Errorf("%d bytes allocated; DeviceBytes says %d", d.InUse(), p.DeviceBytes())
	}
	for _, f := range []struct {
		got    device.Tensor
		shape  []int
		layout device.Layout
	}{
		{n.Embed, []int{5, 32}, device.Rows}, {n.Head, []int{5, 32}, device.Panels},
		{n.Layers[0].Norm.Weight, []int{32}, device.Rows}, {n.Layers[1].Up.Weight, []int{64, 32}, device.Panels},
		{n.Layers[0].Up.Bias, []int{64}, device.Rows},
	} {
		if f.got.Ptr == 0 || f.got.Type != quant.F32 || f.got.Layout != f.layout || !slices.Equal(f.got.Shape, f.shape) {
			t.Errorf("%+v; want shape %v, layout %d", f.got, f.shape, f.layout)
		}
	}
	if n.Layers[1].Up.Bias.Ptr != 0 || n.Layers[0].scratch.Ptr != 0 {
		t.Error("a tensor that is not there was filled")
	}
	if v := device.HostSlice[float32](n.Layers[0].Up.Bias.Ptr, 64); v[0] != 0 || v[63] != 63 {
		t.Errorf("bias %v", v)
	}
	if err := l.Close(); err != nil || src.closed != 1 || d.InUse() != 0 {
		t.Errorf("Close: %v; closed %d times, %d bytes in use", err, src.closed, d.InUse())
	}
}

func TestMatchNames(t *testing.T) {
	src := complete()
	src.drop("blk.1.norm.weight")
	src.drop("embd")
	src.tensors = append(src.tensors, tensorOf("strange", 3), tensorOf("blk.2.norm.weight", 32), tensorOf("known", 3))
	_, err := Match(src, newNet(), dims, Options{Ignore: map[string]bool{"known": true}})
	var names *NamesError
	if !errors.As(err, &names) {
		t.Fatal(err)
	}
	if want := []string{"embd", "blk.1.norm.weight"}; !slices.Equal(names.Missing, want) {
		t.Errorf("missing %q; want %q", names.Missing, want)
	}
	if want := []string{"strange", "blk.2.norm.weight"}; !slices.Equal(names.Unused, want) {
		t.Errorf("unused %q; want %q", names.Unused, want)
	}
	for _, words := range []string{`missing tensors: "embd"`, `nothing uses: "strange"`, "rocmforge convert"} {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("%v: nothing about %q", err, words)
		}
	}
}

// TestNamesErrorIsShort: names are the file's, and may be many and hostile.
func TestNamesErrorIsShort(t *testing.T) {
	e := &NamesError{Naming: HuggingFace}
	for i := range 1000 {
		e.Missing = append(e.Missing, fmt.Sprintf("\x1b[2J%d%s", i, strings.Repeat("x", 1000)))
	}
	if msg := e.Error(); len(msg) > 2000 || !strings.Contains(msg, "and 992 more") || strings.ContainsAny(msg, "\x1b\n") || strings.Contains(msg, "convert") {
		t.Errorf("%d bytes: %.300q", len(msg), msg)
	}
}

func TestMatchRefuses(t *testing.T) {
	for _, c := range []struct {
		name, tensor string
		edit         func(*Tensor)
		words        string
	}{
		{"transposed", "blk.0.up.weight", func(t *Tensor) { t.Shape = []int{32, 64} }, "shape [32 64]; [64 32] was expected"},
		{"more dimensions", "blk.0.up.weight", func(t *Tensor) { t.Shape = []int{1, 64, 32} }, "[64 32] was expected"},
		{"scalar", "blk.1.norm.weight", func(t *Tensor) { t.Shape = nil }, "[32] was expected"},
		{"bias of another length", "blk.0.up.bias", func(t *Tensor) { t.Shape = []int{32} }, "[64] was expected"},
		{"activations of ggml", "embd", func(t *Tensor) { t.Type = quant.Q8_1 }, "holds no weights"},
		{"unknown type", "embd", func(t *Tensor) { t.Type = 9999 }, "holds no weights"},
		{"part of a block", "head", func(t *Tensor) { t.Type = quant.Q4_K }, "no whole number of Q4_K blocks of 256"},
	} {
		src := complete()
		src.edit(c.tensor, c.edit)
		_, err := Match(src, newNet(), dims, Options{})
		if err == nil || !strings.Contains(err.Error(), c.words) || !strings.Contains(err.Error(), fmt.Sprintf("%q", c.tensor)) {
			t.Errorf("%s: %v; want %s", c.name, err, c.words)
		}
	}
}

// TestTied: a table that serves as a matrix, too, is kept twice on the device
// and counted once in the file.
func TestTied(t *testing.T) {
	src, n, d := complete(), newNet(), newCPU(t)
	src.drop("head")
	p, err := Match(src, n, dims, Options{Tied: map[string]string{"head": "embd"}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := p.Load(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if n.Head.Ptr == 0 || n.Head.Ptr == n.Embed.Ptr || n.Head.Layout != device.Panels {
		t.Errorf("head %+v, embedding %+v", n.Head, n.Embed)
	}
	if want := 4 * (5*32 + 2*32 + 2*64*32 + 64); p.FileBytes() != want {
		t.Errorf("file bytes %d; want %d", p.FileBytes(), want)
	}
}

// TestLoadFails: whatever ends the loading, no memory is kept.
func TestLoadFails(t *testing.T) {
	broken := errors.New("disk on fire")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx  context.Context
		edit func(*fake)
		want error
	}{
		"cancelled":    {cancelled, func(*fake) {}, context.Canceled},
		"changed file": {t.Context(), func(s *fake) { s.changed = broken }, broken},
		"unreadable": {t.Context(), func(s *fake) {
			s.edit("blk.1.up.weight", func(t *Tensor) { t.Bytes = func() ([]byte, error) { return nil, broken } })
		}, broken},
	} {
		src, d := complete(), newCPU(t)
		c.edit(src)
		p, err := Match(src, newNet(), dims, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Load(c.ctx, d, nil); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if n := d.InUse(); n != 0 {
			t.Errorf("%s: %d bytes kept", name, n)
		}
	}
}

// TestPlanOfTypes: exact keeps what inexact repacks or converts.
func TestPlanOfTypes(t *testing.T) {
	src := complete()
	src.edit("blk.0.up.weight", func(t *Tensor) { t.Type = quant.Q8_0 })
	src.edit("blk.1.up.weight", func(t *Tensor) { t.Type = quant.MXFP6_E3M2 })
	for exact, want := range map[bool]int{false: 1, true: 0} {
		p, err := Match(src, newNet(), dims, Options{Exact: exact})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Converted(); len(got) != want || want == 1 && got[quant.MXFP6_E3M2] != quant.BF16 {
			t.Errorf("exact %v: converted %v", exact, got)
		}
	}
}

func TestNames(t *testing.T) {
	pairs, err := Names(newNet(), dims)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(pairs, func(p NamePair) bool { return p.GGUF == "blk.1.up.bias" })
	if i < 0 || len(pairs) != 8 {
		t.Fatalf("%d pairs: %+v", len(pairs), pairs)
	}
	if p := pairs[i]; p.HF != "layers.1.mlp.up.bias" || !p.Optional || p.Role != Vector || !slices.Equal(p.Shape, []int{64}) {
		t.Errorf("%+v", p)
	}
}

// TestNeeds: what may be empty elsewhere is missing where a tag asks for it, and
// only there.
func TestNeeds(t *testing.T) {
	type linear struct {
		Weight device.Tensor `gguf:"weight" role:"matrix"`
		Bias   device.Tensor `gguf:"bias" role:"vector" optional:"true"`
	}
	model := &struct {
		Q linear `gguf:"q" shape:"D,D" needs:"bias"`
		O linear `gguf:"o" shape:"D,D"`
	}{}
	src := &fake{naming: GGUF, tensors: []Tensor{tensorOf("q.weight", 32, 32), tensorOf("o.weight", 32, 32)}}
	var names *NamesError
	if _, err := Match(src, model, dims, Options{}); !errors.As(err, &names) || !slices.Equal(names.Missing, []string{"q.bias"}) {
		t.Errorf("%v", err)
	}
	src.tensors = append(src.tensors, tensorOf("q.bias", 32))
	if _, err := Match(src, model, dims, Options{}); err != nil {
		t.Error(err)
	}
}

// TestTagsRefused: mistakes in a model's tags are found when it is built.
func TestTagsRefused(t *testing.T) {
	type letter struct {
		W device.Tensor `gguf:"w" shape:"Q,D" role:"matrix"`
	}
	type field struct {
		W int `gguf:"w"`
	}
	type shapeless struct {
		W device.Tensor `gguf:"w" role:"matrix"`
	}
	for _, model := range []any{&letter{}, &field{}, &shapeless{}} {
		if _, err := Match(complete(), model, dims, Options{}); err == nil {
			t.Errorf("%T was accepted", model)
		}
	}
}
