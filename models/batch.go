package models

import (
	"fmt"
	"unsafe"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/models/nn"
)

// MaxBatch is the number of tokens that one pass takes; longer prompts take
// several passes.
const MaxBatch = 512

// LogitRows is the number of positions whose logits fit the work buffers at a
// time: a large vocabulary makes them the biggest buffer of all.
const LogitRows = 32

// Batch is the tokens of one pass, for one or more sequences of a cache:
// token i has the id IDs[i] and stands at position Pos[i] of sequence Seq[i].
// A sequence's tokens are consecutive and in order.
type Batch struct {
	IDs, Pos, Seq []int32
}

// Len is the number of tokens.
func (b *Batch) Len() int { return len(b.IDs) }

// Fill makes b the tokens ids of one sequence, the first at position pos.
func (b *Batch) Fill(ids []int32, seq, pos int) {
	b.IDs = append(b.IDs[:0], ids...)
	b.Pos, b.Seq = b.Pos[:0], b.Seq[:0]
	for i := range ids {
		b.Pos = append(b.Pos, int32(pos+i))
		b.Seq = append(b.Seq, int32(seq))
	}
}

// inputs is a batch on the device.
type inputs struct {
	ids, pos, seq, rows device.Ptr // int32 [MaxBatch]
}

// inputsBytes is what newInputs takes from the arena.
const inputsBytes = 4 * 4 * MaxBatch

func newInputs(a *nn.Arena) (in inputs, err error) {
	for _, p := range []*device.Ptr{&in.ids, &in.pos, &in.seq, &in.rows} {
		if *p, err = a.Floats(MaxBatch); err != nil {
			return in, err
		}
	}
	return in, nil
}

func (in *inputs) upload(q device.Queue, b *Batch) {
	if b.Len() == 0 || b.Len() > MaxBatch || len(b.Pos) != b.Len() || len(b.Seq) != b.Len() {
		panic(fmt.Sprintf("batch of %d tokens, %d positions, %d sequences; 1 to %d of each go together",
			b.Len(), len(b.Pos), len(b.Seq), MaxBatch))
	}
	uploadInts(q, in.ids, b.IDs)
	uploadInts(q, in.pos, b.Pos)
	uploadInts(q, in.seq, b.Seq)
}

func uploadInts(q device.Queue, dst device.Ptr, v []int32) {
	q.Upload(dst, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v)))
}
