package quant

import "math"

// set stores the scale and the minimum, below 64, of group g < 8. The groups
// come in order, 0 to 7.
func (s *scalesK) set(g int, scale, min byte) {
	if g < 4 {
		s[g], s[g+4] = scale, min
		return
	}
	s[g+4] = scale&15 | min<<4
	s[g-4] |= scale >> 4 << 6
	s[g] |= min >> 4 << 6
}

// A blockK is what Q4_K and Q5_K have in common.
type blockK struct {
	d, dmin half
	scales  scalesK
	codes   [256]byte
}

// encode searches a scale and a minimum for each of 8 groups of 32, rounds
// them to 6 bits, and codes the elements with what is left of them.
func (b *blockK) encode(x *[256]float32, search *lineSearch) {
	var d, m [8]float32
	var weights [32]float32
	for g := range d {
		xs := x[32*g : 32*g+32]
		weighByMagnitude(&weights, xs)
		d[g], m[g] = search.fit(b.codes[32*g:32*g+32], xs, weights[:])
	}
	maxD, maxM := largest(d[:]), largest(m[:])
	invD, invM := inverseOf(63, maxD), inverseOf(63, maxM)
	b.d, b.dmin = toHalf(maxD/63), toHalf(maxM/63)
	for g := range d {
		s := min(63, byte(nearestInt(invD*d[g])))
		m := min(63, byte(nearestInt(invM*m[g])))
		b.scales.set(g, s, m)
		roundCodes(b.codes[32*g:32*g+32], x[32*g:32*g+32],
			b.d.float32()*float32(s), b.dmin.float32()*float32(m), 0, search.top)
	}
}

// weighByMagnitude gives each element the weight |x| + RMS(x).
func weighByMagnitude(w *[32]float32, x []float32) {
	var sum float32
	for _, v := range x {
		sum += float32(v * v)
	}
	rms := float32(math.Sqrt(float64(sum / 32)))
	for i, v := range x {
		w[i] = rms + abs(v)
	}
}

// largest is the largest of some numbers, and at least 0.
func largest(x []float32) (top float32) {
	for _, v := range x {
		if v > top {
			top = v
		}
	}
	return top
}

// inverseOf is n/x for a positive x, or else 0.
func inverseOf(n, x float32) float32 {
	if x > 0 {
		return n / x
	}
	return 0
}
