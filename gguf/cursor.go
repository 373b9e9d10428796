package gguf

import (
	"encoding/binary"
	"io"
	"math"
	"strings"

	"github.com/rocmforge/rocmforge/internal/fileerr"
	"github.com/rocmforge/rocmforge/internal/source"
)

// Limits on metadata values.
const (
	maxStringBytes = 64 << 20
	maxElements    = 64 << 20  // of an array
	maxStrings     = 16 << 20  // of an array
	maxNesting     = 4         // arrays in arrays
	maxMetadata    = 512 << 20 // memory of all values
	stringOverhead = 16        // memory of a string besides its bytes
	arrayOverhead  = 48        // memory of an array inside an array besides its elements
	bufferBytes    = 64 << 10
	maxReserved    = 1 << 17 // elements for which memory is taken before they are read
)

// A cursor reads a header from front to back, a buffer at a time. After the
// first error all its methods give zeros, so that callers check once.
type cursor struct {
	src    *source.Source
	name   string
	off    int64  // of the next byte
	end    int64  // of the file
	buf    []byte // bufferBytes
	ahead  []byte // what was read and comes next; a part of buf
	memory int64  // taken by values so far
	brief  bool   // long arrays are skipped
	err    error
}

func newCursor(s *source.Source) *cursor {
	return &cursor{src: s, name: s.Name(), end: s.Size(), buf: make([]byte, bufferBytes)}
}

func (c *cursor) left() int64 { return c.end - c.off }

func (c *cursor) failAt(off int64, subject, format string, args ...any) {
	if c.err == nil {
		c.err = fileerr.New(c.name, off, subject, format, args...)
	}
}

func (c *cursor) fail(subject, format string, args ...any) {
	c.failAt(c.off, subject, format, args...)
}

// has says whether n more bytes are in the file, and fails if they are not.
func (c *cursor) has(n uint64) bool {
	if c.err == nil && n > uint64(c.left()) {
		c.fail("", "truncated: %d bytes are needed and %d are left", n, c.left())
	}
	return c.err == nil
}

// next gives the next n bytes, at most bufferBytes; they are overwritten
// later. It gives nil after an error.
func (c *cursor) next(n int) []byte {
	if len(c.ahead) < n && c.has(uint64(n)) {
		c.fill(n)
	}
	if c.err != nil {
		return nil
	}
	p := c.ahead[:n]
	c.ahead = c.ahead[n:]
	c.off += int64(n)
	return p
}

// fill reads on until n bytes are ahead.
func (c *cursor) fill(n int) {
	kept := copy(c.buf, c.ahead)
	want := c.buf[kept:min(int64(len(c.buf)), c.left())]
	k, err := c.src.ReadAt(want, c.off+int64(kept))
	c.ahead = c.buf[:kept+k]
	if len(c.ahead) < n {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		c.fail("", "cannot read: %w", err)
	}
}

func (c *cursor) u32() uint32 {
	if p := c.next(4); p != nil {
		return binary.LittleEndian.Uint32(p)
	}
	return 0
}

func (c *cursor) u64() uint64 {
	if p := c.next(8); p != nil {
		return binary.LittleEndian.Uint64(p)
	}
	return 0
}

// text reads n bytes as a string, which grows as they are read.
func (c *cursor) text(n uint64) string {
	var b strings.Builder
	for c.has(n) && n > 0 {
		p := c.next(int(min(n, bufferBytes)))
		b.Write(p)
		n -= uint64(len(p))
	}
	return b.String()
}

// take counts memory that a value will need against the limit for all.
func (c *cursor) take(subject string, n uint64) bool {
	if c.err == nil && n > uint64(maxMetadata-c.memory) {
		c.fail(subject, "needs %d bytes of memory; %d are left of the %d for all metadata", n, maxMetadata-c.memory, maxMetadata)
	}
	if c.err != nil {
		return false
	}
	c.memory += int64(n)
	return true
}

// value reads a type and a value of it.
func (c *cursor) value(subject string) any {
	at := c.off
	t := ValueType(c.u32())
	if c.err == nil && !t.known() {
		c.failAt(at, subject, "value type %d; from 0 to %d are known", uint32(t), len(valueTypes)-1)
	}
	if c.err != nil {
		return nil
	}
	switch t {
	case String:
		return c.stringValue(subject)
	case Array:
		return c.array(subject, 1)
	}
	return c.scalar(subject, t)
}

func (c *cursor) stringValue(subject string) string {
	n := c.stringLen(subject)
	c.take(subject, n)
	return c.text(n)
}

func (c *cursor) stringLen(subject string) uint64 {
	at := c.off
	n := c.u64()
	if c.err == nil && (n > maxStringBytes || n > uint64(c.left())) {
		c.failAt(at, subject, "a string of %d bytes; %d are left in the file, and at most %d are allowed", n, c.left(), maxStringBytes)
	}
	if c.err != nil {
		return 0
	}
	return n
}

// scalar reads a number or bool.
func (c *cursor) scalar(subject string, t ValueType) any {
	at := c.off
	var raw [8]byte
	copy(raw[:], c.next(int(valueTypes[t].size)))
	n := binary.LittleEndian.Uint64(raw[:])
	switch t {
	case Uint8:
		return uint8(n)
	case Int8:
		return int8(n)
	case Uint16:
		return uint16(n)
	case Int16:
		return int16(n)
	case Uint32:
		return uint32(n)
	case Int32:
		return int32(n)
	case Float32:
		return math.Float32frombits(uint32(n))
	case Float64:
		return math.Float64frombits(n)
	case Uint64:
		return n
	case Int64:
		return int64(n)
	}
	c.checkBool(subject, at, uint8(n))
	return n == 1
}

// checkBool: the specification calls a bool that is neither 0 nor 1 invalid.
func (c *cursor) checkBool(subject string, at int64, b uint8) {
	if c.err == nil && b > 1 {
		c.failAt(at, subject, "a bool of %d; 0 and 1 are allowed", b)
	}
}
