package opstest

import "math/rand/v2"

// random is the source of a case's numbers; the same seed gives the same
// numbers on every machine.
func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x6f707374)) }

// normals is n numbers with a standard deviation of size.
func normals(seed uint64, n int, size float64) []float32 {
	r := random(seed)
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64() * size)
	}
	return v
}

// float64s widens values for a reference.
func float64s(v []float32) []float64 {
	w := make([]float64, len(v))
	for i, x := range v {
		w[i] = float64(x)
	}
	return w
}
