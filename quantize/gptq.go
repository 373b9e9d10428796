package quantize

import (
	"errors"
	"math"

	"github.com/rocmforge/rocmforge/internal/simd"
	"github.com/rocmforge/rocmforge/mxfp"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/quark"
)

// damping is added to the diagonal of a Hessian, as a part of its mean: what is
// seldom active must not look as if it did not matter at all.
const damping = 0.01

// hessian is what the inputs of some linear layers say about them, all [k, k].
type hessian struct {
	factor []float32 // the upper triangle U with UᵀU = (xᵀx + damping)⁻¹
	move   *matrix   // by which a weight makes up for what x lost, transposed
	*multiplier
}

// newHessian looks at the inputs x that the quantized layers before give, and at
// those that the original ones gave, which it overwrites; both are [tokens, k].
func newHessian(m *multiplier, x, ideal []float32, k int) (*hessian, error) {
	h := &hessian{multiplier: m}
	columns := transposed(x, k)
	var err error
	if h.factor, err = inverseFactor(m.product(columns, columns.w), k); err != nil {
		return nil, err
	}
	for i, v := range x {
		ideal[i] -= v
	}
	lost := m.product(columns, transposed(ideal, k).w) // (ideal-x)ᵀx
	u := transposed(h.factor, k)
	inverse := &matrix{k, k, m.product(u, u.w)} // UᵀU
	h.move = transposed(m.product(inverse, lost), k)
	return h, nil
}

// corrected is w moved to where it does best with the inputs that there are, by
// the least squares of the original outputs: w + w·(ideal-x)ᵀx·(xᵀx)⁻¹.
func (h *hessian) corrected(w *matrix) *matrix {
	out := &matrix{w.n, w.k, h.product(h.move, w.w)}
	for i, v := range w.w {
		out.w[i] += v
	}
	return out
}

// feedback rounds a matrix column by column, and has the columns to come make up
// for what each one lost: Frantar et al., "GPTQ", equations 2 and 3. Before, the
// matrix makes up for what its inputs lost in the layers before it, as in Li et
// al., "GPTAQ", though all at once. Scales of MX blocks are chosen when the
// block's turn comes, among the nearest powers of two.
func feedback(w *matrix, h *hessian, t quant.Type) (*encoded, error) {
	m, u := h.corrected(w), h.factor
	f, _ := quant.Lookup(t)
	size, whole := f.RowBytes(m.k)
	if !whole {
		return nil, errors.New("rows are no whole number of blocks")
	}
	e := &encoded{typ: t, n: m.n, k: m.k, data: make([]byte, m.n*size)}
	if t == quant.FP8_E4M3 {
		e.scale = quark.FP8Scale(largest(m.w))
	}
	parallel(m.n, feedbackRows, func(lo, hi int) {
		rounding{e, u, size}.rows(m, lo, hi)
	})
	return e, nil
}

// feedbackRows is how many rows pass through a block of columns at a time, so
// that the factor's rows are read from memory once for all of them.
const feedbackRows = 32

// rounding is error feedback under way.
type rounding struct {
	*encoded
	u    []float32 // the factor, [k, k], upper triangle
	size int       // bytes of a row
}

func (r rounding) rows(m *matrix, lo, hi int) {
	w := make([]float32, (hi-lo)*m.k)
	copy(w, m.w[lo*m.k:hi*m.k])
	for at := 0; at < m.k; at += quark.Group {
		for i := range hi - lo {
			r.group(w[i*m.k:(i+1)*m.k], r.data[(lo+i)*r.size:][:r.size], at)
		}
	}
}

// group rounds 32 elements of a row, and changes those behind.
func (r rounding) group(w []float32, dst []byte, at int) {
	var b mxfp.Block
	end := min(at+quark.Group, r.k)
	if r.typ != quant.FP8_E4M3 {
		b.Scale = r.scaleOf(w[at:end], at)
	}
	axpy := simd.Active().Axpy
	for j := at; j < end; j++ {
		row := r.u[j*r.k : (j+1)*r.k]
		q := r.round(&b, w[j], j, dst)
		axpy(w[j+1:], row[j+1:], (q-w[j])/row[j])
	}
	if r.typ != quant.FP8_E4M3 {
		pack(dst, r.typ, at/quark.Group, &b)
	}
}

// round gives what x in column j becomes, and notes its code in the block or, for
// FP8, in the row dst.
func (r rounding) round(b *mxfp.Block, x float32, j int, dst []byte) float32 {
	e := quark.Element(r.typ)
	if r.typ == quant.FP8_E4M3 {
		quark.EncodeFP8(dst[j:j+1], []float32{x}, r.scale)
		return e.Decode(dst[j]) * r.scale
	}
	scale, i := b.Scale.Decode(), j%quark.Group
	b.Codes[i] = e.Encode(x / scale)
	q := e.Decode(b.Codes[i])
	if q == 0 {
		b.Codes[i] = 0 // and no minus zero
	}
	return q * scale
}

// scaleOf tries the scale that Quark would take and its neighbours, and gives
// the one that costs least, with each column counted as it counts.
func (r rounding) scaleOf(w []float32, at int) mxfp.E8M0 {
	e := quark.Element(r.typ)
	first := mxfp.Even.Scale(e, largest(w))
	best, least := first, math.Inf(1)
	for _, s := range []mxfp.E8M0{first, first - 1, first + 1} {
		if s < 1 || s > 254 || s > first && math.IsInf(float64(e.Max()*s.Decode()), 0) {
			continue
		}
		scale, cost := s.Decode(), 0.0
		for i, x := range w {
			d := float64(x-e.Decode(e.Encode(x/scale))*scale) / float64(r.u[(at+i)*r.k+at+i])
			cost += d * d
		}
		if cost < least {
			best, least = s, cost
		}
	}
	return best
}

// inverseFactor gives the upper triangle U with UᵀU = (H + damping)⁻¹, [k, k].
// With R upper and R·Rᵀ = H, it is R⁻¹.
func inverseFactor(gram []float32, k int) ([]float32, error) {
	h, mean := make([]float64, k*k), 0.0
	for i := range k {
		mean += float64(gram[i*k+i]) / float64(k)
	}
	for i, v := range gram {
		h[i] = float64(v)
	}
	for i := range k {
		h[i*k+i] += damping*mean + math.SmallestNonzeroFloat32
	}
	if err := upperCholesky(h, k); err != nil {
		return nil, err
	}
	return invertUpper(h, k), nil
}

// upperCholesky turns H into the upper triangle R with R·Rᵀ = H, from the last
// column to the first.
func upperCholesky(h []float64, k int) error {
	for j := k - 1; j >= 0; j-- {
		d := h[j*k+j]
		if !(d > 0) {
			return errors.New("the calibration's activations do not determine the errors' weights; use more text")
		}
		d = math.Sqrt(d)
		column := make([]float64, j+1)
		for i := range j {
			h[i*k+j] /= d
			column[i] = h[i*k+j]
		}
		h[j*k+j] = d
		parallel(j, 64, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				row, c := h[i*k:][:j], column[i]
				for l := i; l < j; l++ {
					row[l] -= c * column[l]
				}
			}
		})
	}
	return nil
}

// invertUpper inverts an upper triangle, a row at a time from the right.
func invertUpper(r []float64, k int) []float32 {
	out := make([]float32, k*k)
	parallel(k, 8, func(lo, hi int) {
		x := make([]float64, k)
		for i := lo; i < hi; i++ { // row i of R⁻¹: x·R = eᵢ
			clear(x)
			x[i] = 1 / r[i*k+i]
			for l := i; l < k; l++ {
				if l > i {
					x[l] /= r[l*k+l]
				}
				row, v := r[l*k:(l+1)*k], x[l]
				for j := l + 1; j < k; j++ {
					x[j] -= v * row[j]
				}
			}
			for j := i; j < k; j++ {
				out[i*k+j] = float32(x[j])
			}
		}
	})
	return out
}
