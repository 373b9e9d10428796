package opstest

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
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
	return append(cases, packQ8Case(3, 64, 0), packQ8Case(3, 64, 1e-32), packQ8Case(3, 64, 1e30))
}

// packed packs activations [tokens, k] whose rows lie apart by 5 floats more.
func packed(b *bench, x []float32, tokens, k int, form ops.Form) device.Ptr {
	stride := k + 5
	rows := make([]float32, tokens*stride)
	for t := range tokens {
		copy(rows[t*stride:], x[t*k:][:k])
	}
	dst := output[byte](b, "packed X", ops.PackedBytes(form, tokens, k))
	launch(b, &ops.Pack, device.Spec{}, ops.PackArgs{
		Dst: dst, X: input(b, "X", rows),
		Tokens: int32(tokens), K: int32(k), Stride: int32(stride), Form: form,
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
		got := download[float32](b, packed(b, x, tokens, k, ops.FloatTiles), tokens*k)
		want := make([]float64, tokens*k)
		for t := range tokens {
			first, n := tileOf(t, tokens)
			for i := range k {
				want[first*k+i*n+t-first] = float64(x[t*k+i])
			}
		}
		b.compare("tiles", got, want, exact)
	})
}

// packQ8Case allows half a step of amax/127 between a number and its code.
func packQ8Case(tokens, k int, size float64) Case {
	return newCase("pack", fmt.Sprintf("q8 %dx%d size %g", tokens, k, size), func(b *bench) {
		x := normals(1, tokens*k, size)
		got := q8Values(b, packed(b, x, tokens, k, ops.Q8Tiles), tokens, k)
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

// q8Values reads Q8 tiles back, as the activations that they stand for,
// [tokens, k], and checks the blocks' sums.
func q8Values(b *bench, tiles device.Ptr, tokens, k int) []float64 {
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
