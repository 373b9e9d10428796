package tokenizer

import "slices"

// merging is the work space of one byte-pair encoding: a list of symbols, and
// the pairs that may merge: those that there are at first, sorted, and a heap
// of those that merges bring about. n symbols take O(n log n). It is reused from
// piece to piece.
type merging struct {
	symbols  []symbol
	first    []candidate
	heap     []candidate
	spelling []byte
}

// A symbol is piece[start:end]; id is none when that is no token.
type symbol struct {
	start, end int32
	id         int32
	prev, next int32 // neighbours' indexes, or -1
	with       merge // what the symbol and its right neighbour become
}

// A candidate is a merge's rank, and below it the index of the left symbol: the
// least comes first, and the leftmost of those with the same rank. It is out of
// date when the symbol's rank is another by now.
type candidate uint64

func (c candidate) rank() uint32 { return uint32(c >> 32) }
func (c candidate) left() int32  { return int32(uint32(c)) }

// start empties the work space for a piece of n bytes.
func (w *merging) start(n int) {
	w.symbols = slices.Grow(w.symbols[:0], n)
	w.first = w.first[:0]
	w.heap = w.heap[:0]
}

func (w *merging) add(start, end int, id int32) {
	i := int32(len(w.symbols))
	w.symbols = append(w.symbols, symbol{int32(start), int32(end), id, i - 1, i + 1, noMerge})
}

// run merges until no neighbours can.
func (w *merging) run(m *bpe, piece string) {
	if len(w.symbols) == 0 {
		return
	}
	w.symbols[len(w.symbols)-1].next = -1
	for i := range w.symbols[:len(w.symbols)-1] {
		if w.rate(m, piece, int32(i)) {
			w.first = append(w.first, w.candidate(int32(i)))
		}
	}
	slices.Sort(w.first)
	for rest := w.first; len(rest) > 0 || len(w.heap) > 0; {
		var c candidate
		if len(w.heap) == 0 || len(rest) > 0 && rest[0] < w.heap[0] {
			c, rest = rest[0], rest[1:]
		} else {
			c = w.pop()
		}
		if i := c.left(); w.symbols[i].with.rank == c.rank() {
			w.merge(m, piece, i)
		}
	}
}

// merge joins symbol i and its right neighbour.
func (w *merging) merge(m *bpe, piece string, i int32) {
	s := &w.symbols[i]
	right := &w.symbols[s.next]
	s.end, s.id, s.next = right.end, s.with.id, right.next
	right.with = noMerge
	s.with = noMerge
	if s.next >= 0 {
		w.symbols[s.next].prev = i
		w.consider(m, piece, i)
	}
	if s.prev >= 0 {
		w.consider(m, piece, s.prev)
	}
}

func (w *merging) consider(m *bpe, piece string, i int32) {
	if w.rate(m, piece, i) {
		w.push(w.candidate(i))
	}
}

// rate looks up what symbol i and its right neighbour become, if anything.
func (w *merging) rate(m *bpe, piece string, i int32) bool {
	s := &w.symbols[i]
	s.with = m.merged(piece, s, &w.symbols[s.next])
	return s.with.id != none
}

func (w *merging) candidate(i int32) candidate {
	return candidate(w.symbols[i].with.rank)<<32 | candidate(i)
}

func (w *merging) push(c candidate) {
	h := append(w.heap, c)
	i := len(h) - 1
	for i > 0 && c < h[(i-1)/2] {
		h[i] = h[(i-1)/2]
		i = (i - 1) / 2
	}
	h[i] = c
	w.heap = h
}

func (w *merging) pop() candidate {
	h := w.heap
	c := h[0]
	last := len(h) - 1
	h[0] = h[last]
	w.heap = h[:last]
	if last > 1 {
		w.sink()
	}
	return c
}

// sink moves the candidate at the top below those that come before it.
func (w *merging) sink() {
	h := w.heap
	c, i := h[0], 0
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1] < h[child] {
			child++
		}
		if c <= h[child] {
			break
		}
		h[i] = h[child]
		i = child
	}
	h[i] = c
}
