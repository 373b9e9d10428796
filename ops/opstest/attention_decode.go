package opstest

import "github.com/rocmforge/rocmforge/ops"

func attentionDecodeCases() (cases []Case) {
	for _, c := range attentionBatches() {
		cases = append(cases, cachedCase(&ops.AttentionDecode, c))
		if c.kv.headDim%32 == 0 {
			cases = append(cases, cachedFormCase(&ops.AttentionDecode, c, ops.Q8Rows), cachedFormCase(&ops.AttentionDecode, c, ops.HalfRows))
		}
	}
	return cases
}
