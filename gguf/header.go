package gguf

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/bits"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rocmforge/rocmforge/internal/fileerr"
	"github.com/rocmforge/rocmforge/internal/filekind"
	"github.com/rocmforge/rocmforge/internal/source"
	"github.com/rocmforge/rocmforge/quant"
)

// Limits on what a header may declare. Real files stay far below: a few
// thousand tensors, a few dozen keys, 256 Ki tokens.
const (
	maxKeys       = 1 << 16
	maxTensors    = 1 << 16
	maxKeyBytes   = 1<<16 - 1 // the format's own rule
	maxNameBytes  = 63        // ggml keeps a name and a NUL in 64 bytes
	maxDims       = 4
	minAlignment  = 8
	maxAlignment  = 1 << 16
	maxTrailing   = maxAlignment // bytes after the last tensor
	defAlignment  = 32
	keyAlignment  = "general.alignment"
	keySplitCount = "split.count"
)

// The shortest key and tensor description, to check counts against the file's
// size: lengths, one byte of name, the type, and a value or dimension.
const (
	minKeyBytes    = 8 + 1 + 4 + 1
	minTensorBytes = 8 + 1 + 4 + 8 + 4 + 8
)

// parse reads one file's header; brief leaves out long arrays.
func parse(s *source.Source, brief bool) (*File, error) {
	c := newCursor(s)
	c.brief = brief
	f := &File{brief: brief, parts: source.List{s}, byName: map[string]*Tensor{}}
	f.Version = c.preamble()
	nTensors := c.count("tensors", maxTensors, minTensorBytes)
	nKeys := c.count("keys", maxKeys, minKeyBytes)
	f.Metadata = c.metadata(nKeys)
	align := c.alignment(f.Metadata)
	for range nTensors {
		c.tensor(f, s, align)
	}
	c.place(f.Tensors, c.padding(align))
	if c.err != nil {
		return nil, c.err
	}
	return f, nil
}

// foreign refuses a file that is none of GGUF, by its kind if that is known.
func (c *cursor) foreign(otherwise string) {
	if what := cmp.Or(filekind.Of(c.src, c.src.Size()), otherwise); what != "" {
		c.failAt(0, "", "not a GGUF file: %s", what)
	}
}

// preamble reads magic and version.
func (c *cursor) preamble() uint32 {
	if c.left() < 4 {
		c.foreign("")
	}
	if magic := c.u32(); c.err == nil && magic != 'G'|'G'<<8|'U'<<16|'F'<<24 {
		c.foreign(fmt.Sprintf("begins with bytes %08x, GGUF has 47475546", bits.ReverseBytes32(magic)))
	}
	v := c.u32()
	switch {
	case c.err != nil || v == 2 || v == 3:
	case v&0xffff == 0 && v != 0:
		c.failAt(4, "", "a big-endian file (version %d); only little-endian ones can be read", bits.ReverseBytes32(v))
	default:
		c.failAt(4, "", "version %d of GGUF; only 2 and 3 can be read", v)
	}
	return v
}

// count reads a number of things of which each takes least bytes or more.
func (c *cursor) count(what string, most uint64, least int64) int {
	at := c.off
	n := c.u64()
	switch {
	case c.err != nil:
	case n > most:
		c.failAt(at, "", "%d %s; at most %d are allowed", n, what, most)
	case int64(n) > c.left()/least:
		c.failAt(at, "", "truncated: %d %s need %d bytes at least, and %d are left", n, what, int64(n)*least, c.left())
	}
	if c.err != nil {
		return 0
	}
	return int(n)
}

func (c *cursor) metadata(n int) *Metadata {
	m := &Metadata{file: c.name, values: map[string]any{}}
	if n == 0 {
		c.fail("", "no metadata; a model has at least the key general.architecture")
	}
	for range n {
		at := c.off
		key := c.label("key", maxKeyBytes)
		subject := keyName(key)
		if _, twice := m.values[key]; twice && c.err == nil {
			c.failAt(at, subject, "appears twice")
		}
		v := c.value(subject)
		if c.err != nil {
			break
		}
		m.values[key] = v
		if v != skipped {
			m.keys = append(m.keys, key)
		}
	}
	maps.DeleteFunc(m.values, func(_ string, v any) bool { return v == skipped })
	return m
}

// label reads a key or a tensor's name: short, not empty, printable UTF-8.
func (c *cursor) label(what string, most int64) string {
	at := c.off
	n := c.u64()
	if c.err == nil && (n == 0 || n > uint64(most)) {
		c.failAt(at, "", "a %s of %d bytes; from 1 to %d are allowed", what, n, most)
	}
	s := c.text(n)
	if c.err == nil && !isPrintable(s) {
		c.failAt(at, what+" "+fileerr.Quote(s), "has bytes that are no printable UTF-8")
	}
	return s
}

func isPrintable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

func (c *cursor) alignment(m *Metadata) int64 {
	if c.err != nil {
		return defAlignment
	}
	a, err := m.UintOr(keyAlignment, math.MaxUint64, defAlignment)
	switch {
	case err != nil:
		c.err = err
	case !isAlignment(a):
		c.fail(keyName(keyAlignment), "is %d; a power of two from %d to %d is allowed", a, minAlignment, maxAlignment)
	}
	return int64(a)
}

func isAlignment(a uint64) bool {
	return a >= minAlignment && a <= maxAlignment && a&(a-1) == 0
}

// tensor reads one description. Offset still counts from the start of the
// data.
func (c *cursor) tensor(f *File, s *source.Source, align int64) {
	if c.err != nil {
		return
	}
	at := c.off
	t := &Tensor{file: s, Name: c.label("tensor name", maxNameBytes)}
	subject := tensorName(t.Name)
	if _, twice := f.byName[t.Name]; twice {
		c.failAt(at, subject, "appears twice")
	}
	t.Dims = c.dims(subject)
	typeAt := c.off
	t.Type = quant.Type(c.u32())
	t.Size = c.size(t, typeAt)
	at = c.off
	off := c.u64()
	if c.err == nil && (off%uint64(align) != 0 || off > uint64(c.end)) {
		c.failAt(at, subject, "data at offset %d; a multiple of %d up to the file's %d bytes is allowed", off, align, c.end)
	}
	if c.err != nil {
		return
	}
	t.Offset = int64(off)
	f.byName[t.Name] = t
	f.Tensors = append(f.Tensors, t)
}

func (c *cursor) dims(subject string) []int64 {
	at := c.off
	n := c.u32()
	if c.err == nil && (n == 0 || n > maxDims) {
		c.failAt(at, subject, "%d dimensions; from 1 to %d are allowed", n, maxDims)
	}
	if c.err != nil {
		return nil
	}
	dims := make([]int64, n)
	for i := range dims {
		at := c.off
		d := c.u64()
		if c.err == nil && (d == 0 || d > math.MaxInt64) {
			c.failAt(at, subject, "dimension %d is %d; from 1 to %d is allowed", i, d, math.MaxInt64)
		}
		dims[i] = int64(d)
	}
	return dims
}

// size is the bytes of a tensor's data, at most those of the file.
func (c *cursor) size(t *Tensor, at int64) int64 {
	if c.err != nil {
		return 0
	}
	format, ok := quant.Lookup(t.Type)
	if !ok {
		c.failAt(at, tensorName(t.Name), "tensor type %d is not known", uint32(t.Type))
		return 0
	}
	n, err := dataSize(format, t.Dims)
	if err != nil {
		c.failAt(at, tensorName(t.Name), "%w", err)
	} else if n > c.end {
		c.failAt(at, tensorName(t.Name), "%v of dims %v has %d bytes, and the file only %d: truncated, or dims are wrong", t.Type, t.Dims, n, c.end)
	}
	return n
}

// padding reads the zeros between descriptions and data, and gives the offset
// of the data. A file without tensors may end before.
func (c *cursor) padding(align int64) int64 {
	at := c.off
	n := min(-at&(align-1), c.left())
	for _, b := range c.next(int(n)) {
		if b != 0 {
			c.failAt(at, "", "the %d bytes between descriptions and data are not zero: the count of tensors is wrong, or the file is damaged", n)
			break
		}
	}
	return c.off
}

// place turns offsets into offsets in the file, and checks that the tensors
// lie inside it, do not overlap and leave no more after them than padding.
func (c *cursor) place(tensors []*Tensor, start int64) {
	if c.err != nil {
		return
	}
	order := slices.SortedStableFunc(slices.Values(tensors), func(a, b *Tensor) int { return cmp.Compare(a.Offset, b.Offset) })
	end := start
	for i, t := range order {
		t.Offset += start
		subject := tensorName(t.Name)
		if t.Offset > c.end-t.Size {
			c.failAt(t.Offset, subject, "truncated: %d bytes of data are needed, and %d are left in the file of %d", t.Size, max(0, c.end-t.Offset), c.end)
			return
		}
		if t.Offset < end {
			c.failAt(t.Offset, subject, "overlaps %s, which ends at %d", tensorName(order[i-1].Name), end)
			return
		}
		end = t.Offset + t.Size
	}
	if rest := c.end - end; rest > maxTrailing {
		c.failAt(end, "", "%d bytes belong to no tensor; at most %d are allowed after the last", rest, maxTrailing)
	}
}
