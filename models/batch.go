package models

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/models/nn"
)

// MaxBatch is the number of tokens that one pass takes on a CPU; longer prompts
// take several passes.
const MaxBatch = 512

// BatchTokens is MaxBatch for any device: a GPU needs more work at a time to be
// busy everywhere.
func BatchTokens(c device.Caps) int {
	if c.Host {
		return MaxBatch
	}
	return 4 * MaxBatch
}

// contextBucket rounds the context of a batch up to one of a few sizes: the
// shape of a graph's launches may depend on them, and on nothing finer.
func contextBucket(pos []int32) int {
	keys := 64
	for _, p := range pos {
		for keys <= int(p) {
			keys *= 2
		}
	}
	return keys
}

// LogitRows is the number of positions whose logits fit the work buffers at a
// time: a large vocabulary makes them the biggest buffer of all.
const LogitRows = 32

// Batch is the tokens of one pass, for one or more sequences of a cache:
// token i has the id IDs[i] and stands at position Pos[i] of sequence Seq[i].
// A sequence's tokens are consecutive and in order.
type Batch struct {
	IDs, Pos, Seq []int32

	// Length is the number of tokens that the longest sequence will have when
	// all are through that are known of it: dynamic RoPE turns a prompt's first
	// batch as its last. 0: the batch is the last one.
	Length int
}

// Len is the number of tokens.
func (b *Batch) Len() int { return len(b.IDs) }

// sequence is Length, or what the positions say.
func (b *Batch) sequence() int { return max(b.Length, int(slices.Max(b.Pos))+1) }

// Fill makes b the tokens ids of one sequence, the first at position pos, and
// the last one of them the last that is known.
func (b *Batch) Fill(ids []int32, seq, pos int) {
	b.Length = 0
	b.IDs = append(b.IDs[:0], ids...)
	b.Pos, b.Seq = b.Pos[:0], b.Seq[:0]
	for i := range ids {
		b.Pos = append(b.Pos, int32(pos+i))
		b.Seq = append(b.Seq, int32(seq))
	}
}

// AheadTokens is how many tokens a device may choose before the host looks.
const AheadTokens = 32

// inputs is a batch on the device.
type inputs struct {
	ids, pos, seq, rows device.Ptr // int32 [most]
	step                device.Ptr // int32 [1]: of those that the device chooses ahead
	history             device.Ptr // int32 [AheadTokens]: what it chose
	most                int
}

// inputsBytes is what newInputs takes from the arena.
func inputsBytes(tokens int) int { return 4 * (4*tokens + 1 + AheadTokens) }

func newInputs(a *nn.Arena, tokens int) (in inputs, err error) {
	in.most = tokens
	for _, p := range []*device.Ptr{&in.ids, &in.pos, &in.seq, &in.rows} {
		if *p, err = a.Floats(tokens); err != nil {
			return in, err
		}
	}
	if in.step, err = a.Floats(1); err == nil {
		in.history, err = a.Floats(AheadTokens)
	}
	return in, err
}

func (in *inputs) upload(q device.Queue, b *Batch) {
	if b.Len() == 0 || b.Len() > in.most || len(b.Pos) != b.Len() || len(b.Seq) != b.Len() {
		panic(fmt.Sprintf("batch of %d tokens, %d positions, %d sequences; 1 to %d of each go together",
			b.Len(), len(b.Pos), len(b.Seq), in.most))
	}
	uploadInts(q, in.ids, b.IDs)
	uploadInts(q, in.pos, b.Pos)
	uploadInts(q, in.seq, b.Seq)
}

func uploadInts(q device.Queue, dst device.Ptr, v []int32) {
	q.Upload(dst, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v)))
}
