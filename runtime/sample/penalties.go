package sample

import "fmt"

// penalize applies the penalties to the tokens that the last RepeatLastN of
// the history hold.
func (c *Chain) penalize(history []int32) error {
	if n := c.options.RepeatLastN; n > 0 && len(history) > n {
		history = history[len(history)-n:]
	}
	for _, id := range history {
		if id < 0 || int(id) >= len(c.logits) {
			return fmt.Errorf("sample: token %d in the history; the vocabulary has %d", id, len(c.logits))
		}
	}
	for _, id := range history {
		c.counts[id]++
	}
	for _, id := range history {
		if n := c.counts[id]; n > 0 {
			c.logits[id] = penalized(c.logits[id], n, &c.options)
			c.counts[id] = 0
		}
	}
	return nil
}

// penalized is the logit of a token that occurred count times.
//
// Repetition (Keskar et al. 2019, "CTRL", section 4.1, with the usual reading
// for negative logits): l/θ if l > 0, else l·θ. Frequency and presence (OpenAI
// API reference): l - count·α - β.
func penalized(l float32, count int32, o *Options) float32 {
	if on(o.RepeatPenalty) {
		if l > 0 {
			l /= o.RepeatPenalty
		} else {
			l *= o.RepeatPenalty
		}
	}
	return l - float32(float32(count)*o.FrequencyPenalty) - o.PresencePenalty
}
