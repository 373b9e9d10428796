package ops

import (
	"fmt"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/simd"
	"github.com/rocmforge/rocmforge/mxfp"
	"github.com/rocmforge/rocmforge/quant"
)

// KV is one layer's keys and values, in pages of PageTokens tokens:
//
//	K page   [Heads][PageTokens/16][HeadDim][16 tokens]
//	V page   [Heads][HeadDim/16, rounded up][PageTokens][16 elements]
//
// On a CPU both are panels of the kernels for float weights: the product with q takes
// 16 keys as its rows, the product with probabilities 16 elements of V. A page
// has KVPageBytes bytes. On a GPU, where HeadDim is a multiple of 16, a lane
// loads eight numbers at a time:
//
//	K page   [Heads][HeadDim/8][PageTokens][8 elements]
//	V page   [Heads][PageTokens/8][HeadDim][8 tokens]
//
// MXFP6_E2M3 there has groups of 8 tokens and 32 elements, 200 bytes each
// (kernels/src/lib/kv_mxfp6.h):
//
//	K, V page   [Heads][PageTokens/8][HeadDim/32] groups
//
// Types that are no plain numbers (FP8_E4M3, MXFP6_E2M3, MXFP4) lie in rows on a
// CPU, without padding, and are decoded 16 at a time on their way into a product:
//
//	K, V page   [Heads][PageTokens][HeadDim]
//
// What nobody has written may hold anything.
type KV struct {
	K, V       device.Ptr // page 0
	Pages      device.Ptr // int32 [sequences][MaxPages]: page numbers
	MaxPages   int32
	PageTokens int32      // a multiple of 16
	Heads      int32      // key and value heads
	HeadDim    int32      // at most MaxHeadDim
	Type       quant.Type // F32, F16, BF16, FP8_E4M3, MXFP6_E2M3 or MXFP4
}

// MaxHeadDim bounds a head's elements over a cache; the scratch of attention has
// a place for each.
const MaxHeadDim = 512

// KVPageBytes is the size of a page of keys; a page of values has the same.
func KVPageBytes(t quant.Type, heads, headDim, pageTokens int) int {
	if row, ok := kvRowBytes(t, headDim); ok {
		return heads * pageTokens * row
	}
	return heads * panelCount(headDim) * pageTokens * mustPanel("kv", t).Bytes
}

// valid tells whether the ops can do with the cache's shape.
func (c *KV) valid() bool {
	return c.MaxPages > 0 && c.PageTokens > 0 && c.PageTokens%simd.Rows == 0 &&
		c.Heads > 0 && c.HeadDim > 0 && c.HeadDim <= MaxHeadDim &&
		KVTypeError(c.Type, int(c.HeadDim)) == nil
}

// moves tells whether keys and values of tokens that lie so far apart can go in or
// out.
func (c *KV) moves(tokens, strideK, strideV int32) bool {
	width := c.Heads * c.HeadDim
	return tokens >= 0 && c.valid() && strideK >= width && strideV >= width
}

// spec is what kernels that move keys and values are made for.
func (c *KV) spec() device.Spec {
	return device.Spec{
		Formats: map[string]string{"k": c.Type.String()},
		Consts:  map[string]int{"HEAD_DIM": int(c.HeadDim)},
	}
}

// KVTypeError says why heads of headDim elements cannot be kept as a type, or
// nil.
func KVTypeError(t quant.Type, headDim int) error {
	if IsFloat(t) {
		return nil
	}
	f, ok := quant.Lookup(t)
	if _, rows := kvRowBytes(t, headDim); rows {
		return nil
	}
	if _, rows := kvRowBytes(t, MaxHeadDim); !ok || !rows {
		return fmt.Errorf("a KV cache of type %s is not supported", t)
	}
	return fmt.Errorf("a KV cache of type %s takes heads of a multiple of %d elements; the model's have %d", t, f.BlockElems, headDim)
}

// kvKernels says whether GPUs have kernels for a cache's format.
func kvKernels(s device.Spec) bool {
	switch s.Formats["k"] {
	case quant.F32.String(), quant.F16.String(), quant.BF16.String(), quant.FP8_E4M3.String():
		return true
	}
	return isKVBlocks(s) && s.Consts["HEAD_DIM"]%mxfp.BlockSize == 0
}

// isKVBlocks says that numbers of a cache share scales, so that a GPU appends them
// in blocks.
func isKVBlocks(s device.Spec) bool { return s.Formats["k"] == quant.MXFP6_E2M3.String() }

// kvPages is a KV as the host wants it.
type kvPages struct {
	KV
	elem      int // bytes of an element in panels
	pageBytes int
}

func newKVPages(c KV) kvPages {
	p := kvPages{KV: c, pageBytes: KVPageBytes(c.Type, int(c.Heads), int(c.HeadDim), int(c.PageTokens))}
	if !c.isRows() {
		p.elem = mustPanel("kv", c.Type).Bytes / simd.Rows
	}
	return p
}

// page is the page that holds a sequence's token pos, and the place of pos in
// it.
func (c *kvPages) page(seq, pos int) (page, slot int) {
	if seq < 0 || pos < 0 || pos >= int(c.MaxPages)*int(c.PageTokens) {
		panic(fmt.Sprintf("kv: position %d of sequence %d; there are %d pages of %d tokens",
			pos, seq, c.MaxPages, c.PageTokens))
	}
	at := seq*int(c.MaxPages) + pos/int(c.PageTokens)
	page = int(device.HostSlice[int32](c.Pages, at+1)[at])
	if page < 0 {
		panic(fmt.Sprintf("kv: sequence %d has no page for position %d", seq, pos))
	}
	return page, pos % int(c.PageTokens)
}

// keys is the address of the panel of 16 keys that holds token pos of a
// sequence: [HeadDim][16].
func (c *kvPages) keys(seq, pos, head int) device.Ptr {
	page, slot := c.page(seq, pos)
	panel := head*int(c.PageTokens)/simd.Rows + slot/simd.Rows
	return c.K + device.Ptr(page*c.pageBytes+panel*int(c.HeadDim)*simd.Rows*c.elem)
}

// values is the address of 16 elements of token pos of a sequence, from
// element 16*d on; the next token of the page follows.
func (c *kvPages) values(seq, pos, head, d int) device.Ptr {
	page, slot := c.page(seq, pos)
	row := (head*panelCount(int(c.HeadDim))+d)*int(c.PageTokens) + slot
	return c.V + device.Ptr(page*c.pageBytes+row*simd.Rows*c.elem)
}
