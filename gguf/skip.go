package gguf

// briefElements is the length from which an array is skipped where a header is
// read for what the model is: those of layers are shorter, vocabularies longer.
const briefElements = 1024

type skip struct{}

// skipped stands for an array that was checked and not kept.
var skipped any = skip{}

// skip passes over an array of n elements that have no arrays in them, and
// takes no memory for them.
func (c *cursor) skip(subject string, elem ValueType, n uint64) any {
	switch elem {
	case String:
		for range n {
			if c.discard(c.stringLen(subject)); c.err != nil {
				return nil
			}
		}
	default:
		c.discard(n * uint64(valueTypes[elem].size))
	}
	return skipped
}

// discard passes over n bytes, read or not.
func (c *cursor) discard(n uint64) {
	if !c.has(n) {
		return
	}
	c.ahead = c.ahead[min(n, uint64(len(c.ahead))):]
	c.off += int64(n)
}
