package simd

import (
	"encoding/binary"
	"sync"
	"unsafe"

	"github.com/rocmforge/rocmforge/quant"
)

// A chunk is 32 k of a panel, unpacked: the form in which the integer formats
// meet. A weight is
//
//	Scale[k/16][r] * (Code[k/4][r][k%4] - bias) - Min[k/16][r]
//
// where bias is the format's 2^shift, or 0.
type chunk struct {
	Code  [8][Rows][4]uint8
	Scale [2][Rows]float32
	Min   [2][Rows]float32
}

// chunkPool spares an allocation per call.
var chunkPool = sync.Pool{New: func() any { return new(chunk) }}

// noBias is the shift of a format whose codes are the weights' own.
const noBias = -1

// unpackChunk unpacks chunk sub of a panel block; Min is zero before.
type unpackChunk func(c *chunk, block []byte, sub int)

func chunkPanel(t quant.Type, name string, k, bytes, shift int,
	pack func(dst []byte, rows *[Rows][]byte), unpack unpackChunk) Panel {
	f, _ := quant.Lookup(t)
	p := Panel{Type: t, Name: name, K: k, Bytes: bytes, Row: f.BlockBytes}
	p.Pack = packBlocks(bytes, p.Row, pack)
	p.unpack = func(dst []float32, block []byte) {
		for sub := range k / ChunkElems {
			unpackWeights(dst[sub*ChunkElems*Rows:], block, sub, shift, unpack)
		}
	}
	p.mul = func(acc *float32, panel, x unsafe.Pointer, blocks, n, ldx int) {
		c := chunkPool.Get().(*chunk)
		defer chunkPool.Put(c)
		clear(c.Min[:])
		block := unsafe.Slice((*byte)(panel), blocks*bytes)
		for b := range blocks * k / ChunkElems {
			sub := b % (k / ChunkElems)
			unpack(c, block, sub)
			tile := unsafe.Add(x, b*ldx*Q8BlockBytes)
			mulChunk(unsafe.Slice(acc, n*Rows), c, unsafe.Slice((*Q8Block)(tile), n), shift)
			if (sub+1)*ChunkElems == k {
				block = block[bytes:]
			}
		}
	}
	return p
}

// packBlocks hands pack one block of each row, of size bytes, at a time.
func packBlocks(bytes, size int, pack func([]byte, *[Rows][]byte)) func(dst []byte, rows *[Rows][]byte, blocks int) {
	return func(dst []byte, rows *[Rows][]byte, blocks int) {
		zero := make([]byte, size)
		var in [Rows][]byte
		for b := range blocks {
			for r, row := range rows {
				in[r] = zero
				if row != nil {
					in[r] = row[b*size:][:size]
				}
			}
			pack(dst[b*bytes:][:bytes], &in)
		}
	}
}

// unpackWeights writes a chunk's weights as [32][16].
func unpackWeights(dst []float32, block []byte, sub, shift int, unpack unpackChunk) {
	var c chunk
	unpack(&c, block, sub)
	for k := range ChunkElems {
		for r := range Rows {
			q := int(c.Code[k/4][r][k%4]) - biasOf(shift)
			dst[k*Rows+r] = c.Scale[k/16][r]*float32(q) - c.Min[k/16][r]
		}
	}
}

func biasOf(shift int) int {
	if shift == noBias {
		return 0
	}
	return 1 << shift
}

// mulChunk adds one chunk's products to acc: integers within the 16 elements
// of a scale, float32 between them.
func mulChunk(acc []float32, c *chunk, x []Q8Block, shift int) {
	bias := int32(biasOf(shift))
	for i := range x {
		lo, hi := x[i].NegLo*bias, x[i].NegHi*bias
		for r := range Rows {
			a := float32(lo + dotHalf(c, &x[i], r, 0))
			b := float32(hi + dotHalf(c, &x[i], r, 4))
			sum := c.Scale[0][r]*a + c.Scale[1][r]*b
			sum += c.Min[0][r]*float32(x[i].NegLo) + c.Min[1][r]*float32(x[i].NegHi)
			acc[i*Rows+r] += x[i].Scale * sum
		}
	}
}

// dotHalf is the product over k groups g..g+3 of row r.
func dotHalf(c *chunk, x *Q8Block, r, g int) (sum int32) {
	for i := g; i < g+4; i++ {
		w, q := &c.Code[i][r], x.Q[i*4:][:4]
		sum += int32(w[0])*int32(q[0]) + int32(w[1])*int32(q[1]) +
			int32(w[2])*int32(q[2]) + int32(w[3])*int32(q[3])
	}
	return sum
}

// word is little-endian word i of b: four bytes at once, while packing.
func word(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[4*i:]) }

// putWord stores word v of row r in vector i of 16 rows.
func putWord(b []byte, i, r int, v uint32) {
	binary.LittleEndian.PutUint32(b[4*(i*Rows+r):], v)
}

// splitNibbles unpacks 256 bytes of 4-bit codes: in vector v of four, byte j
// has the code of k group v, row j/4, k%4 = j%4 in its low half and that of
// group v+4 in its high half.
func splitNibbles(c *chunk, src []byte) {
	for j, b := range src[:256] {
		g, r, t := j/64, j/4%Rows, j%4
		c.Code[g][r][t] = b & 0x0f
		c.Code[g+4][r][t] = b >> 4
	}
}

// oneScale reads 16 F16 scales that hold for the whole chunk.
func oneScale(c *chunk, src []byte) {
	for r := range Rows {
		c.Scale[0][r] = f16At(src[2*r:])
	}
	c.Scale[1] = c.Scale[0]
}
