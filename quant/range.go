package quant

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// A RangeError says that a number is too large for a format: it would come back
// as an infinity, as NaN, or as something else altogether.
type RangeError struct {
	Type  Type
	Index int     // of the element in what was encoded
	Value float32 // or, of a block's scale that overflowed, the block's largest magnitude
	Most  float32 // the largest magnitude that Type holds; 0 where it depends on the block
}

func (e *RangeError) Error() string {
	switch {
	case !finite(e.Value):
		return fmt.Sprintf("element %d is %v; %s holds finite numbers only", e.Index, e.Value, e.Type)
	case e.Most > 0:
		return fmt.Sprintf("element %d is %v, and %s holds at most %v; %s can hold it", e.Index, e.Value, e.Type, e.Most, e.Holder())
	}
	return fmt.Sprintf("element %d is %v, and the float16 scale of its block of %s would be infinite; %s can hold it", e.Index, e.Value, e.Type, e.Holder())
}

// Holder is a type that can hold the value: BF16, or F32 where that is too small.
func (e *RangeError) Holder() Type {
	if abs(e.Value) < beyondBF16 {
		return BF16
	}
	return F32
}

const (
	mostF16, beyondF16 = 65504, 65520 // what is at least beyondF16 rounds to infinity
	mostBF16           = 0x1.fep127
	beyondBF16         = 0x1.ffp127
	mostE4M3           = 448
	beyondE4M3         = 464 // nearer to 480, which there is none
	mostNVFP4          = 6 * mostE4M3

	// beyondBlocks is more than any format with float16 scales holds (Q6_K
	// and IQ4_XS: 2^28), and little enough that no encoder's sums of
	// products overflow below it.
	beyondBlocks = 1 << 30
)

// limit is what an encoder cannot hold.
type limit struct {
	most, beyond float32 // the largest value, and the least magnitude that is surely too large; 0: none
	halves       []int   // where a block has its float16 scales
	special      bool    // has infinities and NaNs of its own
}

// check looks for what was not encoded: it compares magnitudes as integers,
// which takes a fraction of encoding's time, and looks at each block's scales.
func (l *limit) check(f *Format, dst []byte, src []float32) error {
	if i := l.first(src); i >= 0 {
		return &RangeError{Type: f.Type, Index: i, Value: src[i], Most: l.most}
	}
	for _, at := range l.halves {
		for b := 0; b*f.BlockBytes < len(dst); b++ {
			if binary.LittleEndian.Uint16(dst[b*f.BlockBytes+at:])&0x7c00 == 0x7c00 {
				return l.blame(f, b, src)
			}
		}
	}
	return nil
}

// first is the first element that is surely too large, or -1.
func (l *limit) first(src []float32) int {
	const infinite = 0xff << 23
	if l.special && l.beyond == 0 {
		return -1
	}
	beyond := uint32(infinite)
	if l.beyond > 0 {
		beyond = math.Float32bits(l.beyond)
	}
	if mostBits(src) < beyond {
		return -1
	}
	return slices.IndexFunc(src, func(x float32) bool { return mostBits([]float32{x}) >= beyond && !(l.special && !finite(x)) })
}

// blame names the element of largest magnitude in block b.
func (l *limit) blame(f *Format, b int, src []float32) error {
	block := src[b*f.BlockElems : (b+1)*f.BlockElems]
	largest := 0
	for i, x := range block {
		if abs(x) > abs(block[largest]) {
			largest = i
		}
	}
	return &RangeError{Type: f.Type, Index: b*f.BlockElems + largest, Value: block[largest], Most: l.most}
}

// mostBits is the largest magnitude as its bits, which are in the order of the
// numbers, with NaNs last.
func mostBits(x []float32) (most uint32) {
	for _, v := range x {
		most = max(most, math.Float32bits(v)&^(1<<31))
	}
	return most
}

func finite(x float32) bool { return math.Float32bits(x)&(0xff<<23) != 0xff<<23 }
