package opstest

import (
	"errors"
	"fmt"

	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

func gemvGateCases() (cases []Case) {
	for _, t := range weightTypes() {
		for i, f := range []ops.Form{ops.FloatRows, ops.Q8Rows} {
			cases = append(cases, gemvGateCase(t, 1+2*i, []int{40, 96}[i], wholeRow(t, []int{256, 1056}[i]), ops.SiLU, f))
		}
	}
	return append(cases, gemvGateCase(quant.Q8_0, 2, 64, 256, ops.GELUTanh, ops.Q8Rows))
}

func gemvGateCase(t quant.Type, tokens, m, k int, kind ops.Activation, f ops.Form) Case {
	return newCase("gemv_gate", fmt.Sprintf("%s %dx%dx%d kind %d in form %d", t, tokens, m, k, kind, f), func(b *bench) {
		if !gpuOnly(b) {
			return
		}
		w := randomWeight(1, t, 2*m, k)
		placed := w.loaded(b, false)
		if b.err != nil {
			return
		}
		x := normals(2, tokens*k, 0.1)
		args := ops.GEMVGateArgs{
			W: placed.Ptr, Tokens: int32(tokens), M: int32(m), K: int32(k), Kind: kind,
			Type: placed.Type, Layout: placed.Layout, Form: ops.InputForm(&placed, 1), YForm: f,
		}
		if args.Form != ops.Q8Rows {
			b.fail(fmt.Errorf("weights that are no codes: %w", errors.ErrUnsupported))
			return
		}
		args.X = packed(b, x, tokens, k, args.Form)
		args.Y = formOutput(b, f, tokens, m)
		launch(b, &ops.GEMVGate, args)
		s := linear{tokens: tokens, m: 2 * m, k: k}
		both, allowed := product(w.multiplied(args.Type, args.Form), q8Values(b, args.X, tokens, k, args.Form), s, 2*m)
		want := make([]float64, 0, tokens*m)
		size := 1.0
		for token := range tokens {
			for i := range m {
				gate, up := both[token*2*m+i], both[token*2*m+m+i]
				want = append(want, activation(kind, gate)*up)
				size = max(size, gate, up, -up)
			}
		}
		allowed.abs *= 3 * size
		if f == ops.FloatRows {
			b.compare("Y", download[float32](b, args.Y, tokens*m), want, allowed)
			return
		}
		compareForm(b, args.Y, f, tokens, m, want, allowed)
	})
}
