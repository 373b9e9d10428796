package runtime

import "github.com/rocmforge/rocmforge/runtime/sample"

// LogProb is a token and the natural logarithm of its probability.
type LogProb struct {
	ID      int32
	LogProb float64
}

// logProbs is a token's log-probability, and the n most probable tokens.
func logProbs(logits []float32, id int32, n int) (p float64, top []LogProb) {
	_, sum := sample.LogSum(logits)
	for _, best := range sample.Top(logits, n) {
		top = append(top, LogProb{best, float64(logits[best]) - sum})
	}
	return float64(logits[id]) - sum, top
}
