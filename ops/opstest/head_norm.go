package opstest

import (
	"fmt"

	"github.com/rocmforge/rocmforge/ops"
)

func headNormCases() (cases []Case) {
	for _, tokens := range []int{1, 2, 33} {
		for _, dim := range []int{1, 2, 31, 32, 64, 65, 128, 256, 512} {
			cases = append(cases, headNormCase(headNormShape{tokens, 4, 2, dim, 8 * dim, 1}))
		}
	}
	return append(cases,
		headNormCase(headNormShape{0, 4, 2, 64, 512, 1}),
		headNormCase(headNormShape{3, 1, 1, 128, 256, 1}), // nothing but queries and keys
		headNormCase(headNormShape{3, 5, 0, 64, 333, 1}),  // no keys; rows that are not aligned
		headNormCase(headNormShape{2, 32, 8, 128, 6144, 1}),
		headNormCase(headNormShape{2, 4, 2, 64, 512, 0}), // zeros: eps alone keeps it finite
		headNormCase(headNormShape{2, 4, 2, 64, 512, 1e8}),
	)
}

type headNormShape struct {
	tokens, heads, kvHeads, dim, stride int
	size                                float64
}

func headNormCase(s headNormShape) Case {
	name := fmt.Sprintf("%dx(%d+%d)x%d stride %d size %g", s.tokens, s.heads, s.kvHeads, s.dim, s.stride, s.size)
	return newCase("head_norm", name, func(b *bench) {
		const eps = 1e-6
		x, qw, kw := normals(1, s.tokens*s.stride, s.size), normals(2, s.dim, 1), normals(3, s.dim, 1)
		args := ops.HeadNormArgs{
			QKV: inout(b, "QKV", x), QW: input(b, "QW", qw), KW: input(b, "KW", kw),
			Tokens: int32(s.tokens), Heads: int32(s.heads), KVHeads: int32(s.kvHeads), HeadDim: int32(s.dim),
			Stride: int32(s.stride), Eps: eps,
		}
		launch(b, &ops.HeadNorm, args)
		want := float64s(x) // what lies behind the keys stays
		for t := range s.tokens {
			for h := range s.heads + s.kvHeads {
				w, at := qw, t*s.stride+h*s.dim
				if h >= s.heads {
					w = kw
				}
				copy(want[at:], rmsNorm(x[at:at+s.dim], w, s.dim, float64(float32(eps))))
			}
		}
		b.compare("QKV", download[float32](b, args.QKV, len(x)), want, tolerance{abs: 1e-9, rel: 4e-6})
	})
}
