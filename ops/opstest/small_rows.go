package opstest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/mxfp"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

// smallForms are the forms of activations that are rounded to smallFloats.
var smallForms = []ops.Form{ops.MXFP4Rows, ops.MXFP6E2M3Rows, ops.MXFP6E3M2Rows, ops.FP8Rows}

// smallElements are the element formats of smallFloats.
var smallElements = []*mxfp.Element{mxfp.E2M1(), mxfp.E2M3(), mxfp.E3M2(), mxfp.E4M3()}

// packSmallCase wants the numbers that Simulate gives.
func packSmallCase(form, tokens, k int) Case {
	return newCase("pack", fmt.Sprintf("%s %dx%d", smallFloats[form].t, tokens, k), func(b *bench) {
		if !gpuOnly(b) {
			return
		}
		x := normals(1, tokens*k, 1)
		step := float32(0)
		if !smallFloats[form].blocks {
			step = 0.007 // some are clipped
		}
		got := smallRows(b, packedBy(b, x, tokens, k, smallForms[form], step), form, tokens, k)
		b.compare("rows", got, roundedBy(form, x, step), tolerance{rel: 1e-7})
	})
}

// roundedBy rounds as Simulate does.
func roundedBy(form int, x []float32, step float32) []float64 {
	f := smallFloats[form]
	if f.blocks {
		return float64s(f.rounded(x))
	}
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = f.round(float64(v/step)) * float64(step)
	}
	return y
}

// smallRows reads rows of small floats, which lie as weights in planes: codes,
// then scales. Four bits of elements j and j+16 are a byte; six of each are 12 in
// a stream, of which the blocks' first 16 bytes lie in front of their last 8.
func smallRows(b *bench, p device.Ptr, form, tokens, k int) (x []float32) {
	size := ops.PackedBytes(smallForms[form], 1, k)
	raw := download[byte](b, p, tokens*size)
	for t := range tokens {
		row := raw[t*size:][:size]
		if !smallFloats[form].blocks {
			step := math.Float32frombits(binary.LittleEndian.Uint32(row[k:]))
			for _, code := range row[:k] {
				x = append(x, mxfp.E4M3().Decode(code)*step)
			}
			continue
		}
		bits := smallElements[form].Bits()
		for block := range k / 32 {
			stream := append([]byte(nil), row[16*block:][:16]...)
			if bits == 6 {
				stream = append(stream, row[k/2+8*block:][:8]...)
			}
			scale := mxfp.E8M0(row[k/8*bits+block]).Decode()
			for e := range 32 {
				at := (e%16*2 + e/16) * bits
				code := (uint32(stream[at/8]) | uint32(append(stream, 0)[at/8+1])<<8) >> (at % 8) & (1<<bits - 1)
				x = append(x, smallElements[form].Decode(byte(code))*scale)
			}
		}
	}
	return x
}

// compareSmall compares rows of a form with numbers that were not rounded: they
// may be off by half the largest step of their block.
func compareSmall(b *bench, p device.Ptr, form, rows, dim int, want []float64, allowed tolerance) {
	got, f := smallRows(b, p, form, rows, dim), smallFloats[form]
	for i := 0; i < len(want) && b.err == nil && !b.binding; i += 32 {
		block := make([]float32, 32)
		for j := range block {
			block[j] = float32(want[i+j])
		}
		half := f.scale(block) * math.Ldexp(1, int(math.Log2(f.largest))-f.man-1)
		half = half*(1+1e-5) + allowed.abs + allowed.rel*largest(block)
		for j := i; j < i+32; j++ {
			if !(math.Abs(float64(got[j])-want[j]) <= half) {
				b.fail(fmt.Errorf("row %d, element %d: %g became %g, off by more than %g", j/dim, j%dim, want[j], got[j], half))
			}
		}
	}
}

// A scaledLinear is a case of GEMM or GEMV with weights and activations that
// matrix units take as they are.
type scaledLinear struct {
	op           *device.Op[ops.GEMMArgs]
	w, x         int // of smallFloats
	tokens, m, k int
}

// scaledCases are all pairs of MX formats and FP8, with and without a rest
// behind 512 elements and behind 128.
func scaledCases(op *device.Op[ops.GEMMArgs], tokens []int) (cases []Case) {
	for w := range smallFloats {
		for x := range smallFloats {
			if smallFloats[w].blocks == smallFloats[x].blocks {
				i := len(cases)
				s := scaledLinear{op, w, x, tokens[i%len(tokens)], []int{33, 80}[i%2], []int{512, 1184, 96}[i%3]}
				cases = append(cases, newCase(op.Name, fmt.Sprintf("%s by %s %dx%dx%d", smallFloats[w].t, smallFloats[x].t, s.tokens, s.m, s.k), s.run))
			}
		}
	}
	return cases
}

// run has weights and activations whose blocks differ in scale by much.
func (s scaledLinear) run(b *bench) {
	if !ops.IsNative(b.device.Caps(), smallFloats[s.w].t, smallFloats[s.x].t) {
		b.fail(fmt.Errorf("no matrix units for %s and %s: %w", smallFloats[s.w].t, smallFloats[s.x].t, errors.ErrUnsupported))
		return
	}
	w := randomWeight(1, smallFloats[s.w].t, s.m, s.k)
	w.scaled(b, 0.37)
	placed := w.loaded(b, false)
	placed.Native, placed.Input = true, smallFloats[s.x].t
	x, step := normals(2, s.tokens*s.k, 1), float32(0)
	for i := range x {
		x[i] *= float32(math.Ldexp(1, i/32*5%7-3))
	}
	if !smallFloats[s.x].blocks {
		step = 0.02
	}
	form, stride := ops.InputForm(&placed, s.tokens), s.m+3
	l := linear{tokens: s.tokens, m: s.m, k: s.k}
	want, allowed := product(w.values, roundedBy(s.x, x, step), l, stride)
	args := ops.GEMMArgs{
		Y: output[float32](b, "Y", len(want)), X: packedBy(b, x, s.tokens, s.k, form, step), W: placed.Ptr,
		Tokens: int32(s.tokens), M: int32(s.m), K: int32(s.k), YStride: int32(stride),
		Type: placed.Type, Form: form, Layout: placed.Layout,
	}
	launch(b, s.op, args)
	b.compare("Y", download[float32](b, args.Y, len(want)), want, allowed)
}

// smallFloatOf is the number of a form's format.
func smallFloatOf(f ops.Form) (int, bool) {
	for i, form := range smallForms {
		if f == form && smallFloats[i].t != quant.FP8_E4M3 {
			return i, true
		}
	}
	return 0, false
}
