package quant

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"github.com/rocmforge/rocmforge/mxfp"
)

// TestDecodePlain has the formats that the goldens lack: one block each.
func TestDecodePlain(t *testing.T) {
	le := binary.LittleEndian
	for _, c := range []struct {
		typ  Type
		src  []byte
		want float32
	}{
		{F32, le.AppendUint32(nil, math.Float32bits(-1.5)), -1.5},
		{F64, le.AppendUint64(nil, math.Float64bits(0.1)), 0.1},
		{F64, le.AppendUint64(nil, math.Float64bits(-1e300)), float32(math.Inf(-1))},
		{I8, []byte{0x80}, -128},
		{I16, []byte{0x00, 0x80}, -32768},
		{I32, []byte{0xff, 0xff, 0xff, 0x7f}, 0x1p31},
		{I64, []byte{0, 0, 0, 0, 0, 0, 0, 0x80}, -0x1p63},
		{FP8_E4M3, []byte{0xfe}, -448},
	} {
		f, _ := Lookup(c.typ)
		var got [1]float32
		if f.Decode(got[:], c.src); got[0] != c.want {
			t.Errorf("%s of % x is %v, want %v", f.Name, c.src, got[0], c.want)
		}
	}
}

// TestDecodeMXFP6 puts every code at every place of a block.
func TestDecodeMXFP6(t *testing.T) {
	for typ, e := range map[Type]*mxfp.Element{MXFP6_E2M3: mxfp.E2M3(), MXFP6_E3M2: mxfp.E3M2()} {
		f, _ := Lookup(typ)
		for j := range 32 {
			for code := range 64 {
				src := make([]byte, 25)
				src[0] = 130
				for i := range 6 {
					bit := 6*j + i
					src[1+bit/8] |= byte(code>>i&1) << (bit % 8)
				}
				var got, want [32]float32
				want[j] = 8 * e.Decode(byte(code))
				if f.Decode(got[:], src); got != want {
					t.Fatalf("%s: code %#x at %d is %v, want %v", f.Name, code, j, got, want)
				}
			}
		}
	}
}

// TestDecodeE8M0NaN: the scale 255 is NaN in our formats, but 2^128 in ggml's.
func TestDecodeE8M0NaN(t *testing.T) {
	var got [32]float32
	decodeMXFP6_E2M3(got[:], bytes.Repeat([]byte{255}, 25))
	if got[0] == got[0] {
		t.Errorf("MXFP6 with scale 255 is %v, want NaN", got[0])
	}
	decodeMXFP4(got[:], append([]byte{255}, bytes.Repeat([]byte{0x21}, 16)...))
	if got[0] != 0x1p127 || !math.IsInf(float64(got[16]), 1) {
		t.Errorf("MXFP4 with scale 255 is %v and %v, want 2^127 and +Inf", got[0], got[16])
	}
}

// TestDecodeNVFP4Scale has the scales that the goldens lack.
func TestDecodeNVFP4Scale(t *testing.T) {
	for scale, want := range map[byte]float32{0x7e: 448, 0x7f: 0, 0x80: 0, 0xb8: 1, 0xff: 480} {
		src := make([]byte, 36)
		src[0], src[4] = scale, 2
		var got [64]float32
		if decodeNVFP4(got[:], src); got[0] != want {
			t.Errorf("scale %#02x is %v, want %v", scale, got[0], want)
		}
	}
}

// TestDecodeTypes: every type has a Decode but Q8_1, for which ggml has none.
func TestDecodeTypes(t *testing.T) {
	for _, f := range All() {
		if has := f.Decode != nil; has != (f.Type != Q8_1) {
			t.Errorf("%s has a Decode: %v", f.Name, has)
		}
	}
}

// TestDecodeAllocates nothing, on any number of blocks.
func TestDecodeAllocates(t *testing.T) {
	for f := range decoders() {
		src, dst := make([]byte, 8*f.BlockBytes), make([]float32, 8*f.BlockElems)
		if n := testing.AllocsPerRun(10, func() { f.Decode(dst, src) }); n != 0 {
			t.Errorf("%s: %v allocations", f.Name, n)
		}
	}
}

// FuzzDecode takes any bytes as blocks of any type: no panic, every element
// written, and a block decoded alone is the same as among others.
func FuzzDecode(f *testing.F) {
	for _, format := range All() {
		f.Add(uint32(format.Type), bytes.Repeat([]byte{0xff, 0x3c, 0x00, 0xa5}, format.BlockBytes))
	}
	f.Fuzz(func(t *testing.T, typ uint32, src []byte) {
		f, ok := Lookup(Type(typ))
		if !ok || f.Decode == nil {
			return
		}
		n := min(len(src)/f.BlockBytes, 64)
		all, one := make([]float32, n*f.BlockElems), make([]float32, f.BlockElems)
		for i := range all {
			all[i] = 12345.678
		}
		f.Decode(all, src[:n*f.BlockBytes])
		for b := range n {
			f.Decode(one, src[b*f.BlockBytes:(b+1)*f.BlockBytes])
			for i, w := range one {
				if got := all[b*f.BlockElems+i]; !sameFloat(got, w) {
					t.Fatalf("%s, block %d, element %d: %v among others, %v alone", f.Name, b, i, got, w)
				}
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	for f := range decoders() {
		b.Run(f.Name, func(b *testing.B) {
			blocks := 8192 / f.BlockElems
			src, dst := make([]byte, blocks*f.BlockBytes), make([]float32, blocks*f.BlockElems)
			for i := range src {
				src[i] = byte(i * 7)
			}
			b.SetBytes(int64(4 * len(dst)))
			for b.Loop() {
				f.Decode(dst, src)
			}
		})
	}
}

// decoders yields the formats that have a Decode.
func decoders() func(yield func(f *Format) bool) {
	return func(yield func(f *Format) bool) {
		for i := range All() {
			if f := &All()[i]; f.Decode != nil && !yield(f) {
				return
			}
		}
	}
}
