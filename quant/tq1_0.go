package quant

import "unsafe"

// TQ1_0: 256 elements in 54 bytes. x = d t, with t = -1, 0 or 1.
//
//	0                48   52  54
//	| qs             | qh | d |
//
// A byte is five ternary digits (four in qh), as a fraction of 256: its first
// digit is the integer part of 3 b / 256. Digit n of qs[j], j < 32, is element
// 32 n + j; of qs[32 + j], j < 16, element 160 + 16 n + j; of qh[j], element
// 240 + 4 n + j.
type blockTQ1_0 struct {
	qs [48]byte
	qh [4]byte
	d  half
}

var _ [54]byte = [unsafe.Sizeof(blockTQ1_0{})]byte{}

func decodeTQ1_0(dst []float32, src []byte) {
	bs := blocks[blockTQ1_0](src)
	for i := range bs {
		b, y := &bs[i], dst[256*i:][:256]
		d := b.d.float32()
		trits(y[:160], b.qs[:32], d)
		trits(y[160:240], b.qs[32:], d)
		trits(y[240:], b.qh[:], d)
	}
}

// trits writes the first digit of each byte, then the second of each, until y
// is full.
func trits(y []float32, qs []byte, d float32) {
	for pow := byte(1); len(y) > 0; pow *= 3 {
		for j, q := range qs {
			y[j] = d * float32(int(uint16(q*pow)*3>>8)-1)
		}
		y = y[len(qs):]
	}
}
