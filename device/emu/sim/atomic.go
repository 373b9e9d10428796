package sim

import (
	"fmt"
	"math/bits"
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/rocmforge/rocmforge/device/emu/asm"
	"github.com/rocmforge/rocmforge/device/emu/num"
)

// An atomicOp gives what memory holds afterwards, of what it held and the
// operand. compare is the second operand of a compare-and-swap.
type atomicOp struct {
	name   string // as gfx11 calls it
	gfx9   string // of global memory
	lds    string // of LDS, without "ds_"; both gfx11 and gfx9
	lds9   string // where gfx9 differs
	words  int    // 1 or 2
	inputs int    // 2 for compare-and-swap
	do     func(old, x, compare uint64) uint64
}

func op32(f func(old, x uint32) uint32) func(old, x, compare uint64) uint64 {
	return func(old, x, _ uint64) uint64 { return uint64(f(uint32(old), uint32(x))) }
}

func op64(f func(old, x uint64) uint64) func(old, x, compare uint64) uint64 {
	return func(old, x, _ uint64) uint64 { return f(old, x) }
}

func swapIf(old, x, compare uint64) uint64 {
	if old == compare {
		return x
	}
	return old
}

func addPkF16(old, x uint32) uint32 {
	add := func(a, b uint32) uint32 { return uint32(num.Narrow(num.Widen(uint16(a)) + num.Widen(uint16(b)))) }
	return add(old, x) | add(old>>16, x>>16)<<16
}

func addPkBF16(old, x uint32) uint32 {
	add := func(a, b uint32) uint32 { return uint32(num.NarrowB(num.WidenB(uint16(a)) + num.WidenB(uint16(b)))) }
	return add(old, x) | add(old>>16, x>>16)<<16
}

var atomicOps = []atomicOp{
	{"swap_b32", "swap", "storexchg_rtn_b32", "wrxchg_rtn_b32", 1, 1, op32(func(_, x uint32) uint32 { return x })},
	{"cmpswap_b32", "cmpswap", "cmpstore_b32", "cmpst_b32", 1, 2, swapIf},
	{"add_u32", "add", "add_u32", "", 1, 1, op32(func(a, x uint32) uint32 { return a + x })},
	{"sub_u32", "sub", "sub_u32", "", 1, 1, op32(func(a, x uint32) uint32 { return a - x })},
	{"min_i32", "smin", "min_i32", "", 1, 1, op32(func(a, x uint32) uint32 { return uint32(min(int32(a), int32(x))) })},
	{"max_i32", "smax", "max_i32", "", 1, 1, op32(func(a, x uint32) uint32 { return uint32(max(int32(a), int32(x))) })},
	{"min_u32", "umin", "min_u32", "", 1, 1, op32(func(a, x uint32) uint32 { return min(a, x) })},
	{"max_u32", "umax", "max_u32", "", 1, 1, op32(func(a, x uint32) uint32 { return max(a, x) })},
	{"and_b32", "and", "and_b32", "", 1, 1, op32(func(a, x uint32) uint32 { return a & x })},
	{"or_b32", "or", "or_b32", "", 1, 1, op32(func(a, x uint32) uint32 { return a | x })},
	{"xor_b32", "xor", "xor_b32", "", 1, 1, op32(func(a, x uint32) uint32 { return a ^ x })},
	{"inc_u32", "inc", "inc_u32", "", 1, 1, op32(wrappingInc)},
	{"dec_u32", "dec", "dec_u32", "", 1, 1, op32(wrappingDec)},
	{"add_f32", "add_f32", "add_f32", "", 1, 1, op32(func(a, x uint32) uint32 { return u32(f32(a) + f32(x)) })},
	{"min_f32", "min_f32", "min_f32", "", 1, 1, op32(minF32)},
	{"max_f32", "max_f32", "max_f32", "", 1, 1, op32(maxF32)},
	{"pk_add_f16", "pk_add_f16", "pk_add_f16", "", 1, 1, op32(addPkF16)},
	{"pk_add_bf16", "pk_add_bf16", "pk_add_bf16", "", 1, 1, op32(addPkBF16)},
	{"swap_b64", "swap_x2", "storexchg_rtn_b64", "wrxchg_rtn_b64", 2, 1, op64(func(_, x uint64) uint64 { return x })},
	{"cmpswap_b64", "cmpswap_x2", "cmpstore_b64", "cmpst_b64", 2, 2, swapIf},
	{"add_u64", "add_x2", "add_u64", "", 2, 1, op64(func(a, x uint64) uint64 { return a + x })},
	{"sub_u64", "sub_x2", "sub_u64", "", 2, 1, op64(func(a, x uint64) uint64 { return a - x })},
	{"min_i64", "smin_x2", "min_i64", "", 2, 1, op64(func(a, x uint64) uint64 { return uint64(min(int64(a), int64(x))) })},
	{"max_i64", "smax_x2", "max_i64", "", 2, 1, op64(func(a, x uint64) uint64 { return uint64(max(int64(a), int64(x))) })},
	{"min_u64", "umin_x2", "min_u64", "", 2, 1, op64(func(a, x uint64) uint64 { return min(a, x) })},
	{"max_u64", "umax_x2", "max_u64", "", 2, 1, op64(func(a, x uint64) uint64 { return max(a, x) })},
	{"and_b64", "and_x2", "and_b64", "", 2, 1, op64(func(a, x uint64) uint64 { return a & x })},
	{"or_b64", "or_x2", "or_b64", "", 2, 1, op64(func(a, x uint64) uint64 { return a | x })},
	{"xor_b64", "xor_x2", "xor_b64", "", 2, 1, op64(func(a, x uint64) uint64 { return a ^ x })},
	{"add_f64", "add_f64", "add_f64", "", 2, 1, op64(func(a, x uint64) uint64 { return u64(f64(a) + f64(x)) })},
}

func wrappingInc(a, x uint32) uint32 {
	if a >= x {
		return 0
	}
	return a + 1
}

func wrappingDec(a, x uint32) uint32 {
	if a == 0 || a > x {
		return x
	}
	return a - 1
}

// atomicRules has each operation for global memory and for LDS, with and
// without the old value as result.
func atomicRules() (list []rule) {
	seen := map[string]bool{}
	add := func(name string, build builder) {
		if !seen[name] {
			seen[name] = true
			list = append(list, rule{name: name, effect: accesses, build: build})
		}
	}
	for i := range atomicOps {
		op := &atomicOps[i]
		for _, space := range []string{"global", "flat"} {
			add(space+"_atomic_"+op.name, globalAtomic(op))
			add(space+"_atomic_"+op.gfx9, globalAtomic(op))
		}
		for _, name := range []string{op.lds, op.lds9} {
			base, typ, _ := cutLast(name)
			switch {
			case name == "":
			case strings.HasSuffix(base, "_rtn"):
				add("ds_"+name, ldsAtomic(op, true))
			default:
				add("ds_"+name, ldsAtomic(op, false))
				add("ds_"+base+"_rtn_"+typ, ldsAtomic(op, true))
			}
		}
	}
	return list
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '_')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

var _ = table("RDNA3 ISA 16.14, 16.15; CDNA3 ISA 12.15, 12.16: atomics", atomicRules()...)

// An atomicMove does an operation for each lane, one after the other.
type atomicMove struct {
	op       *atomicOp
	to       int // -1: the old value is not wanted
	data     int // the operand's first register
	compare  int // of a compare-and-swap
	position func(w *wave, h, l int) unsafe.Pointer
}

func (m *atomicMove) run(w *wave) {
	n := m.op.words
	for h := range w.halves {
		v := w.v[h]
		word := func(r, l int) uint64 {
			x := uint64(v[r][l])
			if n == 2 {
				x |= uint64(v[r+1][l]) << 32
			}
			return x
		}
		for mask := w.exec(h); mask != 0; mask &= mask - 1 {
			l := bits.TrailingZeros32(mask) & (lanes - 1)
			old := m.op.apply(m.position(w, h, l), word(m.data, l), word(m.compare, l))
			if m.to >= 0 {
				v[m.to][l] = uint32(old)
				if n == 2 {
					v[m.to+1][l] = uint32(old >> 32)
				}
			}
		}
	}
}

// apply changes memory, whoever else does at the same time.
func (op *atomicOp) apply(p unsafe.Pointer, x, compare uint64) (old uint64) {
	if op.words == 1 {
		for q := (*uint32)(p); ; {
			old := atomic.LoadUint32(q)
			if atomic.CompareAndSwapUint32(q, old, uint32(op.do(uint64(old), x, compare))) {
				return uint64(old)
			}
		}
	}
	for q := (*uint64)(p); ; {
		old := atomic.LoadUint64(q)
		if atomic.CompareAndSwapUint64(q, old, op.do(old, x, compare)) {
			return old
		}
	}
}

// globalAtomic: "global_atomic_add_u32 v[0:1], v2, off", and with the old value
// as a result in front where glc or sc0 asks for it.
func globalAtomic(op *atomicOp) builder {
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		args := in.Args
		if strings.HasPrefix(in.Name, "flat_") {
			args = append(append([]asm.Arg(nil), args...), asm.Arg{Kind: asm.Off})
		}
		m := &atomicMove{op: op, to: -1}
		returns := in.Mods.Flags["glc"] || in.Mods.Flags["sc0"]
		if returns && len(args) == 4 {
			to, err := d.destination(args[0])
			if err != nil {
				return nil, err
			}
			m.to, args = to, args[1:]
			d.onlyWritesVector(in.Args[0])
		}
		if len(args) != 3 || args[1].Kind != asm.VGPR {
			return nil, errOperands(in)
		}
		at, err := d.address(in, args[0], args[2])
		m.operands(args[1].Reg)
		near, n := d.remembers(), 4*op.words
		d.use.pending = d.moveCounter(!returns)
		m.position = func(w *wave, h, l int) unsafe.Pointer {
			addr := at.lane(w.v[h], at.base(w), l)
			b := w.buffer(near, addr, n, h*lanes+l)
			switch {
			case b.Const:
				w.fault("read only", fmt.Sprintf("an atomic operation on %s", b.Name), h*lanes+l)
			case addr%uint64(n) != 0:
				w.fault("misaligned", fmt.Sprintf("an atomic operation at %#x", addr), h*lanes+l)
			}
			if w.check != nil {
				w.check.atomic(m, b, addr, n, h, l)
				w.check.touch(b, addr, n, h*lanes+l, swaps)
			}
			return b.pointer(addr)
		}
		return m.run, err
	}
}

// operands sets where data and comparand are: side by side, the data first.
func (m *atomicMove) operands(data int) {
	m.data, m.compare = data, data
	if m.op.inputs == 2 {
		m.compare = data + m.op.words
	}
}

// ldsAtomic: "ds_add_u32 v0, v1 offset:4", "ds_add_rtn_u32 v2, v0, v1", and
// with two operands for a compare-and-swap.
func ldsAtomic(op *atomicOp, returns bool) builder {
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		args := in.Args
		m := &atomicMove{op: op, to: -1}
		if returns && len(args) > 0 {
			to, err := d.destination(args[0])
			if err != nil {
				return nil, err
			}
			m.to, args = to, args[1:]
			d.onlyWritesVector(in.Args[0])
		}
		if len(args) != 1+op.inputs || args[0].Kind != asm.VGPR || args[1].Kind != asm.VGPR {
			return nil, errOperands(in)
		}
		m.data, m.compare = args[1].Reg, args[1].Reg
		if op.inputs == 2 {
			m.compare = args[2].Reg
			if strings.HasPrefix(in.Name, "ds_cmpst_") { // the other way round
				m.data, m.compare = m.compare, m.data
			}
		}
		addr, offset, n := args[0].Reg, uint32(in.Mods.Number("offset", 0)), 4*op.words
		d.use.pending = lgkm
		m.position = func(w *wave, h, l int) unsafe.Pointer {
			at := w.v[h][addr][l] + offset
			switch {
			case uint64(at)+uint64(n) > uint64(len(w.g.lds)):
				w.fault("out of bounds", fmt.Sprintf("%d bytes at %d of %d bytes of LDS", n, at, len(w.g.lds)), h*lanes+l)
			case at%uint32(n) != 0:
				w.fault("misaligned", fmt.Sprintf("an atomic operation on LDS at %d", at), h*lanes+l)
			}
			if w.check != nil {
				w.check.atomicLDS(m, at, n, h, l)
				w.check.touchLDS(at, n, h*lanes+l, swaps)
			}
			return unsafe.Pointer(&w.g.lds[at])
		}
		return m.run, nil
	}
}

// puts tells whether an operation only writes: what it leaves does not depend on
// what was there.
func (op *atomicOp) puts() bool { return strings.HasPrefix(op.name, "swap_") }

// atomic reports operations on bytes that nobody wrote, except a swap: that
// gives them a value, and its result has the undefined bits, as a load's does.
func (c *shadow) atomic(m *atomicMove, b *Buffer, addr uint64, n, half, lane int) {
	u := b.undefined(addr, n)
	switch {
	case u == nil:
	case m.op.puts():
		c.swapped(m, u, half, lane)
	default:
		c.mustBeWritten(b, addr, n, half*lanes+lane, "an atomic operation on")
	}
}

// atomicLDS is the same for LDS.
func (c *shadow) atomicLDS(m *atomicMove, at uint32, n, half, lane int) {
	u := c.w.g.shadow.undefined[at:][:n]
	switch {
	case !anyBit(u):
	case m.op.puts():
		c.swapped(m, u, half, lane)
	default:
		c.w.fault("uninitialised", fmt.Sprintf("an atomic operation on %d bytes of LDS at %d, of which bits were never written", n, at), half*lanes+lane)
	}
}

// swapped moves undefined bits out of memory.
func (c *shadow) swapped(m *atomicMove, undefined []byte, half, lane int) {
	if m.to >= 0 {
		c.loaded(undefined, half, lane, m.to, shape{bytes: len(undefined)})
	}
	clear(undefined)
}

// onlyWritesVector says that an operand is a result.
func (d *decoder) onlyWritesVector(a asm.Arg) {
	d.use.reads = d.use.reads[a.N:]
	d.note(&d.use.writes, a)
}
