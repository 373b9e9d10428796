package ops

import (
	"math"
	"sync"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/simd"
)

// AttentionArgs are the operands of Attention.
type AttentionArgs struct {
	Y, Q    device.Ptr // [Queries, Heads, HeadDim]; Y must not be Q
	K, V    device.Ptr // [Keys, KVHeads, HeadDim]
	Queries int32
	Keys    int32
	Heads   int32 // a multiple of KVHeads
	KVHeads int32
	HeadDim int32
	Causal  int32 // 1: a query sees no key behind it; query i is at key Keys-Queries+i
	Window  int32 // with Causal, how many keys a query sees, itself included; 0 for all
	Scale   float32
}

// Attention is scaled dot-product attention over keys and values that lie in
// one piece:
//
//	y = softmax(q·kᵀ * scale) · v
//
// Vaswani et al., "Attention Is All You Need", section 3.2.1; query heads
// share key heads in groups as in Ainslie et al., "GQA". Encoders use it, and
// the ops over a paged cache are compared with it.
var Attention = device.Op[AttentionArgs]{
	Name: "attention",
	Items: func(a *AttentionArgs) int {
		if a.Queries < 0 || a.Keys < 1 || a.HeadDim < 1 || a.KVHeads < 1 ||
			a.Heads < 1 || a.Heads%a.KVHeads != 0 || a.Y == a.Q || !a.validMask() {
			badShape("attention", *a)
		}
		return int(a.Queries) * int(a.Heads)
	},
	Host: attention,
	Spec: func(a *AttentionArgs) device.Spec {
		return device.Spec{Consts: map[string]int{"HEAD_DIM": int(a.HeadDim)}}
	},
	Variants: []device.Variant[AttentionArgs]{{
		Fits: func(_ device.Caps, s device.Spec) bool { return s.Consts["HEAD_DIM"] <= MaxHeadDim },
		Steps: []device.Step[AttentionArgs]{{
			Kernel: "attention",
			Grid: func(a *AttentionArgs, _ device.Caps) device.Grid {
				return device.Grid{Groups: [3]int{int(a.Queries), int(a.Heads), 1}, Block: 128}
			},
		}},
	}},
}

// keyBlock is how many keys are scored at a time.
const keyBlock = 128

var keyScores = sync.Pool{New: func() any { return new([keyBlock]float32) }}

func attention(a *AttentionArgs, lo, hi int) {
	scores := keyScores.Get().(*[keyBlock]float32)
	defer keyScores.Put(scores)
	heads := int(a.Heads)
	for item := lo; item < hi; item++ {
		first, end := a.keysOf(item / heads)
		kvHead := item % heads / int(a.Heads/a.KVHeads)
		softmaxOver(a, item, kvHead, first, end, scores)
	}
}

// softmaxOver attends with one query head to keys first..end-1. It goes
// through them once, and shrinks what it has when a larger score turns up:
// Milakov and Gimelshein, "Online normalizer calculation for softmax".
func softmaxOver(a *AttentionArgs, item, kvHead, first, end int, scores *[keyBlock]float32) {
	k, dim := simd.Active(), int(a.HeadDim)
	q, y := hostRow(a.Q, item, dim), hostRow(a.Y, item, dim)
	clear(y)
	most, sum := float32(math.Inf(-1)), float32(0)
	for ; first < end; first += keyBlock {
		s := scores[:min(keyBlock, end-first)]
		for j := range s {
			s[j] = k.Dot(q, a.head(a.K, first+j, kvHead)) * a.Scale
		}
		if m := k.Max(s); m > most {
			shrink := float32(math.Exp(float64(most - m)))
			k.Scale(y, shrink)
			most, sum = m, sum*shrink
		}
		sum += k.ExpSum(s, s, most)
		for j, p := range s {
			k.Axpy(y, a.head(a.V, first+j, kvHead), p)
		}
	}
	k.Scale(y, 1/sum)
}

// keysOf is the range of keys that a query sees; it is never empty.
func (a *AttentionArgs) keysOf(query int) (first, end int) {
	if a.Causal == 0 {
		return 0, int(a.Keys)
	}
	return visible(int(a.Keys-a.Queries)+query, int(a.Keys), int(a.Window))
}

func (a *AttentionArgs) validMask() bool {
	if a.Causal == 0 {
		return a.Window == 0
	}
	return a.Causal == 1 && a.Window >= 0 && a.Queries <= a.Keys
}

// head is one key or value.
func (a *AttentionArgs) head(p device.Ptr, key, kvHead int) []float32 {
	return hostRow(p, key*int(a.KVHeads)+kvHead, int(a.HeadDim))
}
