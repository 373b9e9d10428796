package gguf

import (
	"encoding/binary"
	"strings"
)

// array reads an array: element type, length, elements. depth counts the
// arrays that it is in, and itself.
func (c *cursor) array(subject string, depth int) any {
	at := c.off
	elem := ValueType(c.u32())
	n := c.u64()
	switch {
	case c.err != nil:
		return nil
	case !elem.known():
		c.failAt(at, subject, "array elements of type %d; from 0 to %d are known", uint32(elem), len(valueTypes)-1)
		return nil
	case elem == Array && depth == maxNesting:
		c.failAt(at, subject, "arrays nested deeper than %d", maxNesting)
		return nil
	}
	most := uint64(maxElements)
	if elem == String {
		most = maxStrings
	}
	size := uint64(valueTypes[elem].size)
	if n > most || n > uint64(c.left())/size {
		c.failAt(at+4, subject, "an array of %d elements of %v; %d bytes are left in the file, and at most %d elements are allowed", n, elem, c.left(), most)
		return nil
	}
	return c.elements(subject, elem, int(n), depth)
}

func (c *cursor) elements(subject string, elem ValueType, n, depth int) any {
	switch elem {
	case Uint8:
		return readNumbers[uint8](c, subject, n)
	case Int8:
		return readNumbers[int8](c, subject, n)
	case Uint16:
		return readNumbers[uint16](c, subject, n)
	case Int16:
		return readNumbers[int16](c, subject, n)
	case Uint32:
		return readNumbers[uint32](c, subject, n)
	case Int32:
		return readNumbers[int32](c, subject, n)
	case Float32:
		return readNumbers[float32](c, subject, n)
	case Float64:
		return readNumbers[float64](c, subject, n)
	case Uint64:
		return readNumbers[uint64](c, subject, n)
	case Int64:
		return readNumbers[int64](c, subject, n)
	case Bool:
		return c.bools(subject, n)
	case String:
		return c.strings(subject, n)
	}
	return c.arrays(subject, n, depth)
}

// readNumbers reads n numbers, a buffer at a time, so that memory follows
// what the file really holds.
func readNumbers[T any](c *cursor, subject string, n int) []T {
	var zero T
	size := binary.Size(zero)
	if !c.take(subject, uint64(n)*uint64(size)) {
		return nil
	}
	out := make([]T, 0, min(n, bufferBytes/size))
	buf := make([]byte, min(n*size, bufferBytes))
	chunk := make([]T, len(buf)/size)
	for len(out) < n {
		k := min(n-len(out), len(chunk))
		c.read(buf[:k*size])
		if c.err != nil {
			return nil
		}
		if _, err := binary.Decode(buf, binary.LittleEndian, chunk[:k]); err != nil {
			c.fail(subject, "%w", err)
			return nil
		}
		out = append(out, chunk[:k]...)
	}
	return out
}

func (c *cursor) bools(subject string, n int) []bool {
	at := c.off
	raw := readNumbers[uint8](c, subject, n)
	out := make([]bool, len(raw))
	for i, b := range raw {
		c.checkBool(subject, at+int64(i), b)
		out[i] = b == 1
	}
	return out
}

// strings reads n strings into one piece of memory that they share: a
// vocabulary has hundreds of thousands.
func (c *cursor) strings(subject string, n int) []string {
	var all strings.Builder
	ends := make([]int, 0, min(n, bufferBytes/stringOverhead))
	for range n {
		k := c.stringLen(subject)
		if !c.take(subject, k+stringOverhead) {
			return nil
		}
		c.appendText(&all, k)
		ends = append(ends, all.Len())
	}
	if c.err != nil {
		return nil
	}
	text, begin := all.String(), 0
	out := make([]string, n)
	for i, end := range ends {
		out[i], begin = text[begin:end], end
	}
	return out
}

func (c *cursor) arrays(subject string, n, depth int) []any {
	out := make([]any, 0, min(n, bufferBytes/arrayOverhead))
	for range n {
		if !c.take(subject, arrayOverhead) {
			return nil
		}
		out = append(out, c.array(subject, depth+1))
	}
	return out
}
