package opstest

import (
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/ops"
)

func attentionCases() (cases []Case) {
	for _, causal := range []bool{false, true} {
		for _, keys := range []int{1, 2, 17, 127, 128, 129, 300} {
			cases = append(cases, attentionCase(attentionShape{1, keys, 4, 2, 16, 0, causal, 1}))
		}
		for _, group := range []int{1, 2, 4, 8} {
			for _, dim := range []int{1, 16, 17, 64, 80, 128} {
				cases = append(cases, attentionCase(attentionShape{5, 9, 2 * group, 2, dim, 0, causal, 1}))
			}
		}
		cases = append(cases,
			attentionCase(attentionShape{33, 33, 2, 1, 32, 0, causal, 1}),
			attentionCase(attentionShape{7, 150, 2, 2, 32, 0, causal, 20})) // sharp: one key takes it all
	}
	for _, window := range []int{1, 2, 8, 127, 129, 1000} {
		cases = append(cases, attentionCase(attentionShape{19, 300, 4, 2, 24, window, true, 1}))
	}
	return cases
}

type attentionShape struct {
	queries, keys, heads, kvHeads, headDim, window int
	causal                                         bool
	size                                           float64 // of the queries
}

func attentionCase(s attentionShape) Case {
	name := fmt.Sprintf("%d of %d keys, %d heads of %d, %d kv, window %d causal %t size %g",
		s.queries, s.keys, s.heads, s.headDim, s.kvHeads, s.window, s.causal, s.size)
	return newCase("attention", name, func(b *bench) {
		q := normals(14, s.queries*s.heads*s.headDim, s.size)
		k := normals(15, s.keys*s.kvHeads*s.headDim, 1)
		v := normals(16, s.keys*s.kvHeads*s.headDim, 1)
		scale := float32(1 / math.Sqrt(float64(s.headDim)))
		args := ops.AttentionArgs{
			Y: output[float32](b, "Y", len(q)),
			Q: input(b, "Q", q), K: input(b, "K", k), V: input(b, "V", v),
			Queries: int32(s.queries), Keys: int32(s.keys), Heads: int32(s.heads), KVHeads: int32(s.kvHeads),
			HeadDim: int32(s.headDim), Window: int32(s.window), Scale: scale,
		}
		if s.causal {
			args.Causal = 1
		}
		launch(b, &ops.Attention, args)
		want := make([]float64, 0, len(q))
		for i := range s.queries * s.heads {
			want = append(want, attend(s, q[i*s.headDim:][:s.headDim], k, v, i/s.heads, i%s.heads, float64(scale))...)
		}
		// A score of size |q| is off by some 1e-7 of it, and exp turns that
		// into a relative error.
		b.compare("Y", download[float32](b, args.Y, len(q)), want, tolerance{abs: 2e-6 * (1 + s.size)})
	})
}

// attend is one query head's attention.
func attend(s attentionShape, q, k, v []float32, query, head int, scale float64) []float64 {
	kvHead := head / (s.heads / s.kvHeads)
	at := func(m []float32, key, i int) float64 { return float64(m[(key*s.kvHeads+kvHead)*s.headDim+i]) }
	scores := make([]float64, s.keys)
	for key := range scores {
		if s.causal && !sees(s.keys-s.queries+query, key, s.window) {
			scores[key] = math.Inf(-1)
			continue
		}
		for i := range q {
			scores[key] += float64(q[i]) * at(k, key, i)
		}
	}
	softmax(scores, scale)
	y := make([]float64, s.headDim)
	for key, p := range scores {
		for i := range y {
			y[i] += p * at(v, key, i)
		}
	}
	return y
}
