package opstest

import (
	"fmt"
	"math"
	"slices"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

func attentionPrefillCases() (cases []Case) {
	for _, c := range attentionBatches() {
		cases = append(cases, cachedCase(&ops.AttentionPrefill, c))
		if c.kv.headDim%32 == 0 {
			cases = append(cases, cachedFormCase(&ops.AttentionPrefill, c, ops.HalfRows))
		}
	}
	return cases
}

// A batch is tokens that attend over a cache.
type batch struct {
	name   string
	kv     kvShape
	heads  int
	window int
	tokens []place
}

// attentionBatches are the batches for both ops; either must do any.
func attentionBatches() (batches []batch) {
	three := slices.Concat(places(2, 90, 131), places(0, 0, 5), places(1, 63, 64), places(2, 131, 133))
	for _, t := range slices.Concat(kvPanels, kvRows) {
		if t == quant.BF16 || t == quant.MXFP4 { // their loops are those of F16 and MXFP6
			batches = append(batches, batch{"three sequences", kvShape{t, 2, 64, 32, 3}, 4, 17, three})
			continue
		}
		batches = append(batches, batch{"wide heads", kvShape{t, 2, 256, 32, 3}, 4, 0, three})
		for _, group := range []int{1, 2, 4, 8} {
			for _, dim := range kvDims(t, 16, 64, 80, 128) {
				batches = append(batches, batch{"three sequences", kvShape{t, 2, dim, 32, 3}, 2 * group, 0, three})
			}
		}
		for _, group := range []int{3, 32, 33, 71} {
			dim := kvDims(t, 16)[0]
			batches = append(batches, batch{"odd group", kvShape{t, 2, dim, 16, 1}, 2 * group, 0, places(0, 0, 40)})
		}
		for _, to := range []int{1, 2, 16, 17, 127, 128, 129, 300} {
			for _, dim := range kvDims(t, 24, 64) {
				batches = append(batches, batch{fmt.Sprintf("%d keys", to), kvShape{t, 2, dim, 64, 1}, 4, 0, places(0, max(to-9, 0), to)})
			}
		}
		for _, window := range []int{1, 2, 16, 17, 40, 1000} {
			for _, dim := range kvDims(t, 20, 32) {
				batches = append(batches, batch{"window", kvShape{t, 1, dim, 64, 2}, 2, window,
					slices.Concat(places(1, 200, 277), places(0, 8, 11))})
			}
		}
	}
	return batches
}

// cachedCase fills a cache with what the tokens see, and nothing else. The heads
// of a token have two floats behind them.
func cachedCase(op *device.Op[ops.AttentionPrefillArgs], c batch) Case {
	return newCase(op.Name, c.title(), func(b *bench) {
		width, n := c.heads*c.kv.headDim, len(c.tokens)
		y := output[float32](b, "Y", n*(width+2))
		want, allowed := c.attend(b, op, y, ops.FloatRows, width+2)
		padded := make([]float64, 0, n*(width+2))
		for row := range slices.Chunk(want, width) {
			padded = append(append(padded, row...), math.NaN(), math.NaN())
		}
		b.compare("Y", download[float32](b, y, n*(width+2)), padded, allowed)
	})
}

// cachedFormCase has the heads packed.
func cachedFormCase(op *device.Op[ops.AttentionPrefillArgs], c batch, f ops.Form) Case {
	return newCase(op.Name, fmt.Sprintf("%s, form %d", c.title(), f), func(b *bench) {
		if !gpuOnly(b) {
			return
		}
		width, n := c.heads*c.kv.headDim, len(c.tokens)
		y := formOutput(b, f, n, width)
		want, allowed := c.attend(b, op, y, f, width)
		compareForm(b, y, f, n, width, want, allowed)
	})
}

func (c batch) title() string {
	return fmt.Sprintf("%s: %d tokens, %d heads, %s, window %d", c.name, len(c.tokens), c.heads, c.kv, c.window)
}

// attend launches an op and says what it should have written.
func (c batch) attend(b *bench, op *device.Op[ops.AttentionPrefillArgs], y device.Ptr, f ops.Form, stride int) (want []float64, allowed tolerance) {
	width, n := c.heads*c.kv.headDim, len(c.tokens)
	q := normals(5, n*width, 1)
	scale := float32(1 / math.Sqrt(float64(c.kv.headDim)))
	cache, k, v := c.fill(b)
	args := ops.AttentionPrefillArgs{
		KV: cache, Y: y, Q: input(b, "Q", apart(q, width, 3)),
		Tokens: int32(n), Heads: int32(c.heads), StrideQ: int32(width + 3), StrideY: int32(stride),
		Window: int32(c.window), Scale: scale, YForm: f,
	}
	args.Pos, args.Seq = placed(b, c.tokens)
	allowed = tolerance{abs: 4e-6}
	if !b.device.Caps().Host {
		args.Splits = 3
		args.Work = inout(b, "work", make([]float32, ops.AttentionWork(n, c.heads, c.kv.headDim, 3)))
		allowed.abs = 2e-5
		if op == &ops.AttentionPrefill && c.kv.t != quant.F32 {
			allowed.abs = 4e-3 // queries and probabilities are half floats in matrix units
		}
	}
	launch(b, op, args)
	return c.reference(q, k, v, float64(scale)), allowed
}

// fill makes keys and values of every sequence, [position][heads*headDim], and
// appends those that some token sees.
func (c batch) fill(b *bench) (cache ops.KV, k, v [][]float32) {
	s := c.kv
	width, length := s.heads*s.headDim, maxPages*s.tokens
	cache = s.cache(b)
	var seen []place
	var newK, newV []float32
	for seq := range s.seqs {
		k = append(k, s.rounded(normals(uint64(20+seq), length*width, 1)))
		v = append(v, s.rounded(normals(uint64(40+seq), length*width, 1)))
		for pos := range length {
			if c.seen(place{seq, pos}) {
				seen = append(seen, place{seq, pos})
				newK = append(newK, k[seq][pos*width:][:width]...)
				newV = append(newV, v[seq][pos*width:][:width]...)
			}
		}
	}
	appendKV(b, cache, seen, newK, newV)
	return cache, k, v
}

// seen tells if any token sees the key at a place.
func (c batch) seen(at place) bool {
	return slices.ContainsFunc(c.tokens, func(t place) bool {
		return t.seq == at.seq && sees(t.pos, at.pos, c.window)
	})
}

// reference is attention over contiguous keys for each token and head.
func (c batch) reference(q []float32, k, v [][]float32, scale float64) (want []float64) {
	dim := c.kv.headDim
	for i, t := range c.tokens {
		s := attentionShape{queries: 1, keys: t.pos + 1, heads: c.heads, kvHeads: c.kv.heads,
			headDim: dim, window: c.window, causal: true}
		for head := range c.heads {
			row := q[(i*c.heads+head)*dim:][:dim]
			want = append(want, attend(s, row, k[t.seq], v[t.seq], 0, head, scale)...)
		}
	}
	return want
}
