package ops

import (
	"fmt"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/simd"
	"github.com/rocmforge/rocmforge/quant"
)

// EmbeddingArgs are the operands of Embedding.
type EmbeddingArgs struct {
	Y      device.Ptr // [Tokens, Dim]
	W      device.Ptr // [Vocab, Dim] of Type; in Rows at any alignment: perhaps a mapped file
	IDs    device.Ptr // [Tokens] int32
	Tokens int32
	Dim    int32
	Vocab  int32
	Type   quant.Type    // of W; Dim is a whole number of its blocks
	Layout device.Layout // of W: Rows on a CPU, Planes on a GPU
	Scale  float32       // 1, or what the model multiplies embeddings by
}

// Embedding looks up each token's row of the embedding and decodes it:
//
//	y[t] = decode(w[ids[t]]) * scale
//
// An id outside the vocabulary is the launch's error; a GPU cannot raise one
// and gives NaN.
var Embedding = device.Op[EmbeddingArgs]{
	Name: "embedding",
	Items: func(a *EmbeddingArgs) int {
		f, ok := quant.Lookup(a.Type)
		if !ok || f.Decode == nil || a.Tokens < 0 || a.Dim < 1 || int(a.Dim)%f.BlockElems != 0 {
			badShape("embedding", *a)
		}
		return int(a.Tokens)
	},
	Host: embedding,
	Spec: func(a *EmbeddingArgs) device.Spec {
		return device.Spec{Formats: map[string]string{"w": a.Type.String()}, Consts: map[string]int{"DIM": int(a.Dim)}}
	},
	Variants: []device.Variant[EmbeddingArgs]{{
		Fits: func(_ device.Caps, s device.Spec) bool { return hasPlanes(s.Formats["w"], s.Consts["DIM"]) },
		Steps: []device.Step[EmbeddingArgs]{{
			Kernel: "embedding", Roles: []string{"w"}, Consts: []string{"DIM"},
			Grid: func(a *EmbeddingArgs, _ device.Caps) device.Grid { return elementGrid(int(a.Dim)/16, int(a.Tokens)) },
		}},
	}},
}

func embedding(a *EmbeddingArgs, lo, hi int) {
	f, _ := quant.Lookup(a.Type)
	dim := int(a.Dim)
	rowBytes, _ := f.RowBytes(dim)
	k := simd.Active()
	ids := device.HostSlice[int32](a.IDs, hi)
	for t := lo; t < hi; t++ {
		id := ids[t]
		if id < 0 || id >= a.Vocab {
			panic(fmt.Sprintf("token id %d at position %d of the batch; the vocabulary has %d", id, t, a.Vocab))
		}
		y := hostRow(a.Y, t, dim)
		f.Decode(y, device.HostSlice[byte](a.W+device.Ptr(int(id)*rowBytes), rowBytes))
		if a.Scale != 1 {
			k.Scale(y, a.Scale)
		}
	}
}
