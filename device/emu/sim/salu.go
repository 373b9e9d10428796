package sim

import (
	"math/bits"
	"strings"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

// A scalarSource is an operand of a scalar instruction.
type scalarSource struct {
	reg   int // -1: value
	wide  bool
	value uint64
}

func (s *scalarSource) get(w *wave) uint64 {
	switch {
	case s.reg < 0:
		return s.value
	case s.wide:
		return w.get64(s.reg)
	}
	return uint64(w.scalar(s.reg))
}

func (d *decoder) scalarSource(a asm.Arg, t typ) (scalarSource, error) {
	switch a.Kind {
	case asm.SGPR:
		if a.Reg == asm.Null {
			return scalarSource{reg: -1}, nil
		}
		if a.Neg || a.Abs || t.bits == 64 && a.N != 2 {
			return scalarSource{}, errArg
		}
		return scalarSource{reg: a.Reg, wide: t.bits == 64}, nil
	case asm.Int, asm.Float:
		v := constant(a, t)
		if t.bits == 32 {
			v &= all
		}
		return scalarSource{reg: -1, value: v}, nil
	}
	return scalarSource{}, errArg
}

// A scalarOp computes a result and the new SCC from two operands and the old.
type scalarOp func(a, b uint64, scc uint32) (uint64, uint32)

// sop is a rule for scalar operations. The signature may be empty: then all
// operands have the type at the end of the mnemonic.
func sop(name, signature string, operands int, do scalarOp) rule {
	if signature == "" {
		signature = uniform(name, operands)
	}
	s := sig(signature)
	return rule{name: name, dsts: 1, adds: s.adds, build: func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		return d.scalarInst(in, s, do)
	}}
}

func (d *decoder) scalarInst(in *asm.Inst, s signature, do scalarOp) (func(w *wave), error) {
	args := in.Args
	if s.adds { // the result is the first operand
		args = append([]asm.Arg{args[0], args[0]}, args[1:]...)
	}
	if len(args) != 1+len(s.src) || args[0].Kind != asm.SGPR {
		return nil, errOperands(in)
	}
	var src [2]scalarSource
	src[1].reg = -1
	for i, t := range s.src {
		one, err := d.scalarSource(args[1+i], t)
		if err != nil {
			return nil, err
		}
		src[i] = one
	}
	to := written(args[0])
	d.usesSCC()
	if s.dst.bits == 64 {
		return func(w *wave) {
			x, scc := do(src[0].get(w), src[1].get(w), w.s[asm.SCC])
			w.s[asm.SCC] = scc
			w.put64(to, x)
		}, nil
	}
	return func(w *wave) {
		x, scc := do(src[0].get(w), src[1].get(w), w.s[asm.SCC])
		w.s[asm.SCC] = scc
		w.s[to] = uint32(x)
	}, nil
}

// keep, logic and arith are operations by what they do to SCC.

func keep(f func(a, b uint64) uint64) scalarOp {
	return func(a, b uint64, scc uint32) (uint64, uint32) { return f(a, b), scc }
}

// logic32 sets SCC where the result is not 0.
func logic32(f func(a, b uint32) uint32) scalarOp {
	return func(a, b uint64, _ uint32) (uint64, uint32) {
		x := f(uint32(a), uint32(b))
		return uint64(x), truth(x != 0)
	}
}

func logic64(f func(a, b uint64) uint64) scalarOp {
	return func(a, b uint64, _ uint32) (uint64, uint32) {
		x := f(a, b)
		return x, truth(x != 0)
	}
}

// both has the same logic for 32 and 64 bits.
func both(name string, operands int, f func(a, b uint64) uint64) []rule {
	return []rule{
		sop(name+"_b32", "", operands, logic32(func(a, b uint32) uint32 { return uint32(f(uint64(a), uint64(b))) })),
		sop(name+"_b64", "", operands, logic64(f)),
	}
}

func joined(lists ...[]rule) (out []rule) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

var _ = table("RDNA3 ISA 16.1 \"SOP2\", 16.3 \"SOP1\": logic", joined(
	both("s_and", 2, func(a, b uint64) uint64 { return a & b }),
	both("s_or", 2, func(a, b uint64) uint64 { return a | b }),
	both("s_xor", 2, func(a, b uint64) uint64 { return a ^ b }),
	both("s_and_not1", 2, func(a, b uint64) uint64 { return a &^ b }),
	both("s_or_not1", 2, func(a, b uint64) uint64 { return a | ^b }),
	both("s_nand", 2, func(a, b uint64) uint64 { return ^(a & b) }),
	both("s_nor", 2, func(a, b uint64) uint64 { return ^(a | b) }),
	both("s_xnor", 2, func(a, b uint64) uint64 { return ^(a ^ b) }),
	both("s_not", 1, func(a, _ uint64) uint64 { return ^a }),
	both("s_wqm", 1, func(a, _ uint64) uint64 { // quads with any lane become whole
		a |= a >> 1
		a = (a | a>>2) & 0x1111111111111111
		return a * 15
	}),
)...)

var _ = table("RDNA3 ISA 16.1 \"SOP2\"",
	sop("s_add_u32", "", 2, func(a, b uint64, _ uint32) (uint64, uint32) {
		x, c := bits.Add32(uint32(a), uint32(b), 0)
		return uint64(x), c
	}),
	sop("s_sub_u32", "", 2, func(a, b uint64, _ uint32) (uint64, uint32) {
		x, c := bits.Sub32(uint32(a), uint32(b), 0)
		return uint64(x), c
	}),
	sop("s_addc_u32", "", 2, func(a, b uint64, scc uint32) (uint64, uint32) {
		x, c := bits.Add32(uint32(a), uint32(b), scc)
		return uint64(x), c
	}),
	sop("s_subb_u32", "", 2, func(a, b uint64, scc uint32) (uint64, uint32) {
		x, c := bits.Sub32(uint32(a), uint32(b), scc)
		return uint64(x), c
	}),
	sop("s_add_i32", "", 2, addSigned), sop("s_sub_i32", "", 2, subSigned),
	sop("s_min_i32", "", 2, choose(func(a, b uint32) bool { return int32(a) < int32(b) })),
	sop("s_max_i32", "", 2, choose(func(a, b uint32) bool { return int32(a) >= int32(b) })),
	sop("s_min_u32", "", 2, choose(func(a, b uint32) bool { return a < b })),
	sop("s_max_u32", "", 2, choose(func(a, b uint32) bool { return a >= b })),
	sop("s_mul_i32", "", 2, keep(func(a, b uint64) uint64 { return a * b })),
	sop("s_mul_hi_u32", "", 2, keep(func(a, b uint64) uint64 { return a * b >> 32 })),
	sop("s_mul_hi_i32", "", 2, keep(func(a, b uint64) uint64 { return uint64(int64(int32(a)) * int64(int32(b)) >> 32) })),
	sop("s_cselect_b32", "", 2, selectSCC), sop("s_cselect_b64", "", 2, selectSCC),
	sop("s_lshl_b32", "b32=b32 u32", 2, logic32(func(a, b uint32) uint32 { return a << (b & 31) })),
	sop("s_lshr_b32", "b32=b32 u32", 2, logic32(func(a, b uint32) uint32 { return a >> (b & 31) })),
	sop("s_ashr_i32", "i32=i32 u32", 2, logic32(func(a, b uint32) uint32 { return uint32(int32(a) >> (b & 31)) })),
	sop("s_lshl_b64", "b64=b64 u32", 2, logic64(func(a, b uint64) uint64 { return a << (b & 63) })),
	sop("s_lshr_b64", "b64=b64 u32", 2, logic64(func(a, b uint64) uint64 { return a >> (b & 63) })),
	sop("s_ashr_i64", "i64=i64 u32", 2, logic64(func(a, b uint64) uint64 { return uint64(int64(a) >> (b & 63)) })),
	sop("s_bfe_u32", "u32=u32 u32", 2, logic32(func(a, b uint32) uint32 {
		return uint32(uint64(a) >> (b & 31) & (1<<min(b>>16&127, 32) - 1))
	})),
	sop("s_bfe_i32", "i32=i32 u32", 2, logic32(func(a, b uint32) uint32 {
		n := min(b>>16&127, 32)
		return uint32(int64(uint64(a)>>(b&31)<<(64-n)) >> (64 - n))
	})),
	sop("s_bfe_u64", "u64=u64 u32", 2, logic64(func(a, b uint64) uint64 {
		return a >> (b & 63) & (1<<(b>>16&127) - 1)
	})),
	sop("s_bfm_b32", "b32=u32 u32", 2, keep(func(a, b uint64) uint64 { return (1<<(a&31) - 1) << (b & 31) })),
	sop("s_bfm_b64", "b64=u32 u32", 2, keep(func(a, b uint64) uint64 { return (1<<(a&63) - 1) << (b & 63) })),
	shiftAdd(1), shiftAdd(2), shiftAdd(3), shiftAdd(4),
	sop("s_pack_ll_b32_b16", "b32=b32 b32", 2, keep(func(a, b uint64) uint64 { return a&0xffff | b<<16 })),
	sop("s_pack_lh_b32_b16", "b32=b32 b32", 2, keep(func(a, b uint64) uint64 { return a&0xffff | b&0xffff0000 })),
	sop("s_pack_hh_b32_b16", "b32=b32 b32", 2, keep(func(a, b uint64) uint64 { return a>>16 | b&0xffff0000 })),
	sop("s_pack_hl_b32_b16", "b32=b32 b32", 2, keep(func(a, b uint64) uint64 { return a>>16 | b<<16 })),
	sop("s_absdiff_i32", "", 2, logic32(func(a, b uint32) uint32 {
		if x := int32(a) - int32(b); x < 0 {
			return uint32(-x)
		}
		return a - b
	})),
)

func addSigned(a, b uint64, _ uint32) (uint64, uint32) {
	x := int64(int32(a)) + int64(int32(b))
	return uint64(x), truth(x != int64(int32(x)))
}

func subSigned(a, b uint64, _ uint32) (uint64, uint32) {
	x := int64(int32(a)) - int64(int32(b))
	return uint64(x), truth(x != int64(int32(x)))
}

// choose gives the first operand, and SCC, if it is the one.
func choose(first func(a, b uint32) bool) scalarOp {
	return func(a, b uint64, _ uint32) (uint64, uint32) {
		if first(uint32(a), uint32(b)) {
			return a, 1
		}
		return b, 0
	}
}

func selectSCC(a, b uint64, scc uint32) (uint64, uint32) {
	if scc != 0 {
		return a, scc
	}
	return b, scc
}

func shiftAdd(n int) rule {
	return sop("s_lshl"+string(rune('0'+n))+"_add_u32", "", 2, func(a, b uint64, _ uint32) (uint64, uint32) {
		x := uint64(uint32(a))<<n + uint64(uint32(b))
		return x, truth(x > all)
	})
}

var _ = table("RDNA3 ISA 16.3 \"SOP1\"",
	sop("s_mov_b32", "", 1, keep(func(a, _ uint64) uint64 { return a })),
	sop("s_mov_b64", "", 1, keep(func(a, _ uint64) uint64 { return a })),
	sop("s_brev_b32", "", 1, keep(func(a, _ uint64) uint64 { return uint64(bits.Reverse32(uint32(a))) })),
	sop("s_brev_b64", "", 1, keep(func(a, _ uint64) uint64 { return bits.Reverse64(a) })),
	sop("s_bcnt1_i32_b32", "i32=b32", 1, logic32(func(a, _ uint32) uint32 { return uint32(bits.OnesCount32(a)) })),
	sop("s_bcnt1_i32_b64", "i32=b64", 1, logic64(func(a, _ uint64) uint64 { return uint64(bits.OnesCount64(a)) })),
	sop("s_ctz_i32_b32", "i32=b32", 1, keep(func(a, _ uint64) uint64 { return uint64(trailingZeros(uint32(a))) })),
	sop("s_ctz_i32_b64", "i32=b64", 1, keep(func(a, _ uint64) uint64 {
		if a == 0 {
			return all
		}
		return uint64(bits.TrailingZeros64(a))
	})),
	sop("s_clz_i32_u32", "i32=u32", 1, keep(func(a, _ uint64) uint64 { return uint64(leadingZeros(uint32(a))) })),
	sop("s_clz_i32_u64", "i32=u64", 1, keep(func(a, _ uint64) uint64 {
		if a == 0 {
			return all
		}
		return uint64(bits.LeadingZeros64(a))
	})),
	sop("s_cls_i32", "i32=i32", 1, keep(func(a, _ uint64) uint64 { return uint64(signBits(uint32(a))) })),
	sop("s_sext_i32_i8", "i32=i32", 1, keep(func(a, _ uint64) uint64 { return uint64(int8(a)) })),
	sop("s_sext_i32_i16", "i32=i32", 1, keep(func(a, _ uint64) uint64 { return uint64(int16(a)) })),
	sop("s_abs_i32", "", 1, logic32(func(a, _ uint32) uint32 {
		if int32(a) < 0 {
			return -a
		}
		return a
	})),
	sop("s_bitset0_b32", "b32+=u32", 0, keep(func(a, b uint64) uint64 { return a &^ (1 << (b & 31)) })),
	sop("s_bitset1_b32", "b32+=u32", 0, keep(func(a, b uint64) uint64 { return a | 1<<(b&31) })),
	sop("s_cmov_b32", "b32+=b32", 0, func(a, b uint64, scc uint32) (uint64, uint32) { return selectSCC(b, a, scc) }),
	sop("s_cmov_b64", "b64+=b64", 0, func(a, b uint64, scc uint32) (uint64, uint32) { return selectSCC(b, a, scc) }),
)

var _ = table("RDNA3 ISA 16.2 \"SOPK\"",
	sop("s_movk_i32", "i32=i32", 1, keep(func(a, _ uint64) uint64 { return uint64(int16(a)) })),
	sop("s_cmovk_i32", "i32+=i32", 0, func(a, b uint64, scc uint32) (uint64, uint32) { return selectSCC(uint64(int16(b)), a, scc) }),
	sop("s_addk_i32", "i32+=i32", 0, func(a, b uint64, scc uint32) (uint64, uint32) { return addSigned(a, uint64(int16(b)), scc) }),
	sop("s_mulk_i32", "i32+=i32", 0, keep(func(a, b uint64) uint64 { return a * uint64(int16(b)) })),
)

// scalarCompares is SOPC, and of SOPK what compares.
func scalarCompares() (list []rule) {
	tests := map[string]func(less, equal bool) bool{
		"eq": func(_, e bool) bool { return e }, "lg": func(_, e bool) bool { return !e },
		"lt": func(l, _ bool) bool { return l }, "le": func(l, e bool) bool { return l || e },
		"gt": func(l, e bool) bool { return !l && !e }, "ge": func(l, _ bool) bool { return !l },
	}
	for op, holds := range tests {
		signedTest := func(a, b uint64) bool { return holds(int32(a) < int32(b), int32(a) == int32(b)) }
		unsignedTest := func(a, b uint64) bool { return holds(uint32(a) < uint32(b), uint32(a) == uint32(b)) }
		list = append(list,
			scmp("s_cmp_"+op+"_i32", "b32=i32 i32", signedTest),
			scmp("s_cmp_"+op+"_u32", "b32=u32 u32", unsignedTest),
			scmp("s_cmpk_"+op+"_i32", "b32=i32 i32", func(a, b uint64) bool { return signedTest(a, uint64(int16(b))) }),
			scmp("s_cmpk_"+op+"_u32", "b32=u32 u32", func(a, b uint64) bool { return unsignedTest(a, uint64(uint16(b))) }))
	}
	return append(list,
		scmp("s_cmp_eq_u64", "b32=u64 u64", func(a, b uint64) bool { return a == b }),
		scmp("s_cmp_lg_u64", "b32=u64 u64", func(a, b uint64) bool { return a != b }),
		scmp("s_bitcmp0_b32", "b32=b32 u32", func(a, b uint64) bool { return a>>(b&31)&1 == 0 }),
		scmp("s_bitcmp1_b32", "b32=b32 u32", func(a, b uint64) bool { return a>>(b&31)&1 != 0 }),
		scmp("s_bitcmp0_b64", "b32=b64 u32", func(a, b uint64) bool { return a>>(b&63)&1 == 0 }),
		scmp("s_bitcmp1_b64", "b32=b64 u32", func(a, b uint64) bool { return a>>(b&63)&1 != 0 }),
	)
}

func scmp(name, types string, test func(a, b uint64) bool) rule {
	s := sig(types)
	return rule{name: name, build: func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		if len(in.Args) != 2 {
			return nil, errOperands(in)
		}
		a, err := d.scalarSource(in.Args[0], s.src[0])
		if err != nil {
			return nil, err
		}
		b, err := d.scalarSource(in.Args[1], s.src[1])
		d.alsoWrites(asm.SCC, 1)
		d.use.compares = true
		return func(w *wave) { w.s[asm.SCC] = truth(test(a.get(w), b.get(w))) }, err
	}}
}

var _ = table("RDNA3 ISA 16.4 \"SOPC\"", scalarCompares()...)

// saveexec keeps EXEC and makes a new one: "s_and_saveexec_b32 s0, vcc_lo".
func saveexec(name string, f func(src, exec uint64) uint64) []rule {
	one := func(bits int) rule {
		suffix := map[int]string{32: "_b32", 64: "_b64"}[bits]
		return rule{name: name + suffix, dsts: 1, build: func(d *decoder, in *asm.Inst) (func(w *wave), error) {
			if len(in.Args) != 2 || in.Args[0].Kind != asm.SGPR {
				return nil, errOperands(in)
			}
			src, err := d.scalarSource(in.Args[1], typ{bitsKind, bits})
			to := written(in.Args[0])
			d.alsoReads(asm.Exec, bits/32)
			d.alsoWrites(asm.Exec, bits/32)
			d.alsoWrites(asm.SCC, 1)
			saves := !strings.Contains(name, "wrexec")
			if bits == 32 {
				return func(w *wave) {
					old := w.s[asm.Exec]
					x := uint32(f(src.get(w), uint64(old)))
					w.s[to], w.s[asm.Exec], w.s[asm.SCC] = old, x, truth(x != 0)
					if !saves {
						w.s[to] = x
					}
				}, err
			}
			return func(w *wave) {
				old := w.exec64()
				x := f(src.get(w), old)
				if saves {
					w.put64(to, old)
				} else {
					w.put64(to, x)
				}
				w.put64(asm.Exec, x)
				w.s[asm.SCC] = truth(x != 0)
			}, err
		}}
	}
	return []rule{one(32), one(64)}
}

var _ = table("RDNA3 ISA 16.3 \"SOP1\": EXEC", joined(
	saveexec("s_and_saveexec", func(s, e uint64) uint64 { return s & e }),
	saveexec("s_or_saveexec", func(s, e uint64) uint64 { return s | e }),
	saveexec("s_xor_saveexec", func(s, e uint64) uint64 { return s ^ e }),
	saveexec("s_nand_saveexec", func(s, e uint64) uint64 { return ^(s & e) }),
	saveexec("s_nor_saveexec", func(s, e uint64) uint64 { return ^(s | e) }),
	saveexec("s_and_not1_saveexec", func(s, e uint64) uint64 { return s &^ e }),
	saveexec("s_or_not1_saveexec", func(s, e uint64) uint64 { return s | ^e }),
	saveexec("s_and_not0_saveexec", func(s, e uint64) uint64 { return ^s & e }),
	saveexec("s_or_not0_saveexec", func(s, e uint64) uint64 { return ^s | e }),
	saveexec("s_and_not1_wrexec", func(s, e uint64) uint64 { return s &^ e }),
)...)
