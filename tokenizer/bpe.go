package tokenizer

import (
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/rocmforge/rocmforge/internal/fileerr"
)

// bpe is a byte-pair encoding (Sennrich, Haddow, Birch 2016): a piece of text
// begins as single characters (or bytes), and the neighbours that rank first
// are merged until none are left to merge.
type bpe struct {
	vocab        map[string]int32 // token, as the file spells it, to id
	tokens       []token          // by id; what the Tokenizer has
	merges       map[pair]merge   // nil: any two that spell a token merge, ranked by score
	ranks        []uint32         // with merges nil: by id, low is first
	bytes        [256]int32       // the token of a byte, or none
	byteLevel    bool             // pieces are bytes, spelt the GPT-2 way
	byteFallback bool             // a character without a token becomes its bytes
	ignoreMerges bool             // a piece that is a token is not built from merges
	unknown      int32            // for a character that nothing else can express, or none
	fuseUnknown  bool             // neighbouring unknown characters become one token
}

type pair struct{ left, right int32 }

type merge struct {
	rank uint32
	id   int32
}

// noMerge ranks behind all merges.
var noMerge = merge{math.MaxUint32, none}

// scoreRanks orders scores, greatest first, as integers: rank a < rank b if
// and only if score a > score b. Scores are not NaN.
func scoreRanks(scores []float32) []uint32 {
	ranks := make([]uint32, len(scores))
	for i, s := range scores {
		bits := math.Float32bits(s + 0) // no negative zero
		if bits>>31 == 0 {
			ranks[i] = 1<<31 - 1 - bits
		} else {
			ranks[i] = bits
		}
	}
	return ranks
}

// setMerges says which tokens merge, first to last. Of two merges of the same
// tokens the last holds.
func (m *bpe) setMerges(list [][2]string) error {
	m.merges = make(map[pair]merge, len(list))
	var both []byte
	for rank, parts := range list {
		both = append(append(both[:0], parts[0]...), parts[1]...)
		left, ok1 := m.vocab[parts[0]]
		right, ok2 := m.vocab[parts[1]]
		id, ok3 := m.vocab[string(both)]
		if !ok1 || !ok2 || !ok3 {
			return fmt.Errorf("merge %d of %s and %s: these two or what they become are no tokens",
				rank, fileerr.Quote(parts[0]), fileerr.Quote(parts[1]))
		}
		m.merges[pair{left, right}] = merge{uint32(rank), id}
	}
	return nil
}

// setByteTokens finds the tokens <0x00> to <0xFF>.
func (m *bpe) setByteTokens(tokens []token) {
	for b := range m.bytes {
		id, ok := m.vocab[fmt.Sprintf("<0x%02X>", b)]
		if !ok {
			m.bytes[b] = none
			continue
		}
		m.bytes[b] = id
		if tokens[id].kind == Normal {
			tokens[id].kind, tokens[id].byte = Byte, byte(b)
		}
	}
}

// setByteLevel lets the model take bytes spelt the GPT-2 way.
func (m *bpe) setByteLevel() {
	m.byteLevel = true
	for b, r := range byteRunes {
		id, ok := m.vocab[string(r)]
		if !ok {
			id = none
		}
		m.bytes[b] = id
	}
}

// encode appends the ids of one piece of text.
func (m *bpe) encode(ids []int32, piece string, w *merging) ([]int32, error) {
	if m.ignoreMerges {
		if id, ok := m.whole(piece, w); ok {
			return append(ids, id), nil
		}
	}
	if m.byteLevel {
		if err := m.startBytes(piece, w); err != nil {
			return nil, err
		}
	} else {
		m.startCharacters(piece, w)
	}
	w.run(m, piece)
	return m.output(ids, piece, w)
}

// whole finds the token that a piece is.
func (m *bpe) whole(piece string, w *merging) (id int32, ok bool) {
	if m.byteLevel {
		w.spelling = appendByteLevel(w.spelling[:0], piece)
		id, ok = m.vocab[string(w.spelling)]
	} else {
		id, ok = m.vocab[piece]
	}
	return id, ok && m.tokens[id].kind != Special
}

func (m *bpe) startBytes(piece string, w *merging) error {
	w.start(len(piece))
	for i := range len(piece) {
		id := m.bytes[piece[i]]
		if id == none {
			return fmt.Errorf("the vocabulary has no token for the byte 0x%02x", piece[i])
		}
		w.add(i, i+1, id)
	}
	return nil
}

func (m *bpe) startCharacters(piece string, w *merging) {
	w.start(len(piece))
	for i := 0; i < len(piece); {
		_, n := utf8.DecodeRuneInString(piece[i:])
		id, ok := m.vocab[piece[i:i+n]]
		if !ok {
			id = none
		}
		w.add(i, i+n, id)
		i += n
	}
}

// merged tells what two neighbours become.
func (m *bpe) merged(piece string, a, b *symbol) merge {
	if m.merges != nil {
		if r, ok := m.merges[pair{a.id, b.id}]; ok {
			return r
		}
		return noMerge
	}
	if id, ok := m.vocab[piece[a.start:b.end]]; ok {
		return merge{m.ranks[id], id}
	}
	return noMerge
}

// output appends what the merging left.
func (m *bpe) output(ids []int32, piece string, w *merging) ([]int32, error) {
	unknown := false // the symbol before was
	for i := int32(0); i >= 0 && int(i) < len(w.symbols); i = w.symbols[i].next {
		s := &w.symbols[i]
		if s.id != none {
			ids, unknown = append(ids, s.id), false
			continue
		}
		text := piece[s.start:s.end]
		if m.byteFallback && m.hasBytes(text) {
			for i := range len(text) {
				ids = append(ids, m.bytes[text[i]])
			}
			unknown = false
			continue
		}
		if m.unknown == none {
			return nil, fmt.Errorf("the vocabulary cannot express %q and has no unknown token", text)
		}
		if !unknown || !m.fuseUnknown {
			ids = append(ids, m.unknown)
		}
		unknown = true
	}
	return ids, nil
}

func (m *bpe) hasBytes(s string) bool {
	for i := range len(s) {
		if m.bytes[s[i]] == none {
			return false
		}
	}
	return true
}
