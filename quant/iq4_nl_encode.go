package quant

import "math"

// encodeIQ4_NL searches a scale for each block.
func encodeIQ4_NL(dst []byte, src []float32) {
	bs := blocks[blockIQ4_NL](dst)
	for i := range bs {
		b, x := &bs[i], (*[32]float32)(src[32*i:])
		d := searchIQ4_NL(x)
		b.d = toHalf(d)
		roundIQ4_NL(&b.qs, x, inverse(d))
	}
}

// searchIQ4_NL finds the scale d that makes Σ w (x - d v)² small, with w = x²
// and v the values of the nearest codes. As in searchScale the largest gain
// wins; the candidates map the element of largest magnitude to 127 and to -134
// .. -120.
func searchIQ4_NL(x *[32]float32) (d float32) {
	_, peak := absMax(x[:])
	if abs(peak) < tiny {
		return 0
	}
	xq, qq := sumIQ4_NL(x, 1/(peak/127))
	if qq > 0 {
		d = xq / qq
	}
	best := d * xq
	for v := float32(-134); v <= -120; v++ {
		xq, qq := sumIQ4_NL(x, v/peak)
		if qq > 0 && xq*xq > best*qq {
			d = xq / qq
			best = d * xq
		}
	}
	return d
}

// sumIQ4_NL gives Σ w x v and Σ w v² for the codes that x inv rounds to.
func sumIQ4_NL(x *[32]float32, inv float32) (xq, qq float32) {
	for _, f := range x {
		v := float32(valuesIQ4_NL[nearestIQ4_NL(inv*f)])
		wv := float32(float32(f*f) * v)
		xq += float32(wv * f)
		qq += float32(wv * v)
	}
	return xq, qq
}

// roundIQ4_NL codes 32 elements.
func roundIQ4_NL(qs *[16]byte, x *[32]float32, inv float32) {
	for j := range qs {
		qs[j] = nearestIQ4_NL(x[j]*inv) | nearestIQ4_NL(x[j+16]*inv)<<4
	}
}

// nearestIQ4_NL is the code of the value nearest to x, the larger one of two,
// and 15 for a NaN.
func nearestIQ4_NL(x float32) byte {
	if x <= -127 {
		return 0
	}
	if !(x < 113) {
		return 15
	}
	code := codesIQ4_NL[int(float64(x)+128)]
	if x >= upperIQ4_NL[code] {
		code++
	}
	return code
}

// upperIQ4_NL is where each code ends: half way to the next.
var upperIQ4_NL = func() (upper [16]float32) {
	for c := range 15 {
		upper[c] = (float32(valuesIQ4_NL[c]) + float32(valuesIQ4_NL[c+1])) / 2
	}
	upper[15] = math.MaxFloat32
	return upper
}()

// codesIQ4_NL is the code of n - 128, for n from 0 to 240. Values are more
// than one apart, so that what lies between two integers has the code of the
// lower one or the next.
var codesIQ4_NL = func() (codes [241]byte) {
	code := byte(0)
	for n := range codes {
		for float32(n-128) >= upperIQ4_NL[code] {
			code++
		}
		codes[n] = code
	}
	return codes
}()
