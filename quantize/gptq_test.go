package quantize

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/rocmforge/rocmforge/quant"
)

func normals(r *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

// TestInverseFactor: UᵀU times H is one.
func TestInverseFactor(t *testing.T) {
	const k, tokens = 96, 300
	m, err := newMultiplier()
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	gram := m.gram(normals(rand.New(rand.NewPCG(1, 2)), tokens*k), k)
	u, err := inverseFactor(gram, k)
	if err != nil {
		t.Fatal(err)
	}
	mean := 0.0
	for i := range k {
		mean += float64(gram[i*k+i]) / k
	}
	for i := range k {
		for j := range k {
			sum := 0.0 // of (UᵀU H)[i, j]
			for l := range k {
				inv := 0.0
				for a := range min(i, l) + 1 {
					inv += float64(u[a*k+i]) * float64(u[a*k+l])
				}
				h := float64(gram[l*k+j])
				if l == j {
					h += damping * mean
				}
				sum += inv * h
			}
			if want := map[bool]float64{true: 1}[i == j]; math.Abs(sum-want) > 1e-4 {
				t.Fatalf("element %d, %d is %g, want %g", i, j, sum, want)
			}
		}
	}
}

// TestFeedback: on activations that hang together, the outputs' error is
// smaller than that of plain rounding.
func TestFeedback(t *testing.T) {
	const n, k, tokens = 48, 128, 600
	r := rand.New(rand.NewPCG(3, 4))
	mul, err := newMultiplier()
	if err != nil {
		t.Fatal(err)
	}
	defer mul.close()
	x := mul.product(&matrix{k, 40, normals(r, k*40)}, normals(r, tokens*40)) // of rank 40
	for i, noise := range normals(r, len(x)) {
		x[i] += noise / 2
	}
	w := &matrix{n, k, normals(r, n*k)}
	want := mul.product(w, x)
	loss := func(q *matrix) (sum float64) {
		for i, v := range mul.product(q, x) {
			d := float64(v - want[i])
			sum += d * d
		}
		return sum
	}
	h, err := newHessian(mul, x, slices.Clone(x), k)
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range []quant.Type{quant.MXFP4, quant.MXFP6_E2M3, quant.MXFP6_E3M2, quant.FP8_E4M3} {
		plain, err1 := encode(w, typ)
		better, err2 := feedback(w, h, typ)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		a, b := loss(plain.decode()), loss(better.decode())
		t.Logf("%s: %.3f of the error of rounding is left", typ, b/a)
		if b > 0.7*a {
			t.Errorf("%s: error %g; plain rounding has %g", typ, b, a)
		}
	}
}
