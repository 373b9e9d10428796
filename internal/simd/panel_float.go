package simd

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/rocmforge/rocmforge/quant"
	"github.com/x448/float16"
)

// Float panels: a block is one k, and holds the rows' elements as they are.
//
//	F32         [16]float32   64 bytes
//	F16, BF16   [16]uint16    32 bytes
//	FP8_E4M3    [16]uint8     16 bytes, codes of numbers 256 times as large

func floatPanel(t quant.Type, name string, size int, at func([]byte) float32) Panel {
	p := Panel{Type: t, Name: name, K: 1, Bytes: Rows * size, Row: size, Float: true}
	p.Pack = func(dst []byte, rows *[Rows][]byte, blocks int) {
		packFloat(dst, rows, blocks, size)
	}
	p.unpack = func(dst []float32, block []byte) {
		for r := range Rows {
			dst[r] = at(block[r*size:])
		}
	}
	p.mul = func(acc *float32, panel, x unsafe.Pointer, blocks, n, ldx int) {
		mulFloat(acc, panel, x, blocks, n, ldx, size, at)
	}
	return p
}

func f32At(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }
func f16At(b []byte) float32 { return float16.Frombits(binary.LittleEndian.Uint16(b)).Float32() }
func bf16At(b []byte) float32 {
	return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16)
}

// fp8At makes a half of a code, by its bits: that is exact, also of subnormal
// codes. (A NaN would be 480/256; ops.Repack refuses it.)
func fp8At(b []byte) float32 {
	c := uint16(b[0])
	return float16.Frombits(c&0x80<<8 | c&0x7f<<7).Float32()
}

func packFloat(dst []byte, rows *[Rows][]byte, blocks, size int) {
	for r, row := range rows {
		switch {
		case row == nil:
			clearRow(dst, r, blocks, size)
		case size == 4:
			for k := range blocks {
				putWord(dst, k, r, word(row, k))
			}
		case size == 1:
			for k, code := range row[:blocks] {
				dst[k*Rows+r] = code
			}
		default:
			packRow16(dst, row, r, blocks)
		}
	}
}

func clearRow(dst []byte, r, blocks, size int) {
	for k := range blocks {
		clear(dst[(k*Rows+r)*size:][:size])
	}
}

func packRow16(dst, row []byte, r, blocks int) {
	for k := range blocks {
		binary.LittleEndian.PutUint16(dst[2*(k*Rows+r):], binary.LittleEndian.Uint16(row[2*k:]))
	}
}

// mulFloat is the loop of Mul's comment, over elements of size bytes.
func mulFloat(acc *float32, panel, x unsafe.Pointer, blocks, n, ldx, size int, at func([]byte) float32) {
	sum := unsafe.Slice(acc, n*Rows)
	src := unsafe.Slice((*byte)(panel), blocks*Rows*size)
	tile := unsafe.Slice((*float32)(x), max(0, (blocks-1)*ldx+n))
	for k := range blocks {
		for r := range Rows {
			w := at(src[(k*Rows+r)*size:])
			for i, xi := range tile[k*ldx:][:n] {
				sum[i*Rows+r] += w * xi
			}
		}
	}
}
