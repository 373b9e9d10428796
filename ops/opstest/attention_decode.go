package opstest

import "github.com/rocmforge/rocmforge/ops"

func attentionDecodeCases() (cases []Case) {
	for _, c := range attentionBatches() {
		cases = append(cases, cachedCase(&ops.AttentionDecode, c))
	}
	return cases
}
