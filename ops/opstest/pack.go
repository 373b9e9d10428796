package opstest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

func packCases() (cases []Case) {
	for _, tokens := range []int{1, 2, 31, 32, 33, 70} {
		for _, k := range []int{32, 256, 320, 544} {
			cases = append(cases, packQ8Case(tokens, k, 1))
		}
		for _, k := range []int{1, 40, 256, 257, 520} {
			cases = append(cases, packFloatCase(tokens, k))
		}
	}
	for _, k := range []int{1, 40, 256, 544} {
		cases = append(cases, packHalfCase(33, k))
	}
	for form := range smallForms {
		for _, k := range []int{32, 96, 544} {
			cases = append(cases, packSmallCase(form, 3, k))
		}
	}
	return append(cases, packQ8Case(3, 64, 0), packQ8Case(3, 64, 1e-32), packQ8Case(3, 64, 1e30))
}

// packed packs activations [tokens, k] whose rows lie apart by 5 floats more.
func packed(b *bench, x []float32, tokens, k int, form ops.Form) device.Ptr {
	return packedBy(b, x, tokens, k, form, 0)
}

// packedBy has a step for FP8Rows.
func packedBy(b *bench, x []float32, tokens, k int, form ops.Form, step float32) device.Ptr {
	stride := k + 5
	rows := make([]float32, tokens*stride)
	for t := range tokens {
		copy(rows[t*stride:], x[t*k:][:k])
	}
	dst := output[byte](b, "packed X", ops.PackedBytes(form, tokens, k))
	launch(b, &ops.Pack, ops.PackArgs{
		Dst: dst, X: input(b, "X", rows),
		Tokens: int32(tokens), K: int32(k), Stride: int32(stride), Form: form, Step: step,
	})
	return dst
}

// tileOf is the tile of token t: its first token and how many it has.
func tileOf(t, tokens int) (first, n int) {
	first = t / 32 * 32
	return first, min(32, tokens-first)
}

// packFloatCase wants the very numbers, in their places.
func packFloatCase(tokens, k int) Case {
	return newCase("pack", fmt.Sprintf("float %dx%d", tokens, k), func(b *bench) {
		x := normals(1, tokens*k, 1)
		form := formOn(b, ops.FloatTiles, ops.FloatRows)
		got := download[float32](b, packed(b, x, tokens, k, form), tokens*k)
		want := float64s(x)
		for t := range tokens {
			if form == ops.FloatRows {
				break
			}
			first, n := tileOf(t, tokens)
			for i := range k {
				want[first*k+i*n+t-first] = float64(x[t*k+i])
			}
		}
		b.compare("tiles", got, want, exact)
	})
}

// formOn is the form that a device has for its kind of memory.
func formOn(b *bench, host, gpu ops.Form) ops.Form {
	if b.device.Caps().Host {
		return host
	}
	return gpu
}

// packHalfCase wants the nearest half floats; a CPU has no such form.
func packHalfCase(tokens, k int) Case {
	return newCase("pack", fmt.Sprintf("half %dx%d", tokens, k), func(b *bench) {
		if b.device.Caps().Host {
			b.fail(fmt.Errorf("half rows on a CPU: %w", errors.ErrUnsupported))
			return
		}
		x := normals(1, tokens*k, 1)
		bits := download[uint16](b, packed(b, x, tokens, k, ops.HalfRows), tokens*k)
		got := make([]float32, len(bits))
		f, _ := quant.Lookup(quant.F16)
		f.Decode(got, asBytes(bits))
		b.compare("rows", got, halves(float64s(x)), exact)
	})
}

// packQ8Case allows half a step of amax/127 between a number and its code.
func packQ8Case(tokens, k int, size float64) Case {
	return newCase("pack", fmt.Sprintf("q8 %dx%d size %g", tokens, k, size), func(b *bench) {
		x := normals(1, tokens*k, size)
		form := formOn(b, ops.Q8Tiles, ops.Q8Rows)
		got := q8Values(b, packed(b, x, tokens, k, form), tokens, k, form)
		if b.binding {
			return
		}
		for i := 0; i < len(x) && b.err == nil; i += 32 {
			amax := largest(x[i : i+32])
			if amax < 0x1p-100 {
				amax = 0
			}
			step := amax / 127 * (0.5 + 1e-4)
			for j := i; j < i+32; j++ {
				if diff := math.Abs(got[j] - float64(x[j])); diff > step && amax > 0 || amax == 0 && got[j] != 0 {
					b.fail(fmt.Errorf("token %d, element %d: %g became %g, off by more than %g", j/k, j%k, x[j], got[j], step))
				}
			}
		}
	})
}

// q8Values reads Q8 activations back, as the numbers that they stand for,
// [tokens, k], and checks the blocks' sums.
func q8Values(b *bench, p device.Ptr, tokens, k int, form ops.Form) []float64 {
	if form == ops.Q8Rows {
		return q8Rows(b, p, tokens, k)
	}
	return q8Tiles(b, p, tokens, k)
}

// q8Rows reads the codes of all tokens and behind them, for each block, its
// scale and the sums of either half's codes.
func q8Rows(b *bench, p device.Ptr, tokens, k int) []float64 {
	raw := download[byte](b, p, tokens*(k+k/4))
	x := make([]float64, tokens*k)
	for block := range tokens * k / 32 {
		codes, meta := raw[block*32:][:32], raw[tokens*k+block*8:][:8]
		scale := float64(math.Float32frombits(binary.LittleEndian.Uint32(meta)))
		var half [2]int16
		for i, q := range codes {
			half[i/16] += int16(int8(q))
			x[block*32+i] = scale * float64(int8(q))
		}
		sums := []int16{int16(binary.LittleEndian.Uint16(meta[4:])), int16(binary.LittleEndian.Uint16(meta[6:]))}
		same(b, "sums of codes", sums, half[:])
	}
	return x
}

func q8Tiles(b *bench, tiles device.Ptr, tokens, k int) []float64 {
	const size = 64
	raw := download[byte](b, tiles, tokens*k/32*size)
	x := make([]float64, tokens*k)
	for t := range tokens {
		first, n := tileOf(t, tokens)
		for c := range k / 32 {
			block := raw[(first*k/32+c*n+t-first)*size:][:size]
			q8Block(b, block, x[t*k+c*32:][:32])
		}
	}
	return x
}

// q8Block decodes one block: scale and Σ as float32, three negated sums of
// codes as int32 (all, first half, second half), and at byte 32 the codes.
func q8Block(b *bench, block []byte, x []float64) {
	scale := float64(math.Float32frombits(binary.LittleEndian.Uint32(block)))
	var half [2]int32
	for i, q := range block[32:] {
		half[i/16] -= int32(int8(q))
		x[i] = scale * float64(int8(q))
	}
	var sums [3]int32
	for i := range sums {
		sums[i] = int32(binary.LittleEndian.Uint32(block[8+4*i:]))
	}
	same(b, "sums of codes", sums[:], []int32{half[0] + half[1], half[0], half[1]})
	sum := math.Float32frombits(binary.LittleEndian.Uint32(block[4:]))
	want := -scale * float64(half[0]+half[1])
	b.compare("sum of block", []float32{sum}, []float64{want}, tolerance{rel: 1e-6})
}
