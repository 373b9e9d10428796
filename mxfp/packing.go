package mxfp

// Sizes of packed blocks in bytes: the scale, then the codes.
const (
	MXFP4Bytes = 1 + BlockSize*4/8
	MXFP6Bytes = 1 + BlockSize*6/8
)

// PackMXFP4 writes a block of 4-bit codes as ggml does: the scale, then the
// codes in halves.
func (b *Block) PackMXFP4(dst *[MXFP4Bytes]byte) {
	dst[0] = byte(b.Scale)
	PackHalves((*[16]byte)(dst[1:]), &b.Codes)
}

// UnpackMXFP4 reads what PackMXFP4 writes.
func (b *Block) UnpackMXFP4(src *[MXFP4Bytes]byte) {
	b.Scale = E8M0(src[0])
	UnpackHalves(&b.Codes, (*[16]byte)(src[1:]))
}

// PackMXFP6 writes a block of 6-bit codes: the scale, then the codes as a bit
// stream.
func (b *Block) PackMXFP6(dst *[MXFP6Bytes]byte) {
	dst[0] = byte(b.Scale)
	Pack6((*[24]byte)(dst[1:]), &b.Codes)
}

// UnpackMXFP6 reads what PackMXFP6 writes.
func (b *Block) UnpackMXFP6(src *[MXFP6Bytes]byte) {
	b.Scale = E8M0(src[0])
	Unpack6(&b.Codes, (*[24]byte)(src[1:]))
}

// PackHalves packs 4-bit codes as ggml does: byte j has code j in its low
// nibble and code j+16 in its high nibble. Codes must be below 16.
func PackHalves(dst *[16]byte, codes *[BlockSize]byte) {
	for j := range dst {
		dst[j] = codes[j] | codes[j+16]<<4
	}
}

// UnpackHalves reads what PackHalves writes.
func UnpackHalves(codes *[BlockSize]byte, src *[16]byte) {
	for j, q := range src {
		codes[j], codes[j+16] = q&15, q>>4
	}
}

// PackPairs packs 4-bit codes as AMD Quark and OpenAI's gpt-oss do: byte j has
// code 2j in its low nibble and code 2j+1 in its high nibble. Codes must be
// below 16.
func PackPairs(dst *[16]byte, codes *[BlockSize]byte) {
	for j := range dst {
		dst[j] = codes[2*j] | codes[2*j+1]<<4
	}
}

// UnpackPairs reads what PackPairs writes.
func UnpackPairs(codes *[BlockSize]byte, src *[16]byte) {
	for j, q := range src {
		codes[2*j], codes[2*j+1] = q&15, q>>4
	}
}

// Pack6 packs 6-bit codes as AMD Quark does: a little-endian stream of bits,
// four codes in three bytes, the first in the lowest. Codes must be below 64.
func Pack6(dst *[24]byte, codes *[BlockSize]byte) {
	for g := range 8 {
		c, b := (*[4]byte)(codes[4*g:]), (*[3]byte)(dst[3*g:])
		b[0] = c[0] | c[1]<<6
		b[1] = c[1]>>2 | c[2]<<4
		b[2] = c[2]>>4 | c[3]<<2
	}
}

// Unpack6 reads what Pack6 writes.
func Unpack6(codes *[BlockSize]byte, src *[24]byte) {
	for g := range 8 {
		c, b := (*[4]byte)(codes[4*g:]), (*[3]byte)(src[3*g:])
		c[0] = b[0] & 63
		c[1] = b[0]>>6 | b[1]<<2&63
		c[2] = b[1]>>4 | b[2]<<4&63
		c[3] = b[2] >> 2
	}
}
