package opstest

import (
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/ops"
)

func ropeCases() (cases []Case) {
	for _, pairing := range []ops.Pairing{ops.Interleaved, ops.Halves} {
		for _, tokens := range []int{1, 2, 33} {
			for _, heads := range []int{1, 3} {
				for _, dim := range []int{2, 6, 16, 34, 64, 128} {
					cases = append(cases, ropeCase(ropeShape{tokens, heads, dim, dim, heads * dim, pairing, 1}))
				}
			}
		}
		cases = append(cases,
			ropeCase(ropeShape{5, 2, 80, 32, 160, pairing, 1}),    // a part of each head
			ropeCase(ropeShape{5, 2, 64, 64, 300, pairing, 1}),    // a gap between tokens
			ropeCase(ropeShape{5, 4, 64, 64, 256, pairing, 1.35}), // YaRN's factor
			ropeCase(ropeShape{2, 1, 1024, 1024, 1024, pairing, 1}),
		)
	}
	return cases
}

type ropeShape struct {
	tokens, heads, headDim, rotDim, stride int
	pairing                                ops.Pairing
	scale                                  float32
}

func ropeCase(s ropeShape) Case {
	name := fmt.Sprintf("%dx%dx%d rot %d stride %d pairing %d scale %g",
		s.tokens, s.heads, s.headDim, s.rotDim, s.stride, s.pairing, s.scale)
	return newCase("rope", name, func(b *bench) {
		x := normals(3, s.tokens*s.stride, 1)
		pos := ropePositions(s.tokens)
		freq := make([]float32, s.rotDim/2)
		for i := range freq {
			freq[i] = float32(math.Pow(10000, -2*float64(i)/float64(s.rotDim)))
		}
		args := ops.RoPEArgs{
			X:      inout(b, "X", x),
			Pos:    input(b, "Pos", pos),
			Freq:   input(b, "Freq", freq),
			Tokens: int32(s.tokens), Heads: int32(s.heads), HeadDim: int32(s.headDim),
			RotDim: int32(s.rotDim), Stride: int32(s.stride), Pairing: s.pairing, Scale: s.scale,
		}
		launch(b, &ops.RoPE, args)
		b.compare("X", download[float32](b, args.X, len(x)), rope(x, pos, freq, s), tolerance{abs: 2e-6, rel: 1e-6})
	})
}

// ropePositions starts at 0 and jumps: tokens may be of several sequences.
func ropePositions(tokens int) []int32 {
	r := random(4)
	pos := make([]int32, tokens)
	for t := 1; t < tokens; t++ {
		pos[t] = r.Int32N(131072)
	}
	if tokens == 1 {
		pos[0] = 1023
	}
	return pos
}

func rope(x []float32, pos []int32, freq []float32, s ropeShape) []float64 {
	y := float64s(x)
	for t := range s.tokens {
		for h := range s.heads {
			head := y[t*s.stride+h*s.headDim:]
			for i, f := range freq {
				i0, i1 := i, i+s.rotDim/2
				if s.pairing == ops.Interleaved {
					i0, i1 = 2*i, 2*i+1
				}
				angle := float64(float32(pos[t]) * f)
				sin, cos := math.Sin(angle)*float64(s.scale), math.Cos(angle)*float64(s.scale)
				head[i0], head[i1] = head[i0]*cos-head[i1]*sin, head[i1]*cos+head[i0]*sin
			}
		}
	}
	return y
}
