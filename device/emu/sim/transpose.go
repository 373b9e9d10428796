package sim

import (
	"fmt"
	"math/bits"
	"unsafe"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

// Loads of gfx950 between LDS and other places. A transposing load gives each
// of 16 lanes a column of a tile of which they hold rows: of 16 bits, four rows
// of 16 elements, so that element e of lane l is element l%4 of what lane
// 4e + l/4 loaded. For smaller elements the same is taken to hold, with more
// rows; no document at hand says so.
var _ = table("LLVM, llvm.amdgcn.ds.read.tr16.b64; Modular, ds_read_tr16_b64_row",
	rule{name: "ds_read_b64_tr_b16", dsts: 1, effect: accesses, build: transposed(8, 16)},
	rule{name: "ds_read_b64_tr_b8", dsts: 1, effect: accesses, build: transposed(8, 8)},
	rule{name: "ds_read_b64_tr_b4", dsts: 1, effect: accesses, build: transposed(8, 4)},
	rule{name: "ds_read_b96_tr_b6", dsts: 1, effect: accesses, build: transposed(12, 6)},
)

// transposed is a load of so many bytes of a lane, in elements of so many bits.
func transposed(bytes, width int) builder {
	elements := 8 * bytes / width
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		if len(in.Args) != 2 || d.wave != 2*lanes {
			return nil, errOperands(in)
		}
		to, err := d.destination(in.Args[0])
		if err != nil {
			return nil, err
		}
		plain, err := d.ldsMove(in, in.Args[1], false, ldsPart{to, uint32(in.Mods.Number("offset", 0)), shape{bytes: bytes}})
		words := bytes / 4
		exchange := func(v *[2][]row) {
			for h := range lanes / 16 * 2 { // groups of 16 lanes
				rows := v[h/2][to : to+words]
				var old [3]row
				copy(old[:], rows)
				for l := range 16 {
					for e := range elements {
						from := 16/elements*e + l/elements
						x := getBits(old[:], l%elements*width, width, h%2*16+from)
						putBits(rows, e*width, width, h%2*16+l, x)
					}
				}
			}
		}
		return func(w *wave) {
			w.mustBeFull()
			plain(w)
			exchange(&w.v)
			if w.check != nil {
				exchange(&w.check.v)
				for i := range words {
					w.check.refresh(to + i)
				}
			}
		}, err
	}
}

var _ = table("CDNA4 ISA \"GLOBAL_LOAD_LDS_DWORDX4\"; LLVM, llvm.amdgcn.global.load.lds",
	rule{name: "global_load_lds_dword", effect: accesses, build: loadToLDS(4)},
	rule{name: "global_load_lds_dwordx3", effect: accesses, build: loadToLDS(12)},
	rule{name: "global_load_lds_dwordx4", effect: accesses, build: loadToLDS(16)},
)

// loadToLDS goes past the registers: lane l's bytes go to M0 plus the offset
// plus l times their number.
func loadToLDS(bytes int) builder {
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		if len(in.Args) != 2 {
			return nil, errOperands(in)
		}
		at, err := d.address(in, in.Args[0], in.Args[1])
		near, offset := d.remembers(), in.Mods.Number("offset", 0)
		d.use.pending = vm
		d.alsoReads(asm.M0, 1)
		return func(w *wave) {
			base := at.base(w)
			for h := range w.halves {
				for mask := w.exec(h); mask != 0; mask &= mask - 1 {
					l := bits.TrailingZeros32(mask) & (lanes - 1)
					lane := h*lanes + l
					addr := at.lane(w.v[h], base, l)
					b := w.buffer(near, addr, bytes, lane)
					to := int(w.s[asm.M0]&0xffff) + offset + lane*bytes
					if to < 0 || to+bytes > len(w.g.lds) {
						w.fault("out of bounds", fmt.Sprintf("%d bytes at %d of %d bytes of LDS", bytes, to, len(w.g.lds)), lane)
					}
					copy(w.g.lds[to:], unsafe.Slice((*byte)(b.pointer(addr)), bytes))
					if w.check != nil {
						w.check.touch(b, addr, bytes, lane, reads)
						w.check.takeOff(uint32(to), bytes, lane)
						clear(w.g.shadow.undefined[to:][:bytes])
						copy(w.g.shadow.undefined[to:], b.undefined(addr, bytes))
					}
				}
			}
		}, err
	}
}
