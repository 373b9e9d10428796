package ops

import (
	"math"
	"sync"
	"unsafe"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/simd"
	"github.com/rocmforge/rocmforge/quant"
)

// AttentionPrefillArgs are the operands of attention over a paged cache.
type AttentionPrefillArgs struct {
	KV
	Y, Q             device.Ptr // [Tokens][Heads*HeadDim]; Y must not be Q, and is in YForm
	Pos, Seq         device.Ptr // int32 [Tokens]: where in which sequence
	Work             device.Ptr // WorkFloats(...) float32; 0 on a CPU
	Tokens           int32
	Heads            int32 // query heads, a multiple of KV.Heads
	StrideQ, StrideY int32 // floats from one token to the next
	Window           int32 // how many keys a token sees, itself included; 0 for all
	Scale            float32
	Splits           int32 // how many groups share a token's keys on a GPU; at least 1 there
	YForm            Form  // on a CPU FloatRows; others have no StrideY, and Prefill does none in blocks
}

// AttentionWork is how many floats Work must have.
func AttentionWork(tokens, heads, headDim, splits int) int {
	return tokens * heads * splits * (headDim + 2)
}

// AttentionPrefill is causal attention of tokens with the keys of their own
// sequences, up to their own position:
//
//	y = softmax(q·kᵀ * scale) · v
//
// See Attention for the papers. Keys and values are in the cache already,
// those of these tokens, too. A work item is a tile of up to 32 rows: some
// consecutive tokens, each with the query heads that share a key head.
var AttentionPrefill = device.Op[AttentionPrefillArgs]{
	Name: "attention_prefill",
	Items: func(a *AttentionPrefillArgs) int {
		a.check("attention_prefill")
		groups, size := a.headGroups()
		return groups * ceilDiv(int(a.Tokens), simd.TileTokens/size)
	},
	Host: attentionPrefill,
	Spec: attentionSpec,
	Variants: []device.Variant[AttentionPrefillArgs]{
		attentionMatrix(64, 128),
		attentionMatrix(32, 256),
		attentionSplit,
	},
}

// attentionSpec is what kernels over a paged cache are made for.
func attentionSpec(a *AttentionPrefillArgs) device.Spec {
	return device.Spec{
		Formats: map[string]string{"k": a.Type.String()},
		Consts:  map[string]int{"HEAD_DIM": int(a.HeadDim), "GROUP": int(a.Heads / a.KV.Heads), "FORM": int(a.YForm)},
	}
}

// attentionMatrix is the kernel on matrix units: rows tokens in a group, heads
// of at most dim elements.
func attentionMatrix(rows, dim int) device.Variant[AttentionPrefillArgs] {
	return device.Variant[AttentionPrefillArgs]{
		Fits: func(c device.Caps, s device.Spec) bool {
			d := s.Consts["HEAD_DIM"]
			return s.Formats["k"] != quant.F32.String() && kvKernels(s) && d <= dim && d%32 == 0 && !InBlocks(Form(s.Consts["FORM"]))
		},
		Steps: []device.Step[AttentionPrefillArgs]{{
			Kernel: "attention_prefill", Roles: []string{"k"}, Consts: []string{"HEAD_DIM", "GROUP", "FORM"}, Tune: map[string]int{"ROWS": rows},
			Grid: func(a *AttentionPrefillArgs, c device.Caps) device.Grid {
				return device.Grid{Groups: [3]int{ceilDiv(int(a.Tokens), rows), int(a.Heads), 1}, Block: rows / 16 * c.Wave}
			},
		}},
	}
}

func (a *AttentionPrefillArgs) check(op string) {
	width := a.Heads * a.HeadDim
	if a.Tokens < 0 || !a.valid() || a.Heads < 1 || a.Heads%a.KV.Heads != 0 || a.Y == a.Q ||
		a.StrideQ < width || a.StrideY < width || a.Window < 0 ||
		!validForm(a.YForm, a.HeadDim) || a.YForm != FloatRows && a.StrideY != width {
		badShape(op, *a)
	}
}

// headGroups is how many groups of query heads there are, and the most heads
// of one: those of a key head, or a part of them if they are more than a tile
// has rows.
func (a *AttentionPrefillArgs) headGroups() (groups, size int) {
	shared := int(a.Heads / a.KV.Heads)
	parts := ceilDiv(shared, simd.TileTokens)
	return int(a.KV.Heads) * parts, ceilDiv(shared, parts)
}

func attentionPrefill(a *AttentionPrefillArgs, lo, hi int) {
	s := attentionScratches.Get().(*attentionScratch)
	defer attentionScratches.Put(s)
	h := newAttentionHost(a)
	tokens := simd.TileTokens / h.size
	tiles := ceilDiv(int(a.Tokens), tokens)
	for item := lo; item < hi; item++ {
		first := item % tiles * tokens
		end := min(first+tokens, int(a.Tokens))
		for first < end { // a run of tokens of one sequence
			next := first + 1
			for next < end && h.seq[next] == h.seq[first] {
				next++
			}
			h.attend(s, item/tiles, first, next)
			first = next
		}
	}
}

// attentionHost is the arguments of an attention as the host wants them.
type attentionHost struct {
	*AttentionPrefillArgs
	simd         *simd.Kernels
	mul          simd.Mul
	cache        kvPages
	kvRows       bool // the cache's keys and values are rows
	groups, size int  // of query heads
	pos, seq     []int32
}

func newAttentionHost(a *AttentionPrefillArgs) attentionHost {
	mustBeFloats("attention", a.YForm)
	h := attentionHost{AttentionPrefillArgs: a, simd: simd.Active(), cache: newKVPages(a.KV)}
	h.kvRows = h.cache.isRows()
	panel := quant.F32 // that rows are decoded into
	if !h.kvRows {
		panel = a.Type
	}
	h.mul = h.simd.MulOf(mustPanel("attention", panel))
	h.groups, h.size = a.headGroups()
	h.pos = device.HostSlice[int32](a.Pos, int(a.Tokens))
	h.seq = device.HostSlice[int32](a.Seq, int(a.Tokens))
	return h
}

// chunkKeys is how many keys are scored at a time.
const chunkKeys = 128

// attentionScratch is the memory of a tile of n rows.
type attentionScratch struct {
	q      [MaxHeadDim * simd.TileTokens]float32 // [HeadDim][n], scaled
	scores [simd.TileTokens][chunkKeys]float32   // [n][keys], then probabilities
	flip   [chunkKeys * simd.TileTokens]float32  // products [keys/16][n][16], then probabilities [keys][n]
	y      [MaxHeadDim * simd.TileTokens]float32 // [HeadDim/16][n][16]
	most   [simd.TileTokens]float32              // the largest score so far
	sum    [simd.TileTokens]float32              // of the probabilities so far
	rows   [simd.TileTokens]attentionRow
	kv     kvScratch
}

// An attentionRow is a query head of a token.
type attentionRow struct{ token, head, pos int }

var attentionScratches = sync.Pool{New: func() any { return new(attentionScratch) }}

// attend does tokens first..end-1, which are of one sequence, for one group of
// query heads. It goes through the keys once, as Attention does.
func (h *attentionHost) attend(s *attentionScratch, group, first, end int) {
	n := h.begin(s, group, first, end)
	keyHead := group / (h.groups / int(h.KV.Heads))
	seq := int(h.seq[first])
	from, to := h.keyRange(s.rows[:n])
	for key := from / simd.Rows * simd.Rows; key < to; key += chunkKeys {
		keys := min(chunkKeys, to-key)
		h.score(s, n, seq, keyHead, key, keys)
		for i := range n {
			h.softmax(s, i, n, key, keys)
		}
		h.simd.Transpose(&s.flip[0], &s.scores[0][0], n, keys, n, chunkKeys)
		h.addValues(s, n, seq, keyHead, key, max(from-key, 0), keys)
	}
	h.finish(s, n)
}

// begin lists the tile's rows and brings their queries into a float tile.
func (h *attentionHost) begin(s *attentionScratch, group, first, end int) (n int) {
	shared := int(h.Heads / h.KV.Heads)
	parts := h.groups / int(h.KV.Heads)
	head := group/parts*shared + group%parts*h.size
	heads := min(h.size, (group/parts+1)*shared-head)
	dim := int(h.HeadDim)
	for t := first; t < end; t++ {
		copy(s.y[n*dim:], headsOf(h.Q, t, h.StrideQ, head, heads, dim))
		for i := range heads {
			s.rows[n] = attentionRow{t, head + i, int(h.pos[t])}
			n++
		}
	}
	h.simd.Scale(s.y[:n*dim], h.Scale)
	h.simd.Transpose(&s.q[0], &s.y[0], n, dim, n, dim)
	clear(s.y[:panelCount(dim)*n*simd.Rows])
	for i := range n {
		s.most[i], s.sum[i] = float32(math.Inf(-1)), 0
	}
	return n
}

// keyRange is the keys that some row sees.
func (h *attentionHost) keyRange(rows []attentionRow) (from, to int) {
	from = math.MaxInt
	for _, r := range rows {
		first, end := visible(r.pos, r.pos+1, int(h.Window))
		from, to = min(from, first), max(to, end)
	}
	return from, to
}

// score multiplies the queries with keys key..key+keys-1, and with the rest of
// the last panel: keys that may be unwritten, but no row sees them.
func (h *attentionHost) score(s *attentionScratch, n, seq, head, key, keys int) {
	clear(s.flip[:ceilDiv(keys, simd.Rows)*n*simd.Rows])
	for k := 0; k < keys; k += simd.Rows {
		products := s.flip[k*n:][:n*simd.Rows]
		panel := h.keys(s, seq, key+k, head)
		h.mul(&products[0], panel, unsafe.Pointer(&s.q[0]), int(h.HeadDim), n, n)
		for i := range n {
			sixteen := [simd.Rows]float32(products[i*simd.Rows:])
			*(*[simd.Rows]float32)(s.scores[i][k:]) = sixteen
		}
	}
}

// keys is a panel of 16 keys.
func (h *attentionHost) keys(s *attentionScratch, seq, pos, head int) unsafe.Pointer {
	if h.kvRows {
		return unsafe.Pointer(s.kv.keyPanel(h.simd, &h.cache, seq, pos, head))
	}
	return device.HostPointer(h.cache.keys(seq, pos, head))
}

// softmax turns row i's scores into probabilities, as yet not divided by
// their sum; keys that the row does not see get 0.
func (h *attentionHost) softmax(s *attentionScratch, i, n, key, keys int) {
	first, end := visible(s.rows[i].pos, key+keys, int(h.Window))
	first = min(max(first-key, 0), keys)
	end = max(end-key, first)
	scores := s.scores[i][:keys]
	clear(scores[:first])
	clear(scores[end:])
	if first == end {
		return
	}
	scores = scores[first:end]
	if m := h.simd.Max(scores); m > s.most[i] {
		if s.sum[i] > 0 {
			h.shrink(s, i, n, float32(math.Exp(float64(s.most[i]-m))))
		}
		s.most[i] = m
	}
	s.sum[i] += h.simd.ExpSum(scores, scores, s.most[i])
}

// shrink scales what row i has summed up.
func (h *attentionHost) shrink(s *attentionScratch, i, n int, by float32) {
	s.sum[i] *= by
	for d := range panelCount(int(h.HeadDim)) {
		y := (*[simd.Rows]float32)(s.y[(d*n+i)*simd.Rows:])
		for j := range y {
			y[j] *= by
		}
	}
}

// addValues adds probabilities times values, of keys key+k..key+keys-1. Those
// before, in the first panel, may be unwritten; not even 0 times them will do.
func (h *attentionHost) addValues(s *attentionScratch, n, seq, head, key, k, keys int) {
	page := int(h.PageTokens)
	for k < keys {
		run := min(keys-k, page-(key+k)%page) // keys of one page
		if h.kvRows {
			run = min(run, simd.Rows)
			h.addRows(s, n, seq, head, key+k, run, s.flip[k*n:])
			k += run
			continue
		}
		for d := range panelCount(int(h.HeadDim)) {
			panel := device.HostPointer(h.cache.values(seq, key+k, head, d))
			h.mul(&s.y[d*n*simd.Rows], panel, unsafe.Pointer(&s.flip[k*n]), run, n, n)
		}
		k += run
	}
}

// addRows is addValues for n values of a page that lie in rows.
func (h *attentionHost) addRows(s *attentionScratch, n, seq, head, key, run int, probabilities []float32) {
	s.kv.valuePanels(&h.cache, seq, key, head, run)
	for d := range panelCount(int(h.HeadDim)) {
		panel := unsafe.Pointer(&s.kv.panel[d*run*simd.Rows])
		h.mul(&s.y[d*n*simd.Rows], panel, unsafe.Pointer(&probabilities[0]), run, n, n)
	}
}

// finish divides by the sums and writes the rows to Y.
func (h *attentionHost) finish(s *attentionScratch, n int) {
	dim := int(h.HeadDim)
	for i, r := range s.rows[:n] {
		y, by := headsOf(h.Y, r.token, h.StrideY, r.head, 1, dim), 1/s.sum[i]
		for d := 0; d*simd.Rows < dim; d++ {
			copy(y[d*simd.Rows:], s.y[(d*n+i)*simd.Rows:][:simd.Rows])
		}
		h.simd.Scale(y, by)
	}
}
