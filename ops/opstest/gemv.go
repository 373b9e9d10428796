package opstest

import (
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

func gemvCases() (cases []Case) {
	for _, t := range weightTypes() {
		for i, tokens := range []int{1, 2, 4, 33} {
			s := linear{op: &ops.GEMV, t: t, tokens: tokens, m: []int{16, 17, 48}[i%3], k: wholeRow(t, []int{256, 1056}[i%2])}
			s.bias, s.residual = i%2 == 1, i > 1
			cases = append(cases, s.gemmCase())
			s.exact = true
			cases = append(cases, s.gemmCase())
		}
	}
	cases = append(cases, nanCases(&ops.GEMV, 2)...)
	cases = append(cases, scaledCases(&ops.GEMV, []int{1, 19})...)
	return append(cases,
		linear{op: &ops.GEMV, t: quant.FP8_E4M3, tokens: 2, m: 17, k: 1056, scale: 0.37, bias: true}.gemmCase(),
		linear{op: &ops.GEMV, t: weightTypes()[0], tokens: 263, m: 17, k: 40, exact: true}.gemmCase())
}
