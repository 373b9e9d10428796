package mxfp

import "math"

// An Element is a floating-point format of a block's elements: from the top a
// sign bit, ExpBits of exponent and ManBits of mantissa (MX 1.0, section 5.3).
// There are five: E2M1, E2M3, E3M2, E4M3 and E5M2.
type Element struct {
	name    string
	expBits int
	manBits int
	bias    int
	max     float32

	maxCode byte         // max as a code
	values  [256]float32 // by code; bits above the format's own are ignored
}

// newElement fills in what follows from a format's bits. maxCode is the largest
// finite value; what lies above it is Inf (a mantissa of zero) and NaN.
func newElement(name string, expBits, manBits, bias int, maxCode byte) *Element {
	e := &Element{name: name, expBits: expBits, manBits: manBits, bias: bias, maxCode: maxCode}
	for i := range e.values {
		magnitude := byte(i) & (e.signBit() - 1)
		e.values[i] = e.magnitude(magnitude)
		if byte(i)&e.signBit() != 0 {
			e.values[i] = float32(math.Copysign(float64(e.values[i]), -1))
		}
	}
	e.max = e.values[maxCode]
	return e
}

// magnitude is the value of a code without a sign.
func (e *Element) magnitude(code byte) float32 {
	exp, man := int(code>>e.manBits), int(code)&(1<<e.manBits-1)
	switch {
	case code > e.maxCode && man == 0:
		return float32(math.Inf(1))
	case code > e.maxCode:
		return float32(math.NaN())
	case exp == 0: // subnormal: no leading one
		return float32(math.Ldexp(float64(man), e.minExp()-e.manBits))
	default:
		return float32(math.Ldexp(float64(man+1<<e.manBits), exp-e.bias-e.manBits))
	}
}

// Name is "E2M1", say.
func (e *Element) Name() string { return e.name }

// ExpBits is the number of bits of a code's exponent.
func (e *Element) ExpBits() int { return e.expBits }

// ManBits is the number of bits of a code's mantissa.
func (e *Element) ManBits() int { return e.manBits }

// Bias is what is subtracted from a code's exponent.
func (e *Element) Bias() int { return e.bias }

// Max is the largest finite value.
func (e *Element) Max() float32 { return e.max }

// Bits is the width of a code, with its sign.
func (e *Element) Bits() int { return 1 + e.expBits + e.manBits }

func (e *Element) signBit() byte { return 1 << (e.expBits + e.manBits) }

// minExp is the exponent of the smallest normal number and of all subnormals.
func (e *Element) minExp() int { return 1 - e.bias }

// maxExp is the exponent of Max: emax in the specification.
func (e *Element) maxExp() int { return int(e.maxCode>>e.manBits) - e.bias }

// Decode gives a code's value, which is exact. Bits above the format's width
// are ignored.
func (e *Element) Decode(code byte) float32 { return e.values[code] }

// Encode rounds to the nearest code, ties to the even one. What is larger than
// Max becomes Max, infinities too (the saturating mode of OFP8 1.0), and keeps
// its sign, as zero does. NaN becomes NaN in E4M3 and
// E5M2, and +Max in the formats that have no NaN.
func (e *Element) Encode(x float32) byte {
	bits := math.Float32bits(x)
	sign := byte(bits>>31) << (e.expBits + e.manBits)
	bits &= 1<<31 - 1
	switch {
	case bits > math.Float32bits(float32(math.Inf(1))):
		return e.signBit() - 1
	case bits >= math.Float32bits(e.max):
		return sign | e.maxCode
	}
	return sign | min(e.round(bits), e.maxCode)
}

// round is Encode for the bits of a finite float32 without a sign. The result
// may be one above maxCode. Float32 subnormals are far below every format's
// least half step, so that their missing leading one does not matter.
func (e *Element) round(bits uint32) byte {
	exp := int(bits>>23) - 127
	stepExp := max(exp, e.minExp())
	drop := 23 - e.manBits + stepExp - exp // bits of mantissa that do not fit
	if drop > 24 {
		return 0
	}
	man := bits&(1<<23-1) | 1<<23
	man += 1<<(drop-1) - 1 + man>>drop&1
	// The leading one, if it is there, adds one to the exponent, and so does a
	// carry out of the mantissa.
	return byte(stepExp-e.minExp())<<e.manBits + byte(man>>drop)
}
