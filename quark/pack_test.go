package quark

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rocmforge/rocmforge/quant"
)

// TestBlocks has FORMATS.md's example of a row, and goes there and back.
func TestBlocks(t *testing.T) {
	codes := append([]byte{0x2e, 0xe6, 0x24, 0xab}, make([]byte, 12)...)
	block := make([]byte, 17)
	Blocks(block, quant.MXFP4, codes, []byte{127})
	var got [32]float32
	Decode(got[:], quant.MXFP4, block, 0)
	if diff := cmp.Diff([]float32{-4, 1, 4, -4, 2, 1, -1.5, -1}, got[:8]); diff != "" {
		t.Error(diff)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, typ := range []quant.Type{quant.MXFP4, quant.MXFP6_E2M3, quant.MXFP6_E3M2} {
		codes, scales := make([]byte, 5*CodeBytes(typ)), make([]byte, 5)
		for i := range codes {
			codes[i] = byte(r.Uint32())
		}
		blocks := make([]byte, len(codes)+len(scales))
		Blocks(blocks, typ, codes, scales)
		back, scalesBack := make([]byte, len(codes)), []byte{1, 1, 1, 1, 1}
		if Groups(back, scalesBack, typ, blocks); !bytes.Equal(back, codes) || !bytes.Equal(scalesBack, scales) {
			t.Errorf("%s: %x became %x", typ, codes, back)
		}
	}
}

func TestFP8Scale(t *testing.T) {
	for amax, want := range map[float32]float32{0: 0x1p-23, 448: 1, 1: 0.002227783203125} {
		if got := FP8Scale(amax); got != want {
			t.Errorf("scale of %v is %v, want %v", amax, got, want)
		}
	}
	var codes [3]byte
	EncodeFP8(codes[:], []float32{1, -1000, 0.01}, 1)
	if want := [3]byte{0x38, 0xfe, 0x05}; codes != want {
		t.Errorf("codes %x, want %x", codes, want)
	}
}
