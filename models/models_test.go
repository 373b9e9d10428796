package models

import (
	"errors"
	"slices"
	"testing"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/cpu"
	"github.com/rocmforge/rocmforge/models/kvcache"
	"github.com/rocmforge/rocmforge/models/nn"
	"github.com/rocmforge/rocmforge/models/weights"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

func smallConfig() *Config {
	return &Config{
		Architecture: "llama", Layers: 2, Hidden: 64, FFN: 96, Heads: 4, KVHeads: 2, HeadDim: 16, Vocab: 50,
		Context: 128, Eps: 1e-5, RoPE: RoPEConfig{Base: 10000, Dim: 16},
	}
}

// TestLimitsOfOps: what the configuration may have, the ops can do.
func TestLimitsOfOps(t *testing.T) {
	c := smallConfig()
	c.HeadDim = ops.MaxHeadDim
	if err := c.Check(); err != nil {
		t.Error(err)
	}
	c.HeadDim += 2
	var bad *ConfigError
	if err := c.Check(); !errors.As(err, &bad) || bad.Key != "head size" {
		t.Errorf("a head of %d: %v", c.HeadDim, err)
	}
}

func TestBatchFill(t *testing.T) {
	var b Batch
	b.Fill([]int32{5, 6, 7, 8}, 0, 0)
	b.Fill([]int32{9, 1}, 3, 41)
	if !slices.Equal(b.IDs, []int32{9, 1}) || !slices.Equal(b.Pos, []int32{41, 42}) || !slices.Equal(b.Seq, []int32{3, 3}) || b.Len() != 2 {
		t.Errorf("%+v", b)
	}
}

// TestBatchRefused: a batch that does not fit the work buffers is a bug of the
// caller, and must not be written behind them.
func TestBatchRefused(t *testing.T) {
	net, q, _ := loaded(t, smallConfig())
	for name, b := range map[string]*Batch{
		"empty":   {},
		"long":    {IDs: make([]int32, MaxBatch+1), Pos: make([]int32, MaxBatch+1), Seq: make([]int32, MaxBatch+1)},
		"unequal": {IDs: make([]int32, 2), Pos: make([]int32, 2), Seq: make([]int32, 1)},
	} {
		if !panics(func() { net.Forward(q, b, nil) }) {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, n := range []int{0, LogitRows + 1} {
		if !panics(func() { net.Logits(q, make([]int32, n)) }) {
			t.Errorf("logits of %d rows", n)
		}
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return
}

// TestSequencesKeepApart runs two sequences in one batch, and each alone.
func TestSequencesKeepApart(t *testing.T) {
	c := smallConfig()
	net, q, dev := loaded(t, c)
	spec := kvcache.Spec{Type: quant.F32, Layers: c.Layers, Heads: c.KVHeads, HeadDim: c.HeadDim, Sequences: 2, Tokens: 100}
	logits := func(b *Batch) []float32 {
		cache, err := kvcache.New(dev, spec)
		if err != nil {
			t.Fatal(err)
		}
		defer cache.Close()
		for i, seq := range b.Seq {
			if err := cache.Extend(q, int(seq), int(b.Pos[i])+1); err != nil {
				t.Fatal(err)
			}
		}
		net.Forward(q, b, cache)
		out := slices.Clone(device.HostSlice[float32](net.Logits(q, []int32{int32(b.Len() - 1)}), c.Vocab))
		if err := q.Wait(); err != nil {
			t.Fatal(err)
		}
		return out
	}
	alone, both := &Batch{}, &Batch{}
	alone.Fill([]int32{4, 5, 6, 7}, 0, 0)
	both.Fill([]int32{40, 41, 42}, 0, 0)
	both.IDs, both.Pos, both.Seq = append(both.IDs, alone.IDs...), append(both.Pos, alone.Pos...), append(both.Seq, 1, 1, 1, 1)
	want, got := logits(alone), logits(both)
	spread := float32(0)
	for i := range want {
		spread = max(spread, want[i]-want[0])
		if d := got[i] - want[i]; !(d < 1e-5 && d > -1e-5) {
			t.Fatalf("logit %d is %v beside another sequence, %v alone", i, got[i], want[i])
		}
	}
	if spread == 0 {
		t.Error("all logits are equal")
	}
}

// TestWorkBytes: the plan says what Bind allocates, within a page or two.
func TestWorkBytes(t *testing.T) {
	c := smallConfig()
	d, err := cpu.New(1)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	net, q, _ := load(t, c, d)
	before := d.InUse()
	if err := net.Bind(d, q, nn.NewArena(d), kvcache.Spec{Type: quant.F16, Heads: c.KVHeads, HeadDim: c.HeadDim, Tokens: 64, Sequences: 1}.Ops()); err != nil {
		t.Fatal(err)
	}
	if got, planned := d.InUse()-before, net.WorkBytes(device.Caps{Host: true}); got < planned || got > planned+8192 {
		t.Errorf("%d bytes allocated; WorkBytes says %d", got, planned)
	}
}

// memory is a source of tensors made up on the spot.
type memory struct {
	naming  weights.Naming
	tensors []weights.Tensor
}

func (s *memory) Naming() weights.Naming { return s.naming }
func (s *memory) Mapped() bool           { return false }
func (s *memory) Changed() error         { return nil }
func (s *memory) Close() error           { return nil }

func (s *memory) Names() (names []string) {
	for _, t := range s.tensors {
		names = append(names, t.Name)
	}
	return names
}

func (s *memory) Tensor(name string) (weights.Tensor, bool) {
	i := slices.IndexFunc(s.tensors, func(t weights.Tensor) bool { return t.Name == name })
	if i < 0 {
		return weights.Tensor{}, false
	}
	return s.tensors[i], true
}

// inMemory has all tensors of a configuration in float32.
func inMemory(t *testing.T, c *Config, naming weights.Naming) *memory {
	t.Helper()
	names, err := TensorNames(c)
	if err != nil {
		t.Fatal(err)
	}
	src := &memory{naming: naming}
	for seed, n := range names {
		if n.Optional {
			continue
		}
		elems := 1
		for _, d := range n.Shape {
			elems *= d
		}
		values := make([]float32, elems)
		for i := range values {
			values[i] = float32((i*7919+seed*131)%97-48) / 200
		}
		data := make([]byte, 4*elems)
		f, _ := quant.Lookup(quant.F32)
		f.Encode(data, values)
		name := n.GGUF
		if naming == weights.HuggingFace {
			name = n.HF
		}
		src.tensors = append(src.tensors, weights.Tensor{
			Name: name, Type: quant.F32, Shape: n.Shape, Size: len(data), Bytes: func() ([]byte, error) { return data, nil },
		})
	}
	return src
}

func loaded(t *testing.T, c *Config) (Model, device.Queue, device.Device) {
	t.Helper()
	d, err := cpu.New(2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	net, q, _ := load(t, c, d)
	kv := kvcache.Spec{Type: quant.F32, Heads: c.KVHeads, HeadDim: c.HeadDim, Tokens: 100, Sequences: 2}
	if err := net.Bind(d, q, nn.NewArena(d), kv.Ops()); err != nil {
		t.Fatal(err)
	}
	return net, q, d
}

func load(t *testing.T, c *Config, d device.Device) (Model, device.Queue, *weights.Loaded) {
	t.Helper()
	net, plan, err := Match(inMemory(t, c, weights.GGUF), c, weights.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := plan.Load(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	q, err := d.NewQueue()
	if err != nil {
		t.Fatal(err)
	}
	return net, q, l
}

// TestMatchTied: the embedding serves as the output layer only if the
// configuration says so, in both families of names.
func TestMatchTied(t *testing.T) {
	for naming, output := range map[weights.Naming]string{weights.GGUF: "output.weight", weights.HuggingFace: "lm_head.weight"} {
		c := smallConfig()
		src := inMemory(t, c, naming)
		src.tensors = slices.DeleteFunc(src.tensors, func(t weights.Tensor) bool { return t.Name == output })
		var names *weights.NamesError
		if _, _, err := Match(src, c, weights.Options{}); !errors.As(err, &names) || !slices.Equal(names.Missing, []string{output}) {
			t.Errorf("%s, not tied: %v", naming, err)
		}
		c.Tied = true
		net, plan, err := Match(src, c, weights.Options{})
		if err != nil {
			t.Errorf("%s, tied: %v", naming, err)
			continue
		}
		d, err := cpu.New(1)
		if err != nil {
			t.Fatal(err)
		}
		l, err := plan.Load(t.Context(), d, nil)
		if err != nil {
			t.Fatal(err)
		}
		if head := net.(*Decoder).Head.Weight; head.Ptr == 0 || head.Layout != device.Panels || !slices.Equal(head.Shape, []int{50, 64}) {
			t.Errorf("%s: the output layer is %+v", naming, head)
		}
		if err := errors.Join(l.Close(), d.Close()); err != nil {
			t.Error(err)
		}
	}
}

// TestMatchIgnores frequencies that a file may carry along, and nothing else.
func TestMatchIgnores(t *testing.T) {
	c := smallConfig()
	for name, ignored := range map[string]bool{
		"model.layers.1.self_attn.rotary_emb.inv_freq":    true,
		"model.layers.1.self_attn.rotary_emb.inv_freq.x":  false,
		"xmodel.layers.1.self_attn.rotary_emb.inv_freq":   false,
		"model.layers.1.self_attn.q_proj.weight_scale":    false,
		"model.layers.2.self_attn.q_proj.weight":          false,
		"model.layers.01.self_attn.rotary_emb.inv_freq":   true,
		"model.layers.one.self_attn.rotary_emb.inv_freqs": false,
	} {
		src := inMemory(t, c, weights.HuggingFace)
		src.tensors = append(src.tensors, weights.Tensor{Name: name, Type: quant.F32, Shape: []int{8}, Size: 32})
		if _, _, err := Match(src, c, weights.Options{}); (err == nil) != ignored {
			t.Errorf("%s: %v", name, err)
		}
	}
}
