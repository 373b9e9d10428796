package sim

import (
	"fmt"
	"math/bits"
	"unsafe"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

// A shape is what a lane moves: bytes, and where fewer than four go.
type shape struct {
	bytes  int
	signed bool
	d16    bool // into a half of the register; the other half stays
	high   bool // the upper half
}

func (s shape) words() int { return (s.bytes + 3) / 4 }

var loadShapes = map[string]shape{
	"u8": {bytes: 1}, "i8": {bytes: 1, signed: true}, "u16": {bytes: 2}, "i16": {bytes: 2, signed: true},
	"b32": {bytes: 4}, "b64": {bytes: 8}, "b96": {bytes: 12}, "b128": {bytes: 16},
	"d16_u8": {bytes: 1, d16: true}, "d16_i8": {bytes: 1, signed: true, d16: true}, "d16_b16": {bytes: 2, d16: true},
	"d16_hi_u8": {bytes: 1, d16: true, high: true}, "d16_hi_i8": {bytes: 1, signed: true, d16: true, high: true},
	"d16_hi_b16": {bytes: 2, d16: true, high: true},
}

var storeShapes = map[string]shape{
	"b8": {bytes: 1}, "b16": {bytes: 2}, "b32": {bytes: 4}, "b64": {bytes: 8}, "b96": {bytes: 12}, "b128": {bytes: 16},
	"d16_hi_b8": {bytes: 1, high: true}, "d16_hi_b16": {bytes: 2, high: true},
}

func globalRules() (list []rule) {
	for name, s := range loadShapes {
		list = append(list, rule{name: "global_load_" + name, dsts: 1, effect: accesses, adds: s.d16, build: globalLoad(s)})
	}
	for name, s := range storeShapes {
		list = append(list, rule{name: "global_store_" + name, effect: accesses, build: globalStore(s)})
	}
	return list
}

var _ = table("RDNA3 ISA 16.15 \"FLAT, Scratch and Global\"", globalRules()...)

// An address is where lanes of a global instruction go: a pair of vector
// registers, or a vector register that is added to a scalar pair.
type address struct {
	v      int
	s      int // -1: v is a pair
	offset uint64
}

func (d *decoder) address(in *asm.Inst, v, s asm.Arg) (a address, err error) {
	a = address{v: v.Reg, s: -1, offset: uint64(int64(in.Mods.Number("offset", 0)))}
	switch {
	case v.Kind != asm.VGPR:
		return a, errArg
	case s.Kind == asm.Off && v.N == 2:
	case s.Kind == asm.SGPR && s.N == 2 && v.N == 1:
		a.s = s.Reg
	default:
		return a, errArg
	}
	return a, nil
}

// base is what is the same for all lanes.
func (a *address) base(w *wave) uint64 {
	if a.s < 0 {
		return a.offset
	}
	return w.get64(a.s) + a.offset
}

func (a *address) lane(v []row, base uint64, l int) uint64 {
	x := base + uint64(v[a.v][l])
	if a.s < 0 {
		x += uint64(v[a.v+1][l]) << 32
	}
	return x
}

func globalLoad(s shape) builder {
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		if len(in.Args) != 3 {
			return nil, errOperands(in)
		}
		to, err := d.destination(in.Args[0])
		if err != nil || in.Args[0].N < s.words() {
			return nil, errArg
		}
		at, err := d.address(in, in.Args[1], in.Args[2])
		near, kind := d.remembers(), d.act(in, reads)
		d.use.pending = vm
		if s.d16 {
			d.use.bits = 0xffff << (16 * truth(s.high))
			d.onlyHalf(to, s.high)
		}
		return func(w *wave) {
			base := at.base(w)
			for h := range w.halves {
				v := w.v[h]
				for m := w.exec(h); m != 0; m &= m - 1 {
					l := bits.TrailingZeros32(m) & (lanes - 1)
					addr := at.lane(v, base, l)
					b := w.near[near]
					if b == nil || !b.holds(addr, s.bytes) {
						b = w.buffer(near, addr, s.bytes, h*lanes+l)
					}
					if w.check != nil {
						w.check.touch(b, addr, s.bytes, h*lanes+l, kind)
						w.check.fetch(b, addr, h, l, to, s)
					}
					load(v, to, l, b.pointer(addr), s)
				}
			}
		}, err
	}
}

// load moves a lane's bytes into registers.
func load(v []row, to, l int, p unsafe.Pointer, s shape) {
	switch s.bytes {
	case 4:
		v[to][l] = *(*uint32)(p)
		return
	case 16:
		q := (*[4]uint32)(p)
		r := v[to : to+4]
		r[0][l], r[1][l], r[2][l], r[3][l] = q[0], q[1], q[2], q[3]
		return
	case 8, 12:
		for i := range s.bytes / 4 {
			v[to+i][l] = *(*uint32)(unsafe.Add(p, 4*i))
		}
		return
	}
	var x uint32
	switch {
	case s.bytes == 2 && s.signed:
		x = uint32(int32(*(*int16)(p)))
	case s.bytes == 2:
		x = uint32(*(*uint16)(p))
	case s.signed:
		x = uint32(int32(*(*int8)(p)))
	default:
		x = uint32(*(*uint8)(p))
	}
	d := &v[to][l]
	switch {
	case !s.d16:
		*d = x
	case s.high:
		*d = *d&0xffff | x<<16
	default:
		*d = *d&0xffff0000 | x&0xffff
	}
}

// store moves a lane's registers to memory.
func store(v []row, from, l int, p unsafe.Pointer, s shape) {
	x := v[from][l]
	if s.high {
		x >>= 16
	}
	switch s.bytes {
	case 1:
		*(*uint8)(p) = uint8(x)
	case 2:
		*(*uint16)(p) = uint16(x)
	default:
		for i := range s.bytes / 4 {
			*(*uint32)(unsafe.Add(p, 4*i)) = v[from+i][l]
		}
	}
}

func globalStore(s shape) builder {
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		if len(in.Args) != 3 {
			return nil, errOperands(in)
		}
		from, err := d.destination(in.Args[1])
		if err != nil || in.Args[1].N < s.words() {
			return nil, errArg
		}
		at, err := d.address(in, in.Args[0], in.Args[2])
		near, kind := d.remembers(), d.act(in, writes)
		d.use.pending = vs
		if d.gfx9 {
			d.use.pending = vm
		}
		if s.bytes < 4 {
			d.use.data, d.use.bits = vplace(from), (1<<(8*s.bytes)-1)<<(16*truth(s.high))
			d.onlyHalf(from, s.high)
		}
		return func(w *wave) {
			base := at.base(w)
			for h := range w.halves {
				v := w.v[h]
				for m := w.exec(h); m != 0; m &= m - 1 {
					l := bits.TrailingZeros32(m) & (lanes - 1)
					addr := at.lane(v, base, l)
					b := w.buffer(near, addr, s.bytes, h*lanes+l)
					if b.Const {
						w.fault("read only", fmt.Sprintf("a store to %s", b.Name), h*lanes+l)
					}
					if w.check != nil {
						w.check.touch(b, addr, s.bytes, h*lanes+l, kind)
						b.define(addr, s.bytes)
					}
					store(v, from, l, b.pointer(addr), s)
				}
			}
		}, err
	}
}
