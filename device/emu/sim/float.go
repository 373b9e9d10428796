package sim

import "math"

// The rules of minima and maxima (RDNA3 ISA 16, "V_MIN_F32", in IEEE mode,
// which kernels run in): of a number and a NaN the number, -0 below +0.

func minF32(a, b uint32) uint32 {
	switch x, y := f32(a), f32(b); {
	case x < y:
		return a
	case y < x:
		return b
	case isNaN(a):
		return number2(b, a)
	case isNaN(b):
		return a
	}
	return a | b&sign // equal: differ in the sign at most
}

func maxF32(a, b uint32) uint32 {
	switch x, y := f32(a), f32(b); {
	case x > y:
		return a
	case y > x:
		return b
	case isNaN(a):
		return number2(b, a)
	case isNaN(b):
		return a
	}
	return a&^sign | a&b&sign
}

func isNaN(x uint32) bool { return x&^sign > 0x7f800000 }

// number2 is b, or where it is a NaN, too, the first one, quiet.
func number2(b, a uint32) uint32 {
	if isNaN(b) {
		return a | quiet
	}
	return b
}

const quiet = 1 << 22

// med3 is the middle one of three; with a NaN among them it is the minimum.
func med3F32(a, b, c uint32) uint32 {
	if isNaN(a) || isNaN(b) || isNaN(c) {
		return minF32(minF32(a, b), c)
	}
	switch top := maxF32(maxF32(a, b), c); top {
	case a:
		return maxF32(b, c)
	case b:
		return maxF32(a, c)
	}
	return maxF32(a, b)
}

// flushed is x, or where it is denormal, 0 with its sign: what the units for
// exp, log, rcp, rsq and sqrt do with operands and results.
func flushed(x float32) float32 {
	b := u32(x)
	if b&0x7f800000 == 0 {
		return f32(b & sign)
	}
	return x
}

// transcendental makes an operation of one that is computed with more bits and
// rounded once: hardware promises 1 ULP.
func transcendental(f func(x float64) float64) func(d, a *row) {
	return float1(func(x float32) float32 { return flushed(float32(f(float64(flushed(x))))) })
}

// turns are the sine and cosine of x whole turns. Beyond 2^8 turns hardware
// gives the value for 0 (RDNA3 ISA, "V_SIN_F32").
func turns(f func(x float64) float64, zero float32) func(d, a *row) {
	return float1(func(x float32) float32 {
		if math.IsInf(float64(x), 0) || x != x {
			return float32(math.NaN())
		}
		if math.Abs(float64(x)) > 256 {
			return zero
		}
		_, frac := math.Modf(float64(x))
		return float32(f(2 * math.Pi * frac))
	})
}

// toInt is the conversion to an integer between least and most, rounded
// towards zero; a NaN becomes 0.
func toInt(x float64, least, most float64) int64 {
	switch {
	case x != x:
		return 0
	case x <= least:
		return int64(least)
	case x >= most:
		return int64(most)
	}
	return int64(x)
}

// class is what v_cmp_class tests: a bit for each kind of number (RDNA3 ISA,
// "V_CMP_CLASS_F32").
func class(x uint32) uint32 {
	negative := x&sign != 0
	e, m := x>>23&255, x&(1<<23-1)
	pick := func(minus, plus uint32) uint32 {
		if negative {
			return 1 << minus
		}
		return 1 << plus
	}
	switch {
	case e == 255 && m != 0:
		return 1 << (m >> 22) // signalling 0, quiet 1
	case e == 255:
		return pick(2, 9)
	case e != 0:
		return pick(3, 8)
	case m != 0:
		return pick(4, 7)
	}
	return pick(5, 6)
}

// ldexp multiplies by a power of two and rounds once.
func ldexp32(x float32, n int32) float32 {
	return float32(math.Ldexp(float64(x), int(max(-400, min(400, n)))))
}
