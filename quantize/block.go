package quantize

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/internal/simd"
	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/models/weights"
	"github.com/rocmforge/rocmforge/quark"
)

// block is one layer of a transformer, as models/llama.go has it, in float32.
type block struct {
	attnNorm, ffnNorm []float32
	linears           map[string]*matrix // by the part of the name behind the layer's: "self_attn.q_proj"
}

// The names of a block's linear layers, in the order in which they are used;
// those that share an input stand together.
const (
	qProj, kProj, vProj, oProj = "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"
	gateProj, upProj, downProj = "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"
	attnNorm, ffnNorm          = "input_layernorm", "post_attention_layernorm"
)

// stages are the linear layers by the input that they share.
var stages = [][]string{{qProj, kProj, vProj}, {oProj}, {gateProj, upProj}, {downProj}}

func prefix(layer int) string { return fmt.Sprintf("model.layers.%d.", layer) }

// readBlock reads a layer.
func readBlock(src weights.Source, layer int) (*block, error) {
	b := &block{linears: map[string]*matrix{}}
	for _, name := range []string{attnNorm, ffnNorm} {
		t, _ := src.Tensor(prefix(layer) + name + ".weight")
		v, err := read(t)
		if err != nil {
			return nil, fmt.Errorf("tensor %.128q: %w", t.Name, err)
		}
		*b.norm(name) = v
	}
	for _, name := range slices.Concat(stages...) {
		t, _ := src.Tensor(prefix(layer) + name + ".weight")
		v, err := read(t)
		if err != nil {
			return nil, fmt.Errorf("tensor %.128q: %w", t.Name, err)
		}
		b.linears[name] = &matrix{t.Shape[0], t.Shape[1], v}
	}
	return b, nil
}

// clone is a block whose tensors can be replaced, but not be changed.
func (b *block) clone() *block {
	return &block{slices.Clone(b.attnNorm), slices.Clone(b.ffnNorm), maps.Clone(b.linears)}
}

func (b *block) norm(name string) *[]float32 {
	if name == attnNorm {
		return &b.attnNorm
	}
	return &b.ffnNorm
}

// runner computes blocks over sequences of equal length: states are [sequences,
// length, hidden].
type runner struct {
	*multiplier
	config *models.Config
	length int
	// round is what becomes of every result: nothing, or bfloat16, as the
	// model would be run in Python.
	round    func([]float32)
	dot      func(a, b []float32) float32
	cos, sin []float32 // [length, rotated/2]
}

func newRunner(c *models.Config, m *multiplier, length int, bf16 bool) (*runner, error) {
	freq, scale, err := c.RoPE.Frequencies(nil, length)
	if err != nil {
		return nil, err
	}
	r := &runner{multiplier: m, config: c, length: length, round: func([]float32) {}, dot: simd.Active().Dot}
	if bf16 {
		r.round, r.dot = roundBF16, dotInOrder
	}
	for pos := range length {
		for _, f := range freq {
			angle := float64(float32(pos) * f)
			r.cos = append(r.cos, float32(math.Cos(angle))*scale)
			r.sin = append(r.sin, float32(math.Sin(angle))*scale)
		}
	}
	r.round(r.cos)
	r.round(r.sin)
	return r, nil
}

func roundBF16(v []float32) {
	for i, x := range v {
		v[i] = quark.BFloat16(x)
	}
}

// dotInOrder adds from the first product to the last, as the products of
// matrices do with which models run in Python; another order would change what
// rounds up and what down.
func dotInOrder(a, b []float32) (sum float32) {
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

// A pass goes through a block's stages: before each it hands out the stage's
// input, and goes on with whatever the block's weights are then.
func (r *runner) pass(b *block, x []float32, see func(stage int, input []float32), keep func(name string, output []float32)) {
	c := r.config
	h := r.normed(x, b.attnNorm)
	see(0, h)
	q, k, v := r.linear(b, qProj, h), r.linear(b, kProj, h), r.linear(b, vProj, h)
	keep(kProj, k)
	keep(vProj, v)
	r.rotate(q, c.Heads)
	r.rotate(k, c.KVHeads)
	y := r.attend(q, k, v)
	see(1, y)
	r.add(x, r.linear(b, oProj, y))
	h = r.normed(x, b.ffnNorm)
	see(2, h)
	gate, up := r.linear(b, gateProj, h), r.linear(b, upProj, h)
	r.gate(gate, up)
	see(3, gate)
	r.add(x, r.linear(b, downProj, gate))
}

func (r *runner) linear(b *block, name string, x []float32) []float32 {
	y := r.product(b.linears[name], x)
	r.round(y)
	return y
}

// normed is RMSNorm.
func (r *runner) normed(x, w []float32) []float32 {
	d, y := len(w), make([]float32, len(x))
	parallel(len(x)/d, 64, func(lo, hi int) {
		for t := lo; t < hi; t++ {
			in, out := x[t*d:(t+1)*d], y[t*d:(t+1)*d]
			scale := float32(1 / math.Sqrt(float64(simd.Active().SumSquares(in))/float64(d)+r.config.Eps))
			for i, v := range in {
				out[i] = v * scale
			}
			r.round(out)
			for i := range out {
				out[i] *= w[i]
			}
			r.round(out)
		}
	})
	return y
}

// rotate turns the halves of each head (RoPE).
func (r *runner) rotate(x []float32, heads int) {
	hd, half := r.config.HeadDim, r.config.RoPE.Dim/2
	parallel(len(x)/(heads*hd), 64, func(lo, hi int) {
		products := make([]float32, 4*half)
		for t := lo; t < hi; t++ {
			cos, sin := r.cos[t%r.length*half:][:half], r.sin[t%r.length*half:][:half]
			for h := range heads {
				v := x[(t*heads+h)*hd:][:2*half]
				for i := range half {
					a, b := v[i], v[i+half]
					products[i], products[i+half] = a*cos[i], b*cos[i]
					products[i+2*half], products[i+3*half] = -b*sin[i], a*sin[i]
				}
				r.round(products)
				for i := range v {
					v[i] = products[i] + products[i+2*half]
				}
				r.round(v)
			}
		}
	})
}

// attend is causal attention within each sequence.
func (r *runner) attend(q, k, v []float32) []float32 {
	c := r.config
	y := make([]float32, len(q))
	sequences := len(q) / (r.length * c.Heads * c.HeadDim)
	parallel(sequences*c.Heads, 1, func(lo, hi int) {
		for item := lo; item < hi; item++ {
			r.attendHead(y, q, k, v, item/c.Heads, item%c.Heads)
		}
	})
	return y
}

func (r *runner) attendHead(y, q, k, v []float32, sequence, head int) {
	c, s := r.config, simd.Active()
	hd, kvHead := c.HeadDim, head/(c.Heads/c.KVHeads)
	at := func(m []float32, pos, heads, h int) []float32 {
		return m[((sequence*r.length+pos)*heads+h)*hd:][:hd]
	}
	scale := float32(1 / math.Sqrt(float64(hd)))
	scores := make([]float32, r.length)
	for pos := range r.length {
		first := 0
		if c.Window > 0 {
			first = max(0, pos+1-c.Window)
		}
		p := scores[first : pos+1]
		for i := range p {
			p[i] = r.dot(at(q, pos, c.Heads, head), at(k, first+i, c.KVHeads, kvHead))
		}
		r.round(p)
		for i := range p {
			p[i] *= scale
		}
		r.round(p)
		s.Scale(p, 1/s.ExpSum(p, p, s.Max(p)))
		r.round(p)
		out := at(y, pos, c.Heads, head)
		for i, w := range p {
			s.Axpy(out, at(v, first+i, c.KVHeads, kvHead), w)
		}
		r.round(out)
	}
}

// gate computes gate = silu(gate) * up.
func (r *runner) gate(gate, up []float32) {
	parallel(len(gate), 1<<14, func(lo, hi int) {
		g, u := gate[lo:hi], up[lo:hi]
		for i, x := range g {
			g[i] = float32(float64(x) / (1 + math.Exp(-float64(x))))
		}
		r.round(g)
		for i := range g {
			g[i] *= u[i]
		}
		r.round(g)
	})
}

// add computes x += y.
func (r *runner) add(x, y []float32) {
	simd.Active().Add(x, y)
	r.round(x)
}

// linearName splits a tensor's name: "model.layers.3.mlp.up_proj.weight" is of
// layer 3 and called "mlp.up_proj".
func linearName(tensor string) (layer int, name string, ok bool) {
	if n, _ := fmt.Sscanf(tensor, "model.layers.%d.", &layer); n != 1 {
		return 0, "", false
	}
	name, ok = strings.CutSuffix(strings.TrimPrefix(tensor, prefix(layer)), ".weight")
	return layer, name, ok
}
