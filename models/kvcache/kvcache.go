// Package kvcache holds the keys and values of past tokens in pages, so that
// sequences of any length share one pool of device memory. It knows how big a
// page is; the ops that write and read pages know what is inside.
package kvcache

import (
	"fmt"
	"strings"
	"unsafe"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

// PageTokens is the number of tokens in a page: small enough that a short
// sequence wastes little, large enough that page tables stay short.
const PageTokens = 64

// Spec is the shape of a cache.
type Spec struct {
	Type      quant.Type // F32, F16, BF16, FP8_E4M3, MXFP6_E2M3 or MXFP4
	Layers    int
	Heads     int   // key and value heads
	PerLayer  []int // those of each layer, where layers differ; nil: Heads
	HeadDim   int
	Sequences int // at most so many at a time
	Tokens    int // of the longest sequence
}

// Cache is the memory of one or more sequences. It belongs to one goroutine
// at a time.
type Cache struct {
	spec   Spec
	dev    device.Device
	pool   device.Ptr // [layer][k, v][page]; a layer's pages are as large as its heads need
	layers []int      // where each layer begins
	table  device.Ptr // int32 [Sequences][pages of a sequence]
	perSeq int        // pages of a sequence
	free   []int32
	pages  []int32 // the table's copy on the host
	held   []int   // pages that each sequence holds
}

// types are the values of --kv-cache-dtype. MXFP4 is an experiment: it costs a
// model more than it saves.
var types = map[string]quant.Type{
	"f32": quant.F32, "f16": quant.F16, "bf16": quant.BF16,
	"fp8": quant.FP8_E4M3, "mxfp6": quant.MXFP6_E2M3, "mxfp4": quant.MXFP4,
}

// TypeNames lists what ParseType takes.
var TypeNames = []string{"f32", "f16", "bf16", "fp8", "mxfp6", "mxfp4"}

// ParseType reads a --kv-cache-dtype.
func ParseType(name string) (quant.Type, error) {
	t, ok := types[strings.ToLower(name)]
	if !ok {
		return 0, fmt.Errorf("KV cache type %q is not supported; allowed are %s", name, strings.Join(TypeNames, ", "))
	}
	return t, nil
}

func (s Spec) pagesPerSequence() int {
	return (s.Tokens + PageTokens - 1) / PageTokens
}

// heads is layer i's.
func (s Spec) heads(i int) int {
	if s.PerLayer != nil {
		return s.PerLayer[i]
	}
	return s.Heads
}

// layerBytes is the size of layer i's keys, and of its values.
func (s Spec) layerBytes(i int) int {
	return s.Sequences * s.pagesPerSequence() * ops.KVPageBytes(s.Type, s.heads(i), s.HeadDim, PageTokens)
}

// SizeBytes is what New will allocate.
func (s Spec) SizeBytes() int {
	return s.poolBytes() + s.tableBytes()
}

// ReductionVsF16 is the share of an F16 cache's memory that this one saves: 0.61
// for MXFP6, which has 6.25 bits for each number. It counts whole caches, with
// their tables.
func (s Spec) ReductionVsF16() float64 {
	half := s
	half.Type = quant.F16
	return 1 - float64(s.SizeBytes())/float64(half.SizeBytes())
}

func (s Spec) poolBytes() (n int) {
	for i := range s.Layers {
		n += 2 * s.layerBytes(i)
	}
	return n
}

func (s Spec) tableBytes() int {
	return 4 * s.Sequences * s.pagesPerSequence()
}

// New allocates a cache.
func New(d device.Device, s Spec) (*Cache, error) {
	c := &Cache{spec: s, dev: d, perSeq: s.pagesPerSequence()}
	var err error
	if c.pool, err = d.Alloc(s.poolBytes()); err != nil {
		return nil, fmt.Errorf("KV cache: %w", err)
	}
	if c.table, err = d.Alloc(s.tableBytes()); err != nil {
		d.Free(c.pool)
		return nil, fmt.Errorf("KV cache: %w", err)
	}
	c.layers = make([]int, s.Layers)
	for i := 1; i < s.Layers; i++ {
		c.layers[i] = c.layers[i-1] + 2*s.layerBytes(i-1)
	}
	total := s.Sequences * c.perSeq
	c.pages = make([]int32, total)
	c.held = make([]int, s.Sequences)
	c.free = make([]int32, total)
	for i := range c.free {
		c.free[i] = int32(total - 1 - i)
	}
	return c, nil
}

// Spec returns the cache's shape.
func (c *Cache) Spec() Spec { return c.spec }

// Extend makes room for a sequence's first tokens tokens. It fails, and
// changes nothing, when the sequence would outgrow the cache.
func (c *Cache) Extend(q device.Queue, seq, tokens int) error {
	need := (tokens + PageTokens - 1) / PageTokens
	if tokens > c.spec.Tokens || need-c.held[seq] > len(c.free) {
		return fmt.Errorf("KV cache: %d tokens do not fit; a sequence has room for %d", tokens, c.spec.Tokens)
	}
	if need <= c.held[seq] {
		return nil
	}
	row := c.pages[seq*c.perSeq : (seq+1)*c.perSeq]
	for c.held[seq] < need {
		last := len(c.free) - 1
		row[c.held[seq]] = c.free[last]
		c.free = c.free[:last]
		c.held[seq]++
	}
	q.Upload(c.table+device.Ptr(4*seq*c.perSeq), unsafe.Slice((*byte)(unsafe.Pointer(&row[0])), 4*len(row)))
	return nil
}

// Truncate gives back the pages behind a sequence's first tokens tokens.
func (c *Cache) Truncate(seq, tokens int) {
	keep := (tokens + PageTokens - 1) / PageTokens
	for c.held[seq] > keep {
		c.held[seq]--
		c.free = append(c.free, c.pages[seq*c.perSeq+c.held[seq]])
	}
}

// Ops is the cache as the ops take it, without its addresses: enough to bind
// kernels before there is a cache. Where layers differ, Heads is each layer's own
// matter.
func (s Spec) Ops() ops.KV {
	return ops.KV{
		MaxPages:   int32(s.pagesPerSequence()),
		PageTokens: PageTokens,
		Heads:      int32(s.Heads),
		HeadDim:    int32(s.HeadDim),
		Type:       s.Type,
	}
}

// Memory is the cache's address, which no other cache has while it is open.
func (c *Cache) Memory() device.Ptr { return c.pool }

// Layer is one layer's view, as the ops take it.
func (c *Cache) Layer(i int) ops.KV {
	kv := c.spec.Ops()
	kv.Heads = int32(c.spec.heads(i))
	kv.K = c.pool + device.Ptr(c.layers[i])
	kv.V = kv.K + device.Ptr(c.spec.layerBytes(i))
	kv.Pages = c.table
	return kv
}

// Close frees the memory. It may be called twice.
func (c *Cache) Close() {
	c.dev.Free(c.pool)
	c.dev.Free(c.table)
	c.pool, c.table = 0, 0
}
