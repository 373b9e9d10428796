package opstest

import (
	"slices"

	"github.com/rocmforge/rocmforge/ops"
)

func kvReadCases() (cases []Case) {
	for _, t := range slices.Concat(kvPanels, kvRows) {
		for _, dim := range kvDims(t, 1, 16, 17, 80, 128) {
			cases = append(cases, kvReadCase(kvShape{t, 3, dim, 32, 2}))
		}
	}
	return cases
}

// kvReadCase reads some of what it has appended, in another order.
func kvReadCase(s kvShape) Case {
	return newCase("kv_read", s.String(), func(b *bench) {
		p := slices.Concat(places(1, 0, 70), places(0, 31, 33), places(1, 200, 201))
		width, cache := s.heads*s.headDim, s.cache(b)
		k, v := normals(1, len(p)*width, 1), normals(2, len(p)*width, 1)
		appendKV(b, cache, p, k, v)
		k, v = s.rounded(k), s.rounded(v)

		order := []int{72, 3, 70, 15, 16, 69, 31, 8}
		var read []place
		var wantK, wantV []float64
		for _, i := range order {
			read = append(read, p[i])
			wantK = append(wantK, float64s(k[i*width:][:width])...)
			wantV = append(wantV, float64s(v[i*width:][:width])...)
		}
		pos, seq := placed(b, read)
		args := ops.KVReadArgs{
			KV: cache, Pos: pos, Seq: seq, Tokens: int32(len(read)), StrideK: int32(width), StrideV: int32(width),
			DstK: output[float32](b, "keys", len(wantK)), DstV: output[float32](b, "values", len(wantV)),
		}
		launch(b, &ops.KVRead, args)
		b.compare("keys", download[float32](b, args.DstK, len(wantK)), wantK, exact)
		b.compare("values", download[float32](b, args.DstV, len(wantV)), wantV, exact)
	})
}
