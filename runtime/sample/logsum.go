package sample

import "math"

// LogSum is where the largest logit is, the first of equal ones, and
// log Σ exp(logit) in float64: a token's log-probability is its logit less that.
func LogSum(logits []float32) (top int, sum float64) {
	for i, l := range logits {
		if l > logits[top] {
			top = i
		}
	}
	for _, l := range logits {
		sum += math.Exp(float64(l - logits[top]))
	}
	return top, math.Log(sum) + float64(logits[top])
}

// Divergence is that of Kullback and Leibler, Σ p (log p - log q) in nats, of
// softmax(q) from softmax(p), and whether the largest logits are of the same
// token.
func Divergence(p, q []float32) (kl float64, same bool) {
	topP, sumP := LogSum(p)
	topQ, sumQ := LogSum(q)
	for i := range p {
		logP := float64(p[i]) - sumP
		kl += math.Exp(logP) * (logP - float64(q[i]) + sumQ)
	}
	return max(kl, 0), topP == topQ
}
