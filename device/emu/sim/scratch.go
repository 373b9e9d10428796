package sim

import (
	"fmt"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

// Scratch memory belongs to a lane: spilled registers, arrays and the stack.
// Flat addresses reach it, and LDS, through apertures of their own.

func scratchRules() (list []rule) {
	for name, s := range loadShapes {
		list = append(list,
			rule{name: "scratch_load_" + name, dsts: 1, effect: accesses, adds: s.d16, build: scratchMove(s, false)},
			rule{name: "flat_load_" + name, dsts: 1, effect: accesses, adds: s.d16, build: flatMove(s, false)})
	}
	for name, s := range storeShapes {
		list = append(list,
			rule{name: "scratch_store_" + name, effect: accesses, build: scratchMove(s, true)},
			rule{name: "flat_store_" + name, effect: accesses, build: flatMove(s, true)})
	}
	return list
}

var _ = table("RDNA3 ISA 16.15 \"FLAT, Scratch and Global\"; LLVM, \"User Guide for AMDGPU Backend\", \"Flat Scratch\"", scratchRules()...)

// room is what lanes have of scratch memory, and what of it is undefined.
type room struct {
	size      int // bytes of a lane
	data      []byte
	undefined []byte // nil: nothing is checked
}

// callRoom is for kernels that call functions, whose needs nobody adds up.
const callRoom = 16 << 10

// scratch is the bytes of a lane.
func (p *Program) scratch() int {
	if p.calls {
		return max(p.Kernel.Descriptor.Scratch, callRoom)
	}
	return p.Kernel.Descriptor.Scratch
}

func newRoom(l *launch) (r room) {
	r.size = l.program.scratch()
	r.data = make([]byte, r.size*l.program.arch.Wave)
	if l.Check {
		r.undefined = make([]byte, len(r.data))
	}
	return r
}

func (r *room) reset() {
	for i := range r.data {
		r.data[i] = garbage & 255
	}
	for i := range r.undefined {
		r.undefined[i] = 0xff
	}
}

// A spot is where a lane's bytes are, and, if a checker keeps them, their
// undefined bits.
type spot struct{ data, undefined unsafe.Pointer }

func (w *wave) scratchSpot(at uint64, n, lane int) spot {
	r := &w.scratch
	if at > uint64(r.size) || uint64(n) > uint64(r.size)-at {
		w.fault("out of bounds", fmt.Sprintf("%d bytes at %d of %d bytes of scratch memory", n, int64(at), r.size), lane)
	}
	i := lane*r.size + int(at)
	s := spot{data: unsafe.Pointer(&r.data[i])}
	if r.undefined != nil {
		s.undefined = unsafe.Pointer(&r.undefined[i])
	}
	return s
}

// A laneMove moves registers of each lane to or from a spot.
type laneMove struct {
	reg    int
	shape  shape
	writes bool
	spot   func(w *wave, h, l int) spot
}

func (m *laneMove) run(w *wave) {
	for h := range w.halves {
		for mask := w.exec(h); mask != 0; mask &= mask - 1 {
			l := bits.TrailingZeros32(mask) & (lanes - 1)
			s := m.spot(w, h, l)
			if w.check != nil {
				m.note(w.check, h, l, s)
			}
			if m.writes {
				store(w.v[h], m.reg, l, s.data, m.shape)
			} else {
				load(w.v[h], m.reg, l, s.data, m.shape)
			}
		}
	}
	if w.check != nil && !m.writes {
		for i := range m.shape.words() {
			w.check.refresh(m.reg + i)
		}
	}
}

// note moves undefined bits as the data move.
func (m *laneMove) note(c *shadow, h, l int, s spot) {
	var none [16]byte
	p := s.undefined
	if p == nil {
		p = unsafe.Pointer(&none)
	}
	if m.writes {
		store(c.v[h], m.reg, l, p, m.shape)
	} else {
		load(c.v[h], m.reg, l, p, m.shape)
	}
	if none != [16]byte{} {
		c.report(vplace(m.reg), "what is stored depends on", h*lanes+l)
	}
}

// laneMove finishes decoding. The address's registers come first among those
// that are read.
func (d *decoder) laneMove(m *laneMove, addr []asm.Arg, data asm.Arg, pending counter) (func(w *wave), error) {
	reg, err := d.destination(data)
	if err != nil {
		return nil, err
	}
	m.reg = reg
	d.use.reads = nil
	for _, a := range addr {
		d.note(&d.use.reads, a)
	}
	d.use.address, d.use.local, d.use.pending = len(d.use.reads), true, pending
	if m.writes {
		d.note(&d.use.reads, data)
	}
	if m.shape.d16 || m.writes && m.shape.bytes < 4 {
		d.onlyHalf(reg, m.shape.high)
	}
	return m.run, nil
}

func (d *decoder) moveCounter(writes bool) counter {
	if writes && !d.gfx9 {
		return vs
	}
	return vm
}

// scratchMove: "scratch_load_b32 v0, off, s33 offset:4"; each part of the
// address may be missing.
func scratchMove(s shape, writes bool) builder {
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		args := slices.Clone(in.Args)
		if len(args) != 3 {
			return nil, errOperands(in)
		}
		data := args[0]
		if writes {
			data, args[1] = args[1], args[0]
		}
		v, sa := args[1], args[2]
		if v.Kind != asm.Off && v.Kind != asm.VGPR || sa.Kind != asm.Off && sa.Kind != asm.SGPR {
			return nil, errArg
		}
		offset := uint64(int64(in.Mods.Number("offset", 0)))
		m := &laneMove{shape: s, writes: writes, spot: func(w *wave, h, l int) spot {
			at := offset
			if v.Kind == asm.VGPR {
				at += uint64(int64(int32(w.v[h][v.Reg][l])))
			}
			if sa.Kind == asm.SGPR {
				at += uint64(int64(int32(w.scalar(sa.Reg))))
			}
			return w.scratchSpot(at, s.bytes, h*lanes+l)
		}}
		return d.laneMove(m, []asm.Arg{v, sa}, data, d.moveCounter(writes))
	}
}

// flatMove: "flat_load_b32 v0, v[2:3] offset:4".
func flatMove(s shape, stores bool) builder {
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		if len(in.Args) != 2 {
			return nil, errOperands(in)
		}
		data, v := in.Args[0], in.Args[1]
		if stores {
			data, v = v, data
		}
		at, err := d.address(in, v, asm.Arg{Kind: asm.Off})
		if err != nil {
			return nil, err
		}
		near, kind := d.remembers(), d.act(in, reads)
		if stores {
			kind = d.act(in, writes)
		}
		m := &laneMove{shape: s, writes: stores, spot: func(w *wave, h, l int) spot {
			return w.flatSpot(near, at.lane(w.v[h], at.offset, l), s.bytes, h*lanes+l, stores, kind)
		}}
		return d.laneMove(m, []asm.Arg{v}, data, d.moveCounter(stores))
	}
}

// flatSpot looks at the aperture of an address.
func (w *wave) flatSpot(near int, addr uint64, n, lane int, stores bool, kind act) spot {
	switch addr >> 32 {
	case privateAperture:
		return w.scratchSpot(addr&all, n, lane)
	case sharedAperture:
		at := addr & all
		if at+uint64(n) > uint64(len(w.g.lds)) {
			w.fault("out of bounds", fmt.Sprintf("%d bytes at %d of %d bytes of LDS", n, at, len(w.g.lds)), lane)
		}
		s := spot{data: unsafe.Pointer(&w.g.lds[at])}
		if w.check != nil {
			w.check.touchLDS(uint32(at), n, lane, kind)
			s.undefined = unsafe.Pointer(&w.g.shadow.undefined[at])
		}
		return s
	}
	b := w.buffer(near, addr, n, lane)
	if stores && b.Const {
		w.fault("read only", fmt.Sprintf("a store to %s", b.Name), lane)
	}
	s := spot{data: b.pointer(addr)}
	if w.check != nil {
		w.check.touch(b, addr, n, lane, kind)
		if stores {
			b.define(addr, n)
		} else if u := b.undefined(addr, n); u != nil {
			s.undefined = unsafe.Pointer(&u[0])
		}
	}
	return s
}
