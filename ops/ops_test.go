package ops_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/cpu"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

// TestEmbeddingRefusesIDs holds that an id outside the vocabulary ends the
// launch with an error that names it.
func TestEmbeddingRefusesIDs(t *testing.T) {
	m := newMachine(t)
	for _, id := range []int32{-1, 3, 1 << 30} {
		ids := m.alloc(4)
		device.HostSlice[int32](ids, 1)[0] = id
		err := launch(m, &ops.Embedding, ops.EmbeddingArgs{
			Y: m.alloc(64), W: m.alloc(3 * 64), IDs: ids,
			Tokens: 1, Dim: 16, Vocab: 3, Type: quant.F32, Scale: 1,
		})
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("token id %d", id)) {
			t.Errorf("id %d: error %v", id, err)
		}
	}
}

// TestRepackRefusesNaNs: panels have no place for them.
func TestRepackRefusesNaNs(t *testing.T) {
	m := newMachine(t)
	for typ, c := range map[quant.Type]struct{ row, at int }{
		quant.MXFP4: {34, 17}, quant.MXFP6_E2M3: {50, 25}, quant.FP8_E4M3: {64, 63},
	} {
		w, out := m.alloc(c.row), m.alloc(ops.PanelBytes(typ, 1, 64))
		for _, damaged := range []bool{false, true} {
			if damaged {
				device.HostSlice[byte](w, c.row)[c.at] = 0xff
			}
			err := launch(m, &ops.Repack, ops.RepackArgs{Dst: out, Src: w, M: 1, K: 64, SrcType: typ, DstType: typ, Layout: device.Panels})
			if damaged != (err != nil && strings.Contains(err.Error(), "NaN")) {
				t.Errorf("%s, damaged %v: error %v", typ, damaged, err)
			}
		}
	}
}

// TestBadShapes holds that impossible arguments panic, naming the op.
func TestBadShapes(t *testing.T) {
	m := newMachine(t)
	for name, f := range map[string]func(){
		"rmsnorm":   func() { launch(m, &ops.RMSNorm, ops.RMSNormArgs{Rows: 1}) },
		"add":       func() { launch(m, &ops.Add, ops.AddArgs{N: -1}) },
		"scale":     func() { launch(m, &ops.Scale, ops.ScaleArgs{N: -1}) },
		"mask":      func() { launch(m, &ops.Mask, ops.MaskArgs{Rows: 1, Cols: 1, Offset: -1}) },
		"softmax":   func() { launch(m, &ops.Softmax, ops.SoftmaxArgs{Rows: 1, Cols: 1}) },
		"argmax":    func() { launch(m, &ops.Argmax, ops.ArgmaxArgs{Rows: 1}) },
		"swiglu":    func() { launch(m, &ops.SwiGLU, ops.GateArgs{Rows: 1, Dim: 1, Stride: 1, Kind: 9}) },
		"embedding": func() { launch(m, &ops.Embedding, ops.EmbeddingArgs{Tokens: 1, Dim: 16, Type: quant.Q4_0}) },
		"rope": func() {
			launch(m, &ops.RoPE, ops.RoPEArgs{Tokens: 1, Heads: 1, HeadDim: 8, RotDim: 16, Stride: 8})
		},
		"attention": func() {
			launch(m, &ops.Attention, ops.AttentionArgs{Y: 1, Queries: 2, Keys: 1, Heads: 1, KVHeads: 1, HeadDim: 1, Causal: 1})
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if r := recover(); !strings.Contains(fmt.Sprint(r), name) {
					t.Errorf("panic %v; want one that names %s", r, name)
				}
			}()
			f()
		})
	}
}

// TestNoAllocation holds that launches leave nothing to Go's collector.
func TestNoAllocation(t *testing.T) {
	m := newMachine(t)
	for _, l := range prefill(m, 8) {
		if n := testing.AllocsPerRun(20, l.run); n != 0 {
			t.Errorf("%s: %v allocations per launch", l.name, n)
		}
	}
}

// BenchmarkPrefill times a prompt of 512 tokens in the shapes of a Llama with
// 1 B parameters; bytes are those read and written.
func BenchmarkPrefill(b *testing.B) {
	m := newMachine(b)
	for _, l := range prefill(m, 512) {
		b.Run(l.name, func(b *testing.B) {
			b.SetBytes(int64(l.bytes))
			b.ReportAllocs()
			for b.Loop() {
				l.run()
			}
		})
	}
}

// A launching is an op with its arguments, ready to run again and again.
type launching struct {
	name  string
	bytes int
	run   func()
}

func prefill(m *machine, tokens int) []launching {
	const dim, hidden, heads, headDim = 2048, 8192, 32, 64
	t := int32(tokens)
	x := m.normals(tokens * hidden)
	w := m.normals(dim)
	y := m.alloc(tokens * hidden * 4)
	pos := m.alloc(tokens * 4)
	for i := range tokens {
		device.HostSlice[int32](pos, tokens)[i] = int32(i)
	}
	return []launching{
		ready(m, tokens*dim*8, &ops.RMSNorm, ops.RMSNormArgs{Y: y, X: x, W: w, Rows: t, Dim: dim, Eps: 1e-5}),
		ready(m, tokens*hidden*12, &ops.SwiGLU, ops.GateArgs{Y: y, Gate: x, Up: x, Rows: t, Dim: hidden, Stride: hidden}),
		ready(m, tokens*dim*8, &ops.RoPE, ops.RoPEArgs{X: x, Pos: pos, Freq: w, Tokens: t, Heads: heads,
			HeadDim: headDim, RotDim: headDim, Stride: heads * headDim, Pairing: ops.Halves, Scale: 1}),
		ready(m, tokens*tokens*8, &ops.Softmax, ops.SoftmaxArgs{Y: y, X: x, Rows: t, Cols: t, Scale: 0.125}),
		ready(m, tokens*dim*12, &ops.Add, ops.AddArgs{Y: x, A: x, B: y, N: t * dim}),
	}
}

func ready[A any](m *machine, bytes int, op *device.Op[A], args A) launching {
	bound, err := device.Bind(m.device, op, device.Spec{})
	if err != nil {
		m.tb.Fatal(err)
	}
	return launching{op.Name, bytes, func() {
		bound.Launch(m.queue, &args)
		if err := m.queue.Wait(); err != nil {
			m.tb.Fatal(err)
		}
	}}
}

// A machine is a CPU device and a queue, closed when the test ends.
type machine struct {
	tb     testing.TB
	device *cpu.Device
	queue  device.Queue
}

func newMachine(tb testing.TB) *machine {
	tb.Helper()
	d, err := cpu.New(2)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { d.Close() })
	q, err := d.NewQueue()
	if err != nil {
		tb.Fatal(err)
	}
	return &machine{tb, d, q}
}

func (m *machine) alloc(bytes int) device.Ptr {
	m.tb.Helper()
	p, err := m.device.Alloc(bytes)
	if err != nil {
		m.tb.Fatal(err)
	}
	return p
}

func (m *machine) normals(n int) device.Ptr {
	r := rand.New(rand.NewPCG(1, 2))
	p := m.alloc(n * 4)
	v := device.HostSlice[float32](p, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return p
}

func launch[A any](m *machine, op *device.Op[A], args A) error {
	bound, err := device.Bind(m.device, op, device.Spec{})
	if err != nil {
		m.tb.Fatal(err)
	}
	bound.Launch(m.queue, &args)
	return m.queue.Wait()
}
