package mxfp

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// packings are the three of them, with the bit of the packed bytes at which a
// code begins, counted as the formats' documents count.
var packings = []struct {
	name   string
	bits   int
	pack   func(codes *[BlockSize]byte) []byte
	unpack func(codes *[BlockSize]byte, src []byte)
	bit    func(j int) int
}{
	{"halves", 4,
		func(c *[BlockSize]byte) []byte { var b [16]byte; PackHalves(&b, c); return b[:] },
		func(c *[BlockSize]byte, b []byte) { UnpackHalves(c, (*[16]byte)(b)) },
		func(j int) int { return 8*(j%16) + 4*(j/16) }},
	{"pairs", 4,
		func(c *[BlockSize]byte) []byte { var b [16]byte; PackPairs(&b, c); return b[:] },
		func(c *[BlockSize]byte, b []byte) { UnpackPairs(c, (*[16]byte)(b)) },
		func(j int) int { return 4 * j }},
	{"stream of 6", 6,
		func(c *[BlockSize]byte) []byte { var b [24]byte; Pack6(&b, c); return b[:] },
		func(c *[BlockSize]byte, b []byte) { Unpack6(c, (*[24]byte)(b)) },
		func(j int) int { return 6 * j }},
}

// TestPacking puts every code at every place.
func TestPacking(t *testing.T) {
	for _, p := range packings {
		t.Run(p.name, func(t *testing.T) {
			for j := range BlockSize {
				for code := range 1 << p.bits {
					var codes, back [BlockSize]byte
					codes[j] = byte(code)
					packed := p.pack(&codes)
					if got := bitsAt(packed, p.bit(j), p.bits); got != code {
						t.Fatalf("code %#x at %d is %#x in %x", code, j, got, packed)
					}
					if p.unpack(&back, packed); back != codes {
						t.Fatalf("code %#x at %d comes back as %v", code, j, back)
					}
				}
			}
		})
	}
}

// TestPackingRandom: neighbours do not disturb each other.
func TestPackingRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, p := range packings {
		for range 1000 {
			var codes, back [BlockSize]byte
			for j := range codes {
				codes[j] = byte(rng.IntN(1 << p.bits))
			}
			p.unpack(&back, p.pack(&codes))
			if diff := cmp.Diff(codes, back); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", p.name, diff)
			}
		}
	}
}

// TestPackingExamples has the examples of AMD Quark's files.
func TestPackingExamples(t *testing.T) {
	var codes [BlockSize]byte
	UnpackPairs(&codes, &[16]byte{0x2e, 0xe6, 0x24, 0xab})
	if diff := cmp.Diff([]byte{14, 2, 6, 14, 4, 2, 11, 10}, codes[:8]); diff != "" {
		t.Errorf("pairs (-want +got):\n%s", diff)
	}
	Unpack6(&codes, &[24]byte{0xf9, 0x91, 0xe1})
	if diff := cmp.Diff([]byte{57, 7, 25, 56}, codes[:4]); diff != "" {
		t.Errorf("stream of 6 (-want +got):\n%s", diff)
	}
}

func TestPackBlock(t *testing.T) {
	in := Block{Scale: 0xa5}
	for j := range in.Codes {
		in.Codes[j] = byte(j * 5 & 15)
	}
	var fp4 [MXFP4Bytes]byte
	var fp6 [MXFP6Bytes]byte
	in.PackMXFP4(&fp4)
	in.PackMXFP6(&fp6)
	if fp4[0] != 0xa5 || fp6[0] != 0xa5 || len(fp4) != 17 || len(fp6) != 25 {
		t.Errorf("packed as %x and %x", fp4, fp6)
	}
	var out4, out6 Block
	out4.UnpackMXFP4(&fp4)
	out6.UnpackMXFP6(&fp6)
	if out4 != in || out6 != in {
		t.Errorf("%v comes back as %v and %v", in, out4, out6)
	}
}

// bitsAt reads n bits from a little-endian stream of bits.
func bitsAt(b []byte, at, n int) int {
	v := 0
	for i := range n {
		v |= int(b[(at+i)/8]>>((at+i)%8)&1) << i
	}
	return v
}
