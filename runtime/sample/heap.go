package sample

// A binary heap over candidates, its root first by the order that before
// gives. container/heap would allocate and call through an interface.

// heapify makes a heap of c.
func heapify(c []candidate, before func(a, b candidate) bool) {
	for i := len(c)/2 - 1; i >= 0; i-- {
		siftDown(c, i, before)
	}
}

// siftDown restores the heap below i.
func siftDown(c []candidate, i int, before func(a, b candidate) bool) {
	for {
		first := 2*i + 1
		if first >= len(c) {
			return
		}
		if r := first + 1; r < len(c) && before(c[r], c[first]) {
			first = r
		}
		if !before(c[first], c[i]) {
			return
		}
		c[i], c[first] = c[first], c[i]
		i = first
	}
}

// takeMass keeps the first candidates, by the order that before gives, whose
// weights add up to want, and at least one. It orders no more than it keeps.
func takeMass(c []candidate, want float64, before func(a, b candidate) bool) []candidate {
	heapify(c, before)
	var sum float64
	n := len(c)
	for n > 0 && (n == len(c) || sum < want) {
		n--
		c[0], c[n] = c[n], c[0] // the root goes behind the heap
		siftDown(c[:n], 0, before)
		sum += c[n].weight
	}
	return c[n:]
}

// lessProbable orders candidates by rising probability; of equals the higher
// id counts as the less probable one.
func lessProbable(a, b candidate) bool {
	return a.logit < b.logit || a.logit == b.logit && a.id > b.id
}
