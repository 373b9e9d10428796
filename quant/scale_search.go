package quant

// The searches for the scale of a group of 16 or 32 elements. Each looks for
// a scale d (and a minimum m) and integer codes q that make the weighted error
//
//	Σ w (x - d q)²    or    Σ w (x - d q + m)²
//
// small. They are ggml's: the sums run in its order, in float32, since a code
// can depend on the last bit.

// tiny is the magnitude below which a group counts as all zero.
const tiny float32 = 1e-15

// searchScale minimises Σ w (x - d q)² with w = x² and q in [-zero, zero), and
// stores q + zero. (Q6_K)
//
// For given codes the best scale is Σwxq / Σwq², and it takes (Σwxq)² / Σwq²
// off the error. Of 19 scales, which map the element of largest magnitude to
// -zero and up to 0.9 to both sides of it, those codes win that gain the most.
func searchScale(codes []byte, x *[16]float32, zero int32) (d float32) {
	_, peak := absMax(x[:])
	if abs(peak) < tiny {
		clear(codes)
		return 0
	}
	inv := -float32(zero) / peak
	xq, qq := sumCodes(x, inv, zero)
	if qq != 0 {
		d = xq / qq
	}
	best := d * xq
	for step := float32(-9); step <= 9; step++ {
		if step == 0 {
			continue
		}
		try := -(float32(zero) + float32(0.1*step)) / peak
		xq, qq := sumCodes(x, try, zero)
		if qq > 0 && xq*xq > best*qq {
			inv, d = try, xq/qq
			best = d * xq
		}
	}
	for i, v := range x {
		codes[i] = byte(nearestCode(inv*v, zero, 2*zero-1))
	}
	return d
}

// sumCodes gives Σ w x q and Σ w q² for the codes that x inv rounds to.
func sumCodes(x *[16]float32, inv float32, zero int32) (xq, qq float32) {
	for _, v := range x {
		tx, tq := codeTerms(v, nearestCode(inv*v, zero, 2*zero-1)-zero)
		xq += tx
		qq += tq
	}
	return xq, qq
}

// codeTerms gives w x q and w q² for w = x².
func codeTerms(x float32, q int32) (xq, qq float32) {
	w, f := float32(x*x), float32(q)
	return float32(float32(w*x) * f), float32(float32(w*f) * f)
}

// searchCodes minimises what searchScale does in another way: it starts where
// the element of largest magnitude maps to -zero, and then moves one code
// after another to where the best scale for the others has it, for five rounds
// at most. (Q3_K)
func searchCodes(codes []byte, x *[16]float32, zero int32) (d float32) {
	_, peak := absMax(x[:])
	if abs(peak) < tiny {
		clear(codes)
		return 0
	}
	inv := -float32(zero) / peak
	for i, v := range x {
		codes[i] = byte(nearestCode(inv*v, zero, 2*zero-1))
	}
	xq, qq := sumCodes(x, inv, zero)
	for range 5 {
		var changed bool
		if xq, qq, changed = moveCodes(codes, x, zero, xq, qq); !changed {
			break
		}
	}
	if qq > 0 {
		return xq / qq
	}
	return 0
}

// moveCodes goes round once. It keeps xq and qq, the sums over all codes.
func moveCodes(codes []byte, x *[16]float32, zero int32, xq, qq float32) (_, _ float32, changed bool) {
	for i, v := range x {
		tx, tq := codeTerms(v, int32(codes[i])-zero)
		otherXQ, otherQQ := xq-tx, qq-tq
		if !(otherXQ > 0) {
			continue
		}
		code := nearestCode(float32(v*otherQQ)/otherXQ, zero, 2*zero-1)
		if code == int32(codes[i]) {
			continue
		}
		tx, tq = codeTerms(v, code-zero)
		newXQ, newQQ := otherXQ+tx, otherQQ+tq
		if newQQ > 0 && newXQ*newXQ*qq > xq*xq*newQQ {
			codes[i], xq, qq, changed = byte(code), newXQ, newQQ, true
		}
	}
	return xq, qq, changed
}

// A lineSearch minimises Σ w (x - d q + m)² with q in 0..top and m >= 0, or
// the sum of w |x - d q + m| where absolute is set. (Q2_K, Q4_K, Q5_K)
//
// It tries steps+1 scales that map the group's extent to top + first and 0.1
// more each time, solves the two linear equations for the d and m that are
// best for each one's codes, and keeps those of least error.
type lineSearch struct {
	top      int32
	first    float32
	steps    int
	absolute bool
}

// fit stores the codes of a group of at most 32.
func (s *lineSearch) fit(codes []byte, x, w []float32) (d, m float32) {
	lo, hi := extent(x)
	lo = min(lo, 0)
	if lo == hi {
		clear(codes)
		return 0, -lo
	}
	sumW, sumX := sumWeights(x, w)
	var try [32]byte
	d = 1 / (float32(s.top) / (hi - lo))
	s.round(codes, x, lo, float32(s.top)/(hi-lo))
	best := s.loss(codes, x, w, d, lo)
	for step := range s.steps + 1 {
		inv := (s.first + float32(0.1*float32(step)) + float32(s.top)) / (hi - lo)
		s.round(try[:len(x)], x, lo, inv)
		tryD, tryLo, ok := fitLine(try[:len(x)], x, w, sumW, sumX)
		if !ok {
			continue
		}
		if loss := s.loss(try[:len(x)], x, w, tryD, tryLo); loss < best {
			copy(codes, try[:])
			best, d, lo = loss, tryD, tryLo // the next scales start from this minimum
		}
	}
	return d, -lo
}

// round codes each element as the nearest integer to (x-lo) inv.
func (s *lineSearch) round(codes []byte, x []float32, lo, inv float32) {
	for i, v := range x {
		codes[i] = byte(nearestCode(inv*(v-lo), 0, s.top))
	}
}

// loss sums w (d q + lo - x)², or of the magnitude.
func (s *lineSearch) loss(codes []byte, x, w []float32, d, lo float32) (sum float32) {
	w, codes = w[:len(x)], codes[:len(x)]
	for i, v := range x {
		diff := float32(d*float32(codes[i])) + lo - v
		if s.absolute {
			diff = abs(diff)
		} else {
			diff *= diff
		}
		sum += float32(w[i] * diff)
	}
	return sum
}

// sumWeights gives Σ w and Σ w x.
func sumWeights(x, w []float32) (sumW, sumX float32) {
	w = w[:len(x)]
	for i, v := range x {
		sumW += w[i]
		sumX += float32(w[i] * v)
	}
	return sumW, sumX
}

// fitLine solves for the line d q + lo that is nearest to x, with lo <= 0. It
// is not ok where all codes are equal.
func fitLine(codes []byte, x, w []float32, sumW, sumX float32) (d, lo float32, ok bool) {
	var q, qq, xq float32
	w, codes = w[:len(x)], codes[:len(x)]
	for i, v := range x {
		c := float32(codes[i])
		wc := float32(w[i] * c)
		q += wc
		qq += float32(wc * c)
		xq += float32(wc * v)
	}
	det := float32(sumW*qq) - float32(q*q)
	if !(det > 0) {
		return 0, 0, false
	}
	d = (float32(sumW*xq) - float32(sumX*q)) / det
	lo = (float32(qq*sumX) - float32(q*xq)) / det
	if lo > 0 {
		return xq / qq, 0, true
	}
	return d, lo, true
}

// roundCodes codes a group anew with the scale and minimum that the block can
// store: the nearest integer to (x+m)/d, plus zero. Where d has come out as
// zero the search's codes stay, as in ggml; they count for nothing.
func roundCodes(codes []byte, x []float32, d, m float32, zero, top int32) {
	if d == 0 {
		return
	}
	for i, v := range x {
		codes[i] = byte(nearestCode((v+float32(m))/d, zero, top))
	}
}
