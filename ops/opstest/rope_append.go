package opstest

import (
	"fmt"
	"math"
	"slices"

	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

func ropeAppendCases() (cases []Case) {
	for _, t := range []quant.Type{quant.F32, quant.F16, quant.FP8_E4M3, quant.MXFP6_E2M3} {
		for _, pairing := range []ops.Pairing{ops.Interleaved, ops.Halves} {
			for _, dim := range kvDims(t, 16, 64, 80, 128) {
				cases = append(cases,
					ropeAppendCase(kvShape{t, 2, dim, 16, 1}, 4, dim, pairing, places(0, 37, 38)),
					ropeAppendCase(kvShape{t, 2, dim, 32, 2}, 6, dim/2, pairing, slices.Concat(places(1, 0, 40), places(0, 31, 33))))
			}
		}
	}
	return cases
}

func ropeAppendCase(s kvShape, heads, rot int, pairing ops.Pairing, p []place) Case {
	name := fmt.Sprintf("%d tokens, %d heads, %s, rot %d pairing %d", len(p), heads, s, rot, pairing)
	return newCase("rope_append", name, func(b *bench) {
		const gap, factor, keyStep, valueStep = 3, 1.25, 0.5, 2 // powers of two: no rounding
		queries, keys := heads*s.headDim, s.heads*s.headDim
		stride := queries + 2*keys + gap
		x := normals(3, len(p)*stride, 1)
		freq := make([]float32, rot/2)
		for i := range freq {
			freq[i] = float32(math.Pow(10000, -2*float64(i)/float64(rot)))
		}
		cache, host := s.cache(b), b.device.Caps().Host
		args := ops.RoPEAppendArgs{
			KV: cache, QKV: inout(b, "QKV", x), Freq: input(b, "Freq", freq),
			Tokens: int32(len(p)), Heads: int32(heads), RotDim: int32(rot), Stride: int32(stride), Pairing: pairing, Scale: factor,
			KeyStep: keyStep, ValueStep: valueStep,
		}
		args.Pos, args.Seq = placed(b, p)
		launch(b, &ops.RoPEAppend, args)

		pos := make([]int32, len(p))
		for i := range p {
			pos[i] = int32(p[i].pos)
		}
		turned := rope(x, pos, freq, ropeShape{len(p), heads + s.heads, s.headDim, rot, stride, pairing, factor})
		got := download[float32](b, args.QKV, len(x))
		wantK, wantV := s.empty(), s.empty()
		for t, at := range p {
			b.compare("queries", got[t*stride:][:queries], turned[t*stride:][:queries], tolerance{abs: 2e-6, rel: 1e-6})
			for head := range s.heads {
				k := t*stride + queries + head*s.headDim
				value := slices.Clone(x[k+keys:][:s.headDim])
				for i := range value {
					value[i] /= valueStep
				}
				for i, v := range s.rounded(value) {
					wantK[s.keyAt(host, at, head, i)] = turned[k+i] / keyStep
					wantV[s.valueAt(host, at, head, i)] = float64(v)
				}
			}
		}
		allowed := tolerance{abs: 2e-6, rel: 1e-6}
		switch s.t { // half a step, which is the block's in MXFP6
		case quant.F16:
			allowed.rel += 0x1p-11
		case quant.FP8_E4M3:
			allowed.abs, allowed.rel = 0x1p-10, 0x1.01p-4
		case quant.MXFP6_E2M3:
			allowed.abs = 0.26 * smallFloats[1].scale([]float32{float32(maxAbs(turned) / keyStep)})
		}
		gotK, gotV := s.numbers(b, cache.K, cache.V)
		b.compare("K", gotK, wantK, allowed)
		b.compare("V", gotV, wantV, exact)
	})
}
