package sim

import (
	"fmt"
	"slices"
	"unsafe"
)

// A fetch is a lane's load of bytes of which bits were never written: what is
// known of them has to follow them into the registers, behind the load itself.
type fetch struct {
	half, lane int // half is -1: a scalar load
	reg        int
	shape      shape
	undefined  [64]byte
}

// fetch notes a load into registers, if its bytes have undefined bits.
func (c *shadow) fetch(b *Buffer, addr uint64, half, lane, reg int, s shape) {
	if u := b.undefined(addr, s.bytes); u != nil {
		c.loaded(u, half, lane, reg, s)
	}
}

func (c *shadow) loaded(undefined []byte, half, lane, reg int, s shape) {
	f := fetch{half: half, lane: lane, reg: reg, shape: s}
	copy(f.undefined[:], undefined)
	c.fetches = append(c.fetches, f)
}

// fetched moves the undefined bits.
func (c *shadow) fetched() {
	for i := range c.fetches {
		f := &c.fetches[i]
		if f.half < 0 {
			for j := range f.shape.words() {
				c.s[f.reg+j] = le32(f.undefined[4*j:])
			}
			continue
		}
		load(c.v[f.half], f.reg, f.lane, unsafe.Pointer(&f.undefined), f.shape)
		for j := range f.shape.words() {
			c.refresh(f.reg + j)
		}
	}
	c.fetches = c.fetches[:0]
}

// undefined are the undefined bits of some bytes, or nil if there are none.
func (b *Buffer) undefined(addr uint64, n int) []byte {
	if b.Undefined == nil {
		return nil
	}
	if u := b.Undefined[addr-b.Base:][:n]; anyBit(u) {
		return u
	}
	return nil
}

func anyBit(b []byte) bool { return slices.ContainsFunc(b, func(x byte) bool { return x != 0 }) }

// define says that bytes have values.
func (b *Buffer) define(addr uint64, n int) {
	if b.Undefined != nil {
		clear(b.Undefined[addr-b.Base:][:n])
	}
}

// AnyUndefined tells whether bytes have bits that nobody wrote.
func (b *Buffer) AnyUndefined(addr uint64, n int) bool { return b.undefined(addr, n) != nil }

// mustBeWritten reports bytes with undefined bits.
func (c *shadow) mustBeWritten(b *Buffer, addr uint64, n, lane int, what string) {
	if b.undefined(addr, n) != nil {
		c.w.fault("uninitialised", fmt.Sprintf("%s byte %d of %s, of which bits were never written", what, addr-b.Base, b.Name), lane)
	}
}
