package sim

import (
	"fmt"
	"unsafe"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

var _ = table("RDNA3 ISA 16.12 \"SMEM\"",
	scalarLoad("s_load_b32", 1), scalarLoad("s_load_b64", 2), scalarLoad("s_load_b128", 4),
	scalarLoad("s_load_b256", 8), scalarLoad("s_load_b512", 16),
)

// scalarLoad: "s_load_b64 s[2:3], s[0:1], 0x10", the offset being a constant or
// a register, or a register and a constant in the modifiers.
func scalarLoad(name string, words int) rule {
	return rule{name: name, dsts: 1, effect: accesses, build: func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		if len(in.Args) != 3 || in.Args[0].Kind != asm.SGPR || in.Args[0].N != words {
			return nil, errOperands(in)
		}
		base, err := d.scalarSource(in.Args[1], typ{bitsKind, 64})
		if err != nil {
			return nil, err
		}
		offset, err := d.scalarSource(in.Args[2], typ{bitsKind, 32})
		if offset.reg < 0 {
			offset.value = uint64(in.Args[2].Int) // may be negative
		}
		to, more, near := in.Args[0].Reg, uint64(int64(in.Mods.Number("offset", 0))), d.remembers()
		d.use.pending = lgkm
		d.use.unordered = true
		return func(w *wave) {
			addr := base.get(w) + offset.get(w) + more
			if addr%4 != 0 {
				w.fault("misaligned", fmt.Sprintf("a scalar load of %d bytes at %#x", 4*words, addr), -1)
			}
			b := w.buffer(near, addr, 4*words, -1)
			if w.check != nil {
				w.check.touch(b, addr, 4*words, -1, reads)
				w.check.fetch(b, addr, -1, -1, to, shape{bytes: 4 * words})
			}
			p := b.pointer(addr)
			for i := range words {
				w.s[to+i] = *(*uint32)(unsafe.Add(p, 4*i))
			}
		}, err
	}}
}

// remembers gives an instruction a place for the buffer that it met last.
func (d *decoder) remembers() int {
	d.p.memory++
	return d.p.memory - 1
}

// buffer is the one that n bytes at an address lie in.
func (w *wave) buffer(near int, addr uint64, n, lane int) *Buffer {
	if b := w.near[near]; b != nil && b.holds(addr, n) {
		return b
	}
	b := find(w.g.launch.live, addr, n)
	if b == nil {
		w.fault("out of bounds", w.g.launch.Memory.explain(addr, n), lane)
	}
	w.near[near] = b
	return b
}
