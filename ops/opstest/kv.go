package opstest

import (
	"fmt"
	"slices"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

// A kvShape is a paged cache.
type kvShape struct {
	t                            quant.Type
	heads, headDim, tokens, seqs int // tokens: pages' size
}

// maxPages is how many pages a sequence may have in these cases.
const maxPages = 7

func (s kvShape) String() string {
	return fmt.Sprintf("%s %d kv heads of %d, %d pages of %d", s.t, s.heads, s.headDim, maxPages, s.tokens)
}

// kvPanels are the types of a cache that lies in panels, kvRows those that lie
// in rows, with the sizes of heads that both take.
var (
	kvPanels = []quant.Type{quant.F32, quant.F16, quant.BF16}
	kvRows   = []quant.Type{quant.FP8_E4M3, quant.MXFP6_E2M3, quant.MXFP4}
)

func (s kvShape) isRows() bool { return slices.Contains(kvRows, s.t) }

// pageBytes counts a page without ops' help: elements rounded up to 16.
func (s kvShape) pageBytes() int {
	if s.isRows() {
		return s.heads * s.tokens * s.headDim / 32 * map[quant.Type]int{quant.FP8_E4M3: 32, quant.MXFP6_E2M3: 25, quant.MXFP4: 17}[s.t]
	}
	size := 4
	if s.t != quant.F32 {
		size = 2
	}
	return s.heads * ((s.headDim + 15) / 16 * 16) * s.tokens * size
}

// pages is a table of shuffled pages.
func (s kvShape) pages() []int32 {
	table := make([]int32, s.seqs*maxPages)
	for i, p := range random(9).Perm(len(table)) {
		table[i] = int32(p)
	}
	return table
}

// cache uploads an empty cache: all bits are set, and all numbers NaN.
func (s kvShape) cache(b *bench) ops.KV {
	return ops.KV{
		K:        output[byte](b, "K", s.seqs*maxPages*s.pageBytes()),
		V:        output[byte](b, "V", s.seqs*maxPages*s.pageBytes()),
		Pages:    input(b, "pages", s.pages()),
		MaxPages: maxPages, PageTokens: int32(s.tokens),
		Heads: int32(s.heads), HeadDim: int32(s.headDim), Type: s.t,
	}
}

// rounded is what a cache makes of numbers.
func (s kvShape) rounded(v []float32) []float32 {
	for _, f := range smallFloats {
		if s.t == f.t {
			return f.rounded(v)
		}
	}
	f, _ := quant.Lookup(s.t)
	bytes, out := make([]byte, len(v)*f.BlockBytes), make([]float32, len(v))
	f.Encode(bytes, v)
	f.Decode(out, bytes)
	return out
}

func kvCases() []Case {
	return []Case{newCase("kv", "page sizes", func(b *bench) {
		for _, t := range slices.Concat(kvPanels, kvRows) {
			for _, dim := range kvDims(t, 1, 16, 17, 64, 80) {
				s := kvShape{t: t, heads: 3, headDim: dim, tokens: 32}
				same(b, "KVPageBytes", []int{ops.KVPageBytes(t, 3, dim, 32)}, []int{s.pageBytes()})
			}
		}
		for _, t := range []quant.Type{quant.MXFP6_E2M3, quant.MXFP4, quant.Q8_0} {
			if ops.KVTypeError(t, 80) == nil {
				b.fail(fmt.Errorf("a cache of %s takes heads of 80", t))
			}
		}
	})}
}

// kvDims are those sizes of heads that a type takes, or 32, 64 and 128.
func kvDims(t quant.Type, dims ...int) []int {
	if slices.Contains(kvRows, t) {
		return []int{32, 64, 128}
	}
	return dims
}

// A place is where a token stands: which position of which sequence.
type place struct{ seq, pos int }

// places are positions from..to-1 of a sequence.
func places(seq, from, to int) (p []place) {
	for pos := from; pos < to; pos++ {
		p = append(p, place{seq, pos})
	}
	return p
}

// placed uploads places as the ops take them.
func placed(b *bench, p []place) (pos, seq device.Ptr) {
	at, of := make([]int32, len(p)), make([]int32, len(p))
	for i, x := range p {
		at[i], of[i] = int32(x.pos), int32(x.seq)
	}
	return input(b, "pos", at), input(b, "seq", of)
}
