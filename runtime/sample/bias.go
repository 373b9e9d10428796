package sample

import (
	"cmp"
	"math"
	"slices"
)

// forbidden is the logit of a token that must not be drawn.
var forbidden = float32(math.Inf(-1))

type bias struct {
	id    int32
	value float32
}

// sortBias checks a logit bias and lists it by id.
func sortBias(m map[int32]float32, vocab int) ([]bias, error) {
	list := make([]bias, 0, len(m))
	for id, v := range m {
		if id < 0 || int(id) >= vocab {
			return nil, &OptionError{"logit bias for token", id, "a token of the vocabulary"}
		}
		if v != forbidden && !finite(v) {
			return nil, &OptionError{"logit bias", v, "a finite number, or -Inf to forbid the token"}
		}
		list = append(list, bias{id, v})
	}
	slices.SortFunc(list, func(a, b bias) int { return cmp.Compare(a.id, b.id) })
	return list, nil
}

// addBias adds each bias to its logit.
func addBias(logits []float32, biases []bias) {
	for _, b := range biases {
		logits[b.id] += b.value
	}
}
