package sample

// topK keeps the k most probable tokens (Fan, Lewis, Dauphin 2018,
// "Hierarchical Neural Story Generation", section 5.1), lower ids first among
// equals. One pass over the candidates with a heap of k: the vocabulary is not
// sorted.
func topK(c []candidate, k int) []candidate {
	if k >= len(c) {
		return c
	}
	kept := c[:k]
	heapify(kept, lessProbable) // the least probable of the kept is at the root
	for _, x := range c[k:] {
		if lessProbable(kept[0], x) {
			kept[0] = x
			siftDown(kept, 0, lessProbable)
		}
	}
	return kept
}
