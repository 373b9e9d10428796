package sim

import (
	"fmt"
	"math/bits"
	"unsafe"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

func ldsRules() (list []rule) {
	for name, s := range loadShapes {
		if s.d16 {
			continue
		}
		list = append(list, rule{name: "ds_load_" + name, dsts: 1, effect: accesses, build: ldsLoad(s)})
	}
	for name, s := range storeShapes {
		if s.high {
			name = "b8_d16_hi"
			if s.bytes == 2 {
				name = "b16_d16_hi"
			}
		}
		list = append(list, rule{name: "ds_store_" + name, effect: accesses, build: ldsStore(s)})
	}
	for name, s := range map[string]shape{
		"u8_d16": {bytes: 1, d16: true}, "i8_d16": {bytes: 1, signed: true, d16: true}, "u16_d16": {bytes: 2, d16: true},
		"u8_d16_hi": {bytes: 1, d16: true, high: true}, "i8_d16_hi": {bytes: 1, signed: true, d16: true, high: true},
		"u16_d16_hi": {bytes: 2, d16: true, high: true},
	} {
		list = append(list, rule{name: "ds_load_" + name, dsts: 1, effect: accesses, adds: true, build: ldsLoad(s)})
	}
	return append(list,
		rule{name: "ds_load_2addr_b32", dsts: 1, effect: accesses, build: ldsLoadTwo(4, 1)},
		rule{name: "ds_load_2addr_b64", dsts: 1, effect: accesses, build: ldsLoadTwo(8, 1)},
		rule{name: "ds_load_2addr_stride64_b32", dsts: 1, effect: accesses, build: ldsLoadTwo(4, 64)},
		rule{name: "ds_load_2addr_stride64_b64", dsts: 1, effect: accesses, build: ldsLoadTwo(8, 64)},
		rule{name: "ds_store_2addr_b32", effect: accesses, build: ldsStoreTwo(4, 1)},
		rule{name: "ds_store_2addr_b64", effect: accesses, build: ldsStoreTwo(8, 1)},
		rule{name: "ds_store_2addr_stride64_b32", effect: accesses, build: ldsStoreTwo(4, 64)},
		rule{name: "ds_store_2addr_stride64_b64", effect: accesses, build: ldsStoreTwo(8, 64)},
		rule{name: "ds_bpermute_b32", dsts: 1, effect: accesses, build: buildBpermute},
		rule{name: "ds_permute_b32", dsts: 1, effect: accesses, build: buildPermute},
		rule{name: "ds_swizzle_b32", dsts: 1, effect: accesses, build: buildSwizzle},
	)
}

var _ = table("RDNA3 ISA 12 \"Data Share Operations\", 16.14 \"LDS\"", ldsRules()...)

// An ldsPart is one of the moves of an LDS instruction: which registers, and
// how far from the address.
type ldsPart struct {
	reg    int
	offset uint32
	shape  shape
}

// An ldsMove is an LDS instruction that moves registers: one part or two.
type ldsMove struct {
	addr   int
	parts  []ldsPart
	writes bool
	act    act
}

// run moves the data, and where a checker watches, what is known of them, the
// same way.
func (m *ldsMove) run(w *wave) {
	if w.check != nil { // first: a load may overwrite its address
		m.look(w)
		m.move(w, &w.check.v, w.g.shadow.undefined)
		w.check.ldsMoved(m)
	}
	m.move(w, &w.v, w.g.lds)
}

func (m *ldsMove) move(w *wave, data *[2][]row, lds []byte) {
	for h := range w.halves {
		addrs := &w.v[h][m.addr]
		v := data[h]
		for mask := w.exec(h); mask != 0; mask &= mask - 1 {
			l := bits.TrailingZeros32(mask) & (lanes - 1)
			first := addrs[l]
			for i := range m.parts {
				p := &m.parts[i]
				at := first + p.offset
				if uint64(at)+uint64(p.shape.bytes) > uint64(len(lds)) {
					w.fault("out of bounds", fmt.Sprintf("%d bytes at %d of %d bytes of LDS", p.shape.bytes, at, len(lds)), h*lanes+l)
				}
				q := unsafe.Pointer(&lds[at])
				if m.writes {
					store(v, p.reg, l, q, p.shape)
				} else {
					load(v, p.reg, l, q, p.shape)
				}
			}
		}
	}
}

// look checks each access before anything is moved.
func (m *ldsMove) look(w *wave) {
	for h := range w.halves {
		addrs := &w.v[h][m.addr]
		for mask := w.exec(h); mask != 0; mask &= mask - 1 {
			l := bits.TrailingZeros32(mask) & (lanes - 1)
			for i := range m.parts {
				p := &m.parts[i]
				w.check.touchLDS(addrs[l]+p.offset, p.shape.bytes, h*lanes+l, m.act)
			}
		}
	}
}

func (d *decoder) ldsMove(in *asm.Inst, addr asm.Arg, stores bool, parts ...ldsPart) (func(w *wave), error) {
	if addr.Kind != asm.VGPR || addr.N != 1 {
		return nil, errArg
	}
	m := &ldsMove{addr: addr.Reg, parts: parts, writes: stores, act: reads}
	if stores {
		m.act = writes
	} else if d.guesses[in.Addr] {
		m.act = swaps
	}
	if s := parts[0].shape; s.d16 || stores && s.bytes < 4 {
		d.onlyHalf(parts[0].reg, s.high)
	}
	d.use.pending, d.use.local, d.use.address = lgkm, true, 1
	d.use.reads = append([]ref{{vplace(addr.Reg), bothHalves}}, d.use.reads...)
	return m.run, nil
}

func ldsLoad(s shape) builder {
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		if len(in.Args) != 2 || in.Mods.Flags["gds"] {
			return nil, errOperands(in)
		}
		to, err := d.destination(in.Args[0])
		if err != nil || in.Args[0].N < s.words() {
			return nil, errOperands(in)
		}
		return d.ldsMove(in, in.Args[1], false, ldsPart{to, uint32(in.Mods.Number("offset", 0)), s})
	}
}

func ldsStore(s shape) builder {
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		if len(in.Args) != 2 || in.Mods.Flags["gds"] {
			return nil, errOperands(in)
		}
		from, err := d.destination(in.Args[1])
		if err != nil || in.Args[1].N < s.words() {
			return nil, errOperands(in)
		}
		return d.ldsMove(in, in.Args[0], true, ldsPart{from, uint32(in.Mods.Number("offset", 0)), s})
	}
}

// offsets are the two of an instruction with two addresses, in bytes.
func offsets(in *asm.Inst, size, stride int) (a, b uint32) {
	return uint32(in.Mods.Number("offset0", 0) * size * stride), uint32(in.Mods.Number("offset1", 0) * size * stride)
}

func ldsLoadTwo(size, stride int) builder {
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		if len(in.Args) != 2 {
			return nil, errOperands(in)
		}
		to, err := d.destination(in.Args[0])
		if err != nil {
			return nil, err
		}
		a, b := offsets(in, size, stride)
		s := shape{bytes: size}
		return d.ldsMove(in, in.Args[1], false, ldsPart{to, a, s}, ldsPart{to + size/4, b, s})
	}
}

func ldsStoreTwo(size, stride int) builder {
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		if len(in.Args) != 3 {
			return nil, errOperands(in)
		}
		x, err := d.destination(in.Args[1])
		if err != nil {
			return nil, err
		}
		y, err := d.destination(in.Args[2])
		if err != nil {
			return nil, err
		}
		a, b := offsets(in, size, stride)
		s := shape{bytes: size}
		return d.ldsMove(in, in.Args[0], true, ldsPart{x, a, s}, ldsPart{y, b, s})
	}
}

// A shuffle moves registers between lanes through LDS's crossbar.
type shuffle struct {
	to, data int
	// from gives for a lane the one that it takes from.
	from func(w *wave, lane int) int
	push bool // from gives the lane that it goes to
}

func (s *shuffle) run(w *wave) {
	if w.check != nil {
		s.move(w, &w.check.v)
		w.check.refresh(s.to)
	}
	s.move(w, &w.v)
}

func (s *shuffle) move(w *wave, v *[2][]row) {
	var old [2]row
	var out [2]row
	n := w.halves * lanes
	for h := range w.halves {
		old[h] = v[h][s.data]
	}
	for l := range n {
		if w.exec(l/lanes)>>(l%lanes)&1 == 0 {
			continue
		}
		other := s.from(w, l)
		if s.push {
			out[other/lanes][other%lanes] = old[l/lanes][l%lanes]
		} else if w.exec(other/lanes)>>(other%lanes)&1 != 0 {
			out[l/lanes][l%lanes] = old[other/lanes][other%lanes]
		}
	}
	for h := range w.halves {
		merge(&v[h][s.to], &out[h], w.exec(h))
	}
}

func (d *decoder) shuffle(in *asm.Inst, push bool) (func(w *wave), error) {
	if len(in.Args) != 3 || in.Args[1].Kind != asm.VGPR {
		return nil, errOperands(in)
	}
	to, err := d.destination(in.Args[0])
	if err != nil {
		return nil, err
	}
	data, err := d.destination(in.Args[2])
	addr, offset := in.Args[1].Reg, uint32(in.Mods.Number("offset", 0))
	s := &shuffle{to: to, data: data, push: push}
	s.from = func(w *wave, lane int) int {
		return int((w.lane(addr, lane)+offset)>>2) & w.lanesMask()
	}
	d.use.pending, d.use.local, d.use.address = lgkm, true, 1
	return s.run, err
}

func buildBpermute(d *decoder, in *asm.Inst) (func(w *wave), error) { return d.shuffle(in, false) }

func buildPermute(d *decoder, in *asm.Inst) (func(w *wave), error) { return d.shuffle(in, true) }

// buildSwizzle: bit 15 of the offset chooses between a permutation of quads
// and masks for lanes within 32 (RDNA3 ISA, "DS_SWIZZLE_B32").
func buildSwizzle(d *decoder, in *asm.Inst) (func(w *wave), error) {
	if len(in.Args) != 2 {
		return nil, errOperands(in)
	}
	to, err := d.destination(in.Args[0])
	if err != nil {
		return nil, err
	}
	data, err := d.destination(in.Args[1])
	offset, ok := in.Mods.Numbers["offset"]
	if !ok && err == nil {
		err = fmt.Errorf("a swizzle in a syntax that is not known")
	}
	s := &shuffle{to: to, data: data, from: func(_ *wave, lane int) int {
		if offset>>15&1 != 0 {
			return lane&^3 + offset>>(2*(lane&3))&3
		}
		l := lane & 31
		l = (l&offset&31 | offset>>5&31) ^ offset>>10&31
		return lane&^31 + l
	}}
	d.use.pending, d.use.local = lgkm, true
	return s.run, err
}
