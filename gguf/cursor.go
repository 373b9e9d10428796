package gguf

import (
	"bufio"
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
)

// A cursor reads a header from front to back. After the first error all its
// methods give zeros, so that callers check once.
type cursor struct {
	name   string
	r      *bufio.Reader
	off    int64 // of the next byte
	end    int64 // of the file
	memory int64 // taken by values so far
	err    error
	buf    [8]byte
}

func newCursor(s *source.Source) *cursor {
	return &cursor{name: s.Name(), end: s.Size(), r: bufio.NewReaderSize(s.Section(0, s.Size()), bufferBytes)}
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

// read fills p.
func (c *cursor) read(p []byte) {
	if !c.has(uint64(len(p))) {
		return
	}
	n, err := io.ReadFull(c.r, p)
	if err != nil {
		c.fail("", "cannot read: %w", err)
	}
	c.off += int64(n)
}

func (c *cursor) u32() uint32 {
	c.read(c.buf[:4])
	if c.err != nil {
		return 0
	}
	return binary.LittleEndian.Uint32(c.buf[:])
}

func (c *cursor) u64() uint64 {
	c.read(c.buf[:8])
	if c.err != nil {
		return 0
	}
	return binary.LittleEndian.Uint64(c.buf[:])
}

// bytes reads a few bytes: n is bounded by the caller.
func (c *cursor) bytes(n int64) []byte {
	if !c.has(uint64(n)) {
		return nil
	}
	b := make([]byte, n)
	c.read(b)
	return b
}

// text reads n bytes as a string.
func (c *cursor) text(n uint64) string {
	var b strings.Builder
	c.appendText(&b, n)
	return b.String()
}

// appendText appends n bytes to b, which grows as they are read.
func (c *cursor) appendText(b *strings.Builder, n uint64) {
	if !c.has(n) {
		return
	}
	if n <= bufferBytes {
		p, err := c.r.Peek(int(n))
		b.Write(p)
		c.r.Discard(len(p))
		c.advance(int64(len(p)), err)
		return
	}
	done, err := io.CopyN(b, c.r, int64(n))
	c.advance(done, err)
}

func (c *cursor) advance(n int64, err error) {
	if err != nil {
		c.fail("", "cannot read: %w", err)
	}
	c.off += n
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
	clear(c.buf[:])
	c.read(c.buf[:valueTypes[t].size])
	n := binary.LittleEndian.Uint64(c.buf[:])
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
