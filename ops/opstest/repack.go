package opstest

import (
	"fmt"

	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

func repackCases() (cases []Case) {
	for _, t := range weightTypes() {
		for _, m := range []int{16, 17, 48} {
			cases = append(cases, repackCase(t, m, wholeRow(t, 320)))
		}
	}
	return append(cases, repackCase(quant.F16, 5, 1), repackCase(quant.FP8_E4M3, 33, 257))
}

// repackCase multiplies the panels with the unit vectors, 32 at a time: what
// comes back is the weight itself. (GEMM with Q8 activations is exact on
// them: 127 times 1/127.)
func repackCase(t quant.Type, m, k int) Case {
	return newCase("repack", fmt.Sprintf("%s %dx%d", t, m, k), func(b *bench) {
		w := randomWeight(1, t, m, k)
		p := w.loaded(b, false)
		if b.err != nil {
			return
		}
		form := ops.InputForm(&p, k+1)
		unit := make([]float32, k*k)
		for i := range k {
			unit[i*k+i] = 1
		}
		x := packed(b, unit, k, k, form)
		y := output[float32](b, "Y", k*m)
		launch(b, &ops.GEMM, ops.GEMMArgs{
			Y: y, X: x, W: p.Ptr, Tokens: int32(k), M: int32(m), K: int32(k),
			YStride: int32(m), Type: p.Type, Form: form, Layout: p.Layout,
		})
		values := w.multiplied(p.Type, form)
		want := make([]float64, 0, k*m)
		for i := range k {
			for row := range m {
				want = append(want, values[row*k+i])
			}
		}
		allowed := tolerance{abs: 2e-6 * maxAbs(values)}
		if form == ops.HalfRows { // the factors of a block may be rounded to half floats, too
			allowed.abs = 0x1p-10 * maxAbs(values)
		}
		b.compare("W", download[float32](b, y, k*m), want, allowed)
	})
}
