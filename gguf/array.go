package gguf

import (
	"encoding/binary"
	"slices"
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
	if c.brief && depth == 1 && n > briefElements && elem != Array {
		return c.skip(subject, elem, n)
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
	for len(out) < n {
		done, k := len(out), min(n-len(out), bufferBytes/size)
		p := c.next(k * size)
		if p == nil {
			return nil
		}
		out = slices.Grow(out, k)[:done+k]
		if _, err := binary.Decode(p, binary.LittleEndian, out[done:]); err != nil {
			c.fail(subject, "%w", err)
			return nil
		}
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

// strings reads n strings. Short ones share memory, since a vocabulary has
// hundreds of thousands: each is cut from a builder that still has room.
func (c *cursor) strings(subject string, n int) []string {
	out := make([]string, 0, min(n, maxReserved))
	var shared strings.Builder
	for i := range n {
		k := c.stringLen(subject)
		if !c.take(subject, k+stringOverhead) {
			return nil
		}
		if k > bufferBytes {
			out = append(out, c.text(k))
			continue
		}
		if room := shared.Cap() - shared.Len(); room < int(k) {
			shared.Reset()
			shared.Grow(max(int(k), min(bufferBytes, 16*(n-i))))
		}
		begin := shared.Len()
		shared.Write(c.next(int(k)))
		out = append(out, shared.String()[begin:])
	}
	if c.err != nil {
		return nil
	}
	return out
}

func (c *cursor) arrays(subject string, n, depth int) []any {
	out := make([]any, 0, min(n, maxReserved))
	for range n {
		if !c.take(subject, arrayOverhead) {
			return nil
		}
		out = append(out, c.array(subject, depth+1))
	}
	return out
}
