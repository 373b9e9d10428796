package quantize

import (
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/quark"
)

// strengths are how much of the difference between channels is moved from the
// activations to the weights; 0 moves nothing.
var strengths = []float64{0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1}

// worthwhile is what must be left at most of a stage's error: smaller gains are
// the luck of other roundings, and cost perplexity elsewhere.
const worthwhile = 0.95

// smooth divides the channels of each stage's input by factors, where what comes
// before can take them (a norm, v_proj for o_proj, up_proj for down_proj), and
// multiplies the columns of the weights: Xiao et al., "SmoothQuant", equation 4.
// The strength is the one that leaves the smallest error of the outputs, as in
// Lin et al., "AWQ".
func (j *job) smooth(b *block, s *states, prefix string) error {
	var grams [4][]float32
	s.pass(b, append([]float32{}, s.x...), func(stage int, x []float32) {
		grams[stage] = s.gram(x, b.linears[stages[stage][0]].k)
	}, drop)
	for _, stage := range []int{3, 2, 1, 0} { // rows of up_proj and v_proj change before their columns do
		factors, err := j.factors(b, stage, grams[stage], prefix)
		if err != nil {
			return err
		}
		if factors != nil {
			j.fold(b, stage, factors)
		}
	}
	return nil
}

// factors chooses the factors of a stage's channels, or nil if none do good.
func (j *job) factors(b *block, stage int, gram []float32, prefix string) (best []float32, err error) {
	var least float64
	for _, strength := range strengths {
		s := j.candidate(b, stage, gram, strength)
		loss := 0.0
		for _, name := range stages[stage] {
			l := j.layers[prefix+name]
			if !l.Weight.Is() {
				continue
			}
			one, err := j.loss(b.linears[name], s, gram, l.Weight.Type)
			if err != nil {
				return nil, fmt.Errorf("%s%s: %w", prefix, name, err)
			}
			loss += one
		}
		switch {
		case strength == 0:
			least = worthwhile * loss
		case loss < least:
			least, best = loss, s
		}
	}
	return best, nil
}

// candidate is x^strength / w^(1-strength) of each channel, x the root mean
// square of its activations and w the largest of its weights, over their
// geometric mean. Channels that one factor has to serve share the largest.
func (j *job) candidate(b *block, stage int, gram []float32, strength float64) []float32 {
	k := b.linears[stages[stage][0]].k
	s, mean := make([]float64, k), 0.0
	for c := range s {
		w := 1e-8
		for _, name := range stages[stage] {
			m := b.linears[name]
			for i := range m.n {
				w = max(w, math.Abs(float64(m.w[i*k+c])))
			}
		}
		x := math.Sqrt(float64(max(gram[c*k+c], 0))) + 1e-8
		s[c] = strength * (math.Log(x) - math.Log(w))
	}
	if stage == 1 {
		j.shareHeads(s)
	}
	for _, v := range s {
		mean += v / float64(k)
	}
	out := make([]float32, k)
	for c, v := range s {
		out[c] = quark.BFloat16(float32(math.Exp(min(max(v-mean, -4), 4))))
	}
	return out
}

// shareHeads gives the query heads that read one value head the same factors.
func (j *job) shareHeads(s []float64) {
	hd, group := j.config.HeadDim, j.config.Heads/j.config.KVHeads
	for kv := range j.config.KVHeads {
		for i := range hd {
			most := math.Inf(-1)
			for g := range group {
				most = max(most, s[(kv*group+g)*hd+i])
			}
			for g := range group {
				s[(kv*group+g)*hd+i] = most
			}
		}
	}
}

// loss is the sum of squares by which outputs change when w·s is rounded:
// tr(E·gram·Eᵀ) with E = w - round(w·s)/s.
func (j *job) loss(w *matrix, s, gram []float32, t quant.Type) (sum float64, err error) {
	e, err := encode(scaledColumns(w, s), t)
	if err != nil {
		return 0, err
	}
	d := e.decode()
	for i := range d.w {
		d.w[i] = w.w[i] - d.w[i]/s[i%w.k]
	}
	for i, v := range j.mul.product(&matrix{w.k, w.k, gram}, d.w) {
		sum += float64(v) * float64(d.w[i])
	}
	return sum, nil
}

// scaledColumns is w with its columns multiplied, in bfloat16 as the checkpoint
// has it.
func scaledColumns(w *matrix, s []float32) *matrix {
	out := &matrix{w.n, w.k, make([]float32, len(w.w))}
	for i, v := range w.w {
		out.w[i] = quark.BFloat16(v * s[i%w.k])
	}
	return out
}

// fold multiplies a stage's columns, and divides what comes before.
func (j *job) fold(b *block, stage int, s []float32) {
	for _, name := range stages[stage] {
		b.linears[name] = scaledColumns(b.linears[name], s)
	}
	switch stage {
	case 0, 2:
		norm := b.norm(map[int]string{0: attnNorm, 2: ffnNorm}[stage])
		for c := range *norm {
			(*norm)[c] = quark.BFloat16((*norm)[c] / s[c])
		}
	case 1:
		hd, group := j.config.HeadDim, j.config.Heads/j.config.KVHeads
		b.linears[vProj] = dividedRows(b.linears[vProj], func(row int) float32 { return s[row/hd*group*hd+row%hd] })
	case 3:
		b.linears[upProj] = dividedRows(b.linears[upProj], func(row int) float32 { return s[row] })
	}
}

func dividedRows(w *matrix, by func(row int) float32) *matrix {
	out := &matrix{w.n, w.k, make([]float32, len(w.w))}
	for i, v := range w.w {
		out.w[i] = quark.BFloat16(v / by(i/w.k))
	}
	return out
}
