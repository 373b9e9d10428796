package quark

import (
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/quant"
)

// FP8Scale is Quark's scale of a tensor whose largest magnitude is amax, in a
// model of bfloat16: amax/448, rounded to bfloat16, or 2^-23 for zeros. It is
// never 0, and 448 times it is infinite only if amax is.
func FP8Scale(amax float32) float32 {
	if amax == 0 {
		return 0x1p-23
	}
	s := BFloat16(amax / 448)
	if s*448 > math.MaxFloat32 && amax <= math.MaxFloat32 { // near float32's end the next one below: 448 saturates, and is finite
		s = math.Float32frombits(math.Float32bits(s) - 1<<16)
	}
	return max(s, 0x1p-126)
}

// BFloat16 rounds to the nearest bfloat16, ties to even.
func BFloat16(x float32) float32 {
	bits := math.Float32bits(x)
	bits += 1<<15 - 1 + bits>>16&1
	return math.Float32frombits(bits &^ (1<<16 - 1))
}

// EncodeFP8 quantizes as Quark does in a model of bfloat16: the quotient is
// rounded to bfloat16 first, and then to E4M3, saturating.
func EncodeFP8(dst []byte, x []float32, scale float32) {
	e := Element(quant.FP8_E4M3)
	for i, v := range x {
		dst[i] = e.Encode(BFloat16(v / scale))
	}
}

// CheckScale refuses a scale that no tensor can have.
func CheckScale(s float32) error {
	if !(s > 0 && s <= math.MaxFloat32) {
		return fmt.Errorf("a scale of %v; a finite number above 0 is allowed", s)
	}
	return nil
}
