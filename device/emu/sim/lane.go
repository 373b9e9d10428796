package sim

import (
	"math/bits"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

var _ = table("RDNA3 ISA 16.7, 16.8: lanes",
	rule{name: "v_readfirstlane_b32", dsts: 1, crosses: true, build: buildReadFirst},
	rule{name: "v_readlane_b32", dsts: 1, crosses: true, build: buildReadLane},
	rule{name: "v_writelane_b32", dsts: 1, adds: true, crosses: true, build: buildWriteLane},
	rule{name: "v_mbcnt_lo_u32_b32", dsts: 1, build: buildMbcnt(0)},
	rule{name: "v_mbcnt_hi_u32_b32", dsts: 1, build: buildMbcnt(1)},
	rule{name: "v_permlane16_b32", dsts: 1, adds: true, crosses: true, build: buildPermlane(0)},
	rule{name: "v_permlanex16_b32", dsts: 1, adds: true, crosses: true, build: buildPermlane(16)},
	rule{name: "v_permlane64_b32", dsts: 1, crosses: true, build: buildPermlane64},
	rule{name: "v_permlane16_swap_b32", dsts: 2, adds: true, crosses: true, build: buildSwap16, source: "CDNA4 ISA; LLVM permlane16.swap"},
	rule{name: "v_permlane32_swap_b32", dsts: 2, adds: true, crosses: true, build: buildSwap32, source: "CDNA4 ISA; LLVM permlane32.swap"},
	rule{name: "v_swap_b32", dsts: 2, adds: true, build: buildSwap},
)

// lane reads a lane of a wave's row, where the register of the lower half is r.
func (w *wave) lane(r, lane int) uint32 { return w.v[lane/lanes][r][lane%lanes] }

// firstLane is the first active one, or 0.
func (w *wave) firstLane() int {
	mask := uint64(w.exec(0))
	if w.halves == 2 {
		mask = w.exec64()
	}
	if mask == 0 {
		return 0
	}
	return bits.TrailingZeros64(mask)
}

func (w *wave) lanesMask() int { return w.halves*lanes - 1 }

func buildReadFirst(d *decoder, in *asm.Inst) (func(w *wave), error) {
	if len(in.Args) != 2 || in.Args[0].Kind != asm.SGPR {
		return nil, errOperands(in)
	}
	r, err := d.destination(in.Args[1])
	to := written(in.Args[0])
	return func(w *wave) { w.s[to] = w.lane(r, w.firstLane()) }, err
}

func buildReadLane(d *decoder, in *asm.Inst) (func(w *wave), error) {
	if len(in.Args) != 3 || in.Args[0].Kind != asm.SGPR {
		return nil, errOperands(in)
	}
	r, err := d.destination(in.Args[1])
	if err != nil {
		return nil, err
	}
	which, err := d.scalarSource(in.Args[2], typ{bitsKind, 32})
	to := written(in.Args[0])
	return func(w *wave) { w.s[to] = w.lane(r, int(which.get(w))&w.lanesMask()) }, err
}

func buildWriteLane(d *decoder, in *asm.Inst) (func(w *wave), error) {
	if len(in.Args) != 3 {
		return nil, errOperands(in)
	}
	r, err := d.destination(in.Args[0])
	if err != nil {
		return nil, err
	}
	value, err := d.scalarSource(in.Args[1], typ{bitsKind, 32})
	if err != nil {
		return nil, err
	}
	which, err := d.scalarSource(in.Args[2], typ{bitsKind, 32})
	return func(w *wave) {
		l := int(which.get(w)) & w.lanesMask()
		w.v[l/lanes][r][l%lanes] = uint32(value.get(w))
	}, err
}

// buildMbcnt counts a mask's bits below the lane, in the lower or upper 32.
func buildMbcnt(upper int) builder {
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		v, err := d.vector(in, in.Args, sig("u32=b32 u32"), nil)
		if err != nil {
			return nil, err
		}
		return func(w *wave) {
			for h := range w.halves {
				a, b := v.src[0].rows(w, h, 0), v.src[1].rows(w, h, 1)
				t := &w.temp[3][0]
				for i := range t {
					t[i] = b[i] + uint32(bits.OnesCount32(a[i]&below(h*lanes+i-upper*lanes)))
				}
				v.store(&w.v[h][v.dst], t, w.exec(h))
			}
		}, nil
	}
}

// below has the bits below n, which may be negative or above 31.
func below(n int) uint32 { return uint32(uint64(1)<<max(0, min(n, 32)) - 1) }

// buildPermlane: each lane takes from the lane of its row of 16, or of the row
// beside it, that four bits of two scalars name.
func buildPermlane(other int) builder {
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		if len(in.Args) != 4 {
			return nil, errOperands(in)
		}
		to, err := d.destination(in.Args[0])
		if err != nil {
			return nil, err
		}
		from, err := d.destination(in.Args[1])
		if err != nil {
			return nil, err
		}
		low, err := d.scalarSource(in.Args[2], typ{bitsKind, 32})
		if err != nil {
			return nil, err
		}
		high, err := d.scalarSource(in.Args[3], typ{bitsKind, 32})
		inactive, zero := in.Mods.Bit("op_sel", 0, 0), in.Mods.Bit("op_sel", 1, 0)
		return func(w *wave) {
			selector := uint32pair(uint32(low.get(w)), uint32(high.get(w)))
			for h := range w.halves {
				exec := w.exec(h)
				src, d := w.v[h][from], &w.v[h][to]
				for i := range d {
					l := (i&^15 + int(selector>>(4*(i&15))&15)) ^ other
					valid := inactive || exec>>l&1 != 0
					switch {
					case exec>>i&1 == 0:
					case valid:
						d[i] = src[l&31]
					case zero:
						d[i] = 0
					}
				}
			}
		}, err
	}
}

func uint32pair(low, high uint32) uint64 { return uint64(low) | uint64(high)<<32 }

// buildPermlane64 exchanges the halves of a wave of 64.
func buildPermlane64(d *decoder, in *asm.Inst) (func(w *wave), error) {
	if len(in.Args) != 2 {
		return nil, errOperands(in)
	}
	to, err := d.destination(in.Args[0])
	if err != nil {
		return nil, err
	}
	from, err := d.destination(in.Args[1])
	return func(w *wave) {
		if w.halves == 1 {
			return
		}
		a, b := w.v[0][from], w.v[1][from]
		merge(&w.v[0][to], &b, w.exec(0))
		merge(&w.v[1][to], &a, w.exec(1))
	}, err
}

func (d *decoder) two(in *asm.Inst) (a, b int, err error) {
	if len(in.Args) != 2 {
		return 0, 0, errOperands(in)
	}
	if a, err = d.destination(in.Args[0]); err != nil {
		return 0, 0, err
	}
	b, err = d.destination(in.Args[1])
	return a, b, err
}

func buildSwap(d *decoder, in *asm.Inst) (func(w *wave), error) {
	a, b, err := d.two(in)
	return func(w *wave) {
		for h := range w.halves {
			old := w.v[h][a]
			merge(&w.v[h][a], &w.v[h][b], w.exec(h))
			merge(&w.v[h][b], &old, w.exec(h))
		}
	}, err
}

// buildSwap16 exchanges the odd rows of 16 of the first register with the even
// ones of the second. All lanes have to be active.
func buildSwap16(d *decoder, in *asm.Inst) (func(w *wave), error) {
	a, b, err := d.two(in)
	return func(w *wave) {
		for h := range w.halves {
			w.mustBeWhole(h)
			x, y := &w.v[h][a], &w.v[h][b]
			for i := range 16 {
				x[16+i], y[i] = y[i], x[16+i]
			}
		}
	}, err
}

// buildSwap32 exchanges the upper half of the first register with the lower
// one of the second.
func buildSwap32(d *decoder, in *asm.Inst) (func(w *wave), error) {
	a, b, err := d.two(in)
	return func(w *wave) {
		w.mustBeWhole(0)
		w.mustBeWhole(1)
		w.v[1][a], w.v[0][b] = w.v[0][b], w.v[1][a]
	}, err
}

func (w *wave) mustBeWhole(h int) {
	if w.exec(h) != all {
		w.fault("not implemented", "an exchange of rows with lanes that are not active", -1)
	}
}
