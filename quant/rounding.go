package quant

import (
	"encoding/binary"
	"math"

	"github.com/x448/float16"
)

// The encoders round as ggml built for plain x86-64 does, on every
// architecture: each product is rounded to float32 before it is added to
// anything (the explicit float32(...) conversions keep Go from fusing the two),
// and a float that no integer can hold becomes the smallest int32, as CVTTSS2SI
// has it.

// nearestInt rounds to the nearest integer, ties to even, where |x| < 2^22:
// adding 1.5 * 2^23 leaves no bits for a fraction. A larger x gives some
// integer, infinities and NaN included, and the same one as in ggml.
func nearestInt(x float32) int32 {
	bits := math.Float32bits(float32(x) + 12582912)
	return int32(bits&0x7fffff) - 0x400000
}

// nearestCode is nearestInt held to 0..top, after adding zero.
func nearestCode(x float32, zero, top int32) int32 {
	return max(0, min(top, nearestInt(x)+zero))
}

// truncInt32 rounds towards zero.
func truncInt32(x float32) int32 {
	if x >= -1<<31 && x < 1<<31 {
		return int32(x)
	}
	return math.MinInt32
}

// roundInt32 rounds to the nearest integer, ties away from zero.
func roundInt32(x float32) int32 {
	y := float64(x) + math.Copysign(0.5, float64(x)) // exact where it matters
	if y > -1<<31-1 && y < 1<<31 {
		return int32(y)
	}
	return math.MinInt32
}

// toHalf rounds to the nearest binary16, ties to even; from 65520 on it is
// infinite.
func toHalf(x float32) (h half) {
	binary.LittleEndian.PutUint16(h[:], float16.Fromfloat32(x).Bits())
	return h
}

// inverse is 1/x, and 0 for a zero.
func inverse(x float32) float32 {
	if x == 0 {
		return 0
	}
	return 1 / x
}

func abs(x float32) float32 {
	return math.Float32frombits(math.Float32bits(x) &^ (1 << 31))
}

// absMax finds the largest magnitude, and the first element that has it, with
// its sign. NaNs do not count.
func absMax(x []float32) (amax, at float32) {
	for _, v := range x {
		if a := abs(v); a > amax {
			amax, at = a, v
		}
	}
	return amax, at
}

// extent finds the least and the largest element.
func extent(x []float32) (lo, hi float32) {
	lo, hi = math.MaxFloat32, -math.MaxFloat32
	for _, v := range x {
		if v < lo {
			lo = v
		}
		if v > hi {
			hi = v
		}
	}
	return lo, hi
}

// packNibbles puts code j into the low nibble of byte j and code j+16 into
// its high nibble; the codes' higher bits are dropped.
func packNibbles(qs *[16]byte, codes *[32]byte) {
	for j := range qs {
		qs[j] = codes[j]&15 | codes[j+16]<<4
	}
}

// packFifthBits puts bit 4 of code j into bit j.
func packFifthBits(qh *[4]byte, codes *[32]byte) {
	var bits uint32
	for j, c := range codes {
		bits |= uint32(c>>4&1) << j
	}
	binary.LittleEndian.PutUint32(qh[:], bits)
}

// packCrumbs puts codes 32 c + j of each half of 128 into bits 2c and 2c+1 of
// the half's byte j; the codes' higher bits are dropped.
func packCrumbs(qs *[64]byte, codes *[256]byte) {
	for h := range 2 {
		c := (*[128]byte)(codes[128*h:])
		for j := range 32 {
			qs[32*h+j] = c[j]&3 | c[j+32]&3<<2 | c[j+64]&3<<4 | c[j+96]<<6
		}
	}
}
