package opstest

import (
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

func attentionDecodeCases() (cases []Case) {
	for _, c := range attentionBatches() {
		cases = append(cases, cachedCase(&ops.AttentionDecode, c))
		if c.kv.headDim%32 == 0 {
			cases = append(cases, cachedFormCase(&ops.AttentionDecode, c, ops.Q8Rows), cachedFormCase(&ops.AttentionDecode, c, ops.HalfRows))
		}
	}
	few := batch{"packed", kvShape{quant.F16, 1, 64, 16, 1}, 2, 0, places(0, 20, 22)}
	cases = append(cases, cachedFormCase(&ops.AttentionDecode, few, ops.MXFP4Rows), cachedFormCase(&ops.AttentionDecode, few, ops.MXFP6E2M3Rows))
	return cases
}
