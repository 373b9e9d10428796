package sim

import (
	"github.com/rocmforge/rocmforge/device/emu/asm"
	"github.com/rocmforge/rocmforge/device/emu/num"
)

var _ = table("RDNA3 ISA 7.5 \"Packed Math\", 16.10 \"VOP3P\"",
	packed("v_pk_add_f16", 2, pkFloat(func(a, b, _ float32) uint16 { return num.Narrow(a + b) })),
	packed("v_pk_mul_f16", 2, pkFloat(func(a, b, _ float32) uint16 { return num.Narrow(a * b) })),
	packed("v_pk_fma_f16", 3, pkFloat(func(a, b, c float32) uint16 { return num.FMA16(a, b, c) })),
	packed("v_pk_min_f16", 2, pkFloat(func(a, b, _ float32) uint16 { return num.Narrow(f32(minF32(u32(a), u32(b)))) })),
	packed("v_pk_max_f16", 2, pkFloat(func(a, b, _ float32) uint16 { return num.Narrow(f32(maxF32(u32(a), u32(b)))) })),
	packed("v_pk_add_u16", 2, func(a, b, _ uint16) uint16 { return a + b }),
	packed("v_pk_sub_u16", 2, func(a, b, _ uint16) uint16 { return a - b }),
	packed("v_pk_add_i16", 2, func(a, b, _ uint16) uint16 { return a + b }),
	packed("v_pk_sub_i16", 2, func(a, b, _ uint16) uint16 { return a - b }),
	packed("v_pk_mul_lo_u16", 2, func(a, b, _ uint16) uint16 { return a * b }),
	packed("v_pk_mad_u16", 3, func(a, b, c uint16) uint16 { return a*b + c }),
	packed("v_pk_mad_i16", 3, func(a, b, c uint16) uint16 { return a*b + c }),
	packed("v_pk_min_i16", 2, func(a, b, _ uint16) uint16 { return uint16(min(int16(a), int16(b))) }),
	packed("v_pk_max_i16", 2, func(a, b, _ uint16) uint16 { return uint16(max(int16(a), int16(b))) }),
	packed("v_pk_min_u16", 2, func(a, b, _ uint16) uint16 { return min(a, b) }),
	packed("v_pk_max_u16", 2, func(a, b, _ uint16) uint16 { return max(a, b) }),
	packed("v_pk_lshlrev_b16", 2, func(a, b, _ uint16) uint16 { return b << (a & 15) }),
	packed("v_pk_lshrrev_b16", 2, func(a, b, _ uint16) uint16 { return b >> (a & 15) }),
	packed("v_pk_ashrrev_i16", 2, func(a, b, _ uint16) uint16 { return uint16(int16(b) >> (a & 15)) }),
	mix("v_fma_mix_f32", "f32"), mix("v_fma_mixlo_f16", "f16"), mix("v_fma_mixhi_f16", "f16"),
	dot("v_dot2_f32_f16", dot2),
	dot("v_dot2_f32_bf16", dot2b),
	dotSigned("v_dot4_i32_iu8", 8), dotSigned("v_dot8_i32_iu4", 4),
	dot("v_dot4_u32_u8", func(a, b, c uint32) uint32 { return dotInt(a, b, c, 8, false, false) }),
	dot("v_dot8_u32_u4", func(a, b, c uint32) uint32 { return dotInt(a, b, c, 4, false, false) }),
	dot("v_dot4_i32_i8", func(a, b, c uint32) uint32 { return dotInt(a, b, c, 8, true, true) }),
	dot("v_dot8_i32_i4", func(a, b, c uint32) uint32 { return dotInt(a, b, c, 4, true, true) }),
)

func pkFloat(f func(a, b, c float32) uint16) func(a, b, c uint16) uint16 {
	return func(a, b, c uint16) uint16 { return f(num.Widen(a), num.Widen(b), num.Widen(c)) }
}

// packed computes with the two halves of each lane. op_sel says which half of
// an operand the lower result takes, op_sel_hi which one the upper.
func packed(name string, operands int, do func(a, b, c uint16) uint16) rule {
	types := sig(uniform("_b32", operands))
	float := suffixType(name) == "f16"
	return rule{name: name, dsts: 1, build: func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		v, err := d.vector(&asm.Inst{Text: in.Text}, halfConstants(in.Args, float), types, func(d, a, b, c *row) {
			for i := range d {
				var z uint32
				if c != nil {
					z = c[i]
				}
				d[i] = uint32(do(uint16(a[i]), uint16(b[i]), uint16(z))) | uint32(do(uint16(a[i]>>16), uint16(b[i]>>16), uint16(z>>16)))<<16
			}
		})
		if err != nil {
			return nil, err
		}
		for i := range operands {
			v.src[i].rechange(halves(&in.Mods, i, float))
		}
		if in.Mods.Flags["clamp"] {
			return nil, errArg
		}
		return v.run, nil
	}}
}

// halfConstants makes floating-point constants half floats.
func halfConstants(args []asm.Arg, float bool) []asm.Arg {
	out := append([]asm.Arg(nil), args...)
	for i, a := range out {
		if a.Kind == asm.Float && float {
			out[i] = asm.Arg{Kind: asm.Int, Int: int64(num.Narrow(float32(a.Float)))}
		}
	}
	return out
}

// rechange adds a change behind those that there are.
func (s *source) rechange(f func(d, s *row)) {
	if f == nil {
		return
	}
	if s.from == fromValue {
		f(&s.value[0], &s.value[0])
		return
	}
	if first := s.change; first != nil {
		s.change = func(d, s *row) {
			first(d, s)
			f(d, d)
		}
		return
	}
	s.change = f
}

// halves picks the halves of a packed operand and negates them.
func halves(m *asm.Mods, i int, float bool) func(d, s *row) {
	low, high := 16*truth(m.Bit("op_sel", i, 0)), 16*truth(m.Bit("op_sel_hi", i, 1))
	flip := uint32(0)
	if float {
		flip = truth(m.Bit("neg_lo", i, 0))<<15 | truth(m.Bit("neg_hi", i, 0))<<31
	}
	if low == 0 && high == 16 && flip == 0 {
		return nil
	}
	return func(d, s *row) {
		for i := range d {
			d[i] = (s[i]>>low&0xffff | s[i]>>high<<16) ^ flip
		}
	}
}

// mix is an FMA of float32 and half floats: op_sel_hi says that an operand is
// a half float, op_sel which half of the register it is in.
func mix(name, result string) rule {
	types := sig(result + "=f32 f32 f32")
	types.dst.bits = 32
	narrow := result == "f16"
	return rule{name: name, dsts: 1, adds: narrow, build: func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		if len(in.Args) != 4 {
			return nil, errOperands(in)
		}
		v, err := d.vector(&asm.Inst{Text: in.Text, Mods: asm.Mods{Flags: in.Mods.Flags}}, append([]asm.Arg{in.Args[0]}, plain(in.Args[1:])...), types, fmaF32)
		if err != nil {
			return nil, err
		}
		for i, a := range in.Args[1:] {
			if in.Mods.Bit("op_sel_hi", i, 0) {
				if a.Kind == asm.Float {
					v.src[i] = valued(source{words: 1}, uint64(num.Narrow(float32(a.Float))), typ{float, 32})
				}
				v.src[i].rechange(widening(float, in.Mods.Bit("op_sel", i, 0)))
			}
			v.src[i].rechange(changes(a, typ{float, 32}, false))
		}
		if narrow {
			v.do = mixNarrow
			v.half, v.high = true, in.Name == "v_fma_mixhi_f16"
		}
		return v.run, nil
	}}
}

// mixNarrow rounds the exact sum once.
func mixNarrow(d, a, b, c *row) {
	for i := range d {
		d[i] = uint32(num.FMA16(f32(a[i]), f32(b[i]), f32(c[i])))
	}
}

// plain drops the signs of operands.
func plain(args []asm.Arg) []asm.Arg {
	out := append([]asm.Arg(nil), args...)
	for i := range out {
		out[i].Neg, out[i].Abs = false, false
	}
	return out
}

// dot is a product of short vectors plus a number.
func dot(name string, do func(a, b, c uint32) uint32) rule {
	return op3s(name, "b32=b32 b32 b32", each3(do))
}

// dotSigned has operands that are signed where neg_lo says so.
func dotSigned(name string, bits int) rule {
	types := sig("b32=b32 b32 b32")
	return rule{name: name, dsts: 1, build: func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		sa, sb := in.Mods.Bit("neg_lo", 0, 0), in.Mods.Bit("neg_lo", 1, 0)
		if in.Mods.Flags["clamp"] {
			return nil, errArg
		}
		do := each3(func(a, b, c uint32) uint32 { return dotInt(a, b, c, bits, sa, sb) })
		if bits == 8 && sa && sb {
			do = dot4Signed
		}
		v, err := d.vector(&asm.Inst{Text: in.Text}, in.Args, types, do)
		if err != nil {
			return nil, err
		}
		return v.run, nil
	}}
}

func dot4Signed(d, a, b, c *row) {
	for i := range d {
		x, y := a[i], b[i]
		d[i] = c[i] + uint32(int32(int8(x))*int32(int8(y))+int32(int8(x>>8))*int32(int8(y>>8))+
			int32(int8(x>>16))*int32(int8(y>>16))+int32(int8(x>>24))*int32(int8(y>>24)))
	}
}

func dotInt(a, b, c uint32, bits int, signedA, signedB bool) uint32 {
	for i := 0; i < 32; i += bits {
		c += uint32(field(a, i, bits, signedA) * field(b, i, bits, signedB))
	}
	return c
}

// field is some bits of a word as a number.
func field(x uint32, at, bits int, signed bool) int32 {
	x = x >> at << (32 - bits)
	if signed {
		return int32(x) >> (32 - bits)
	}
	return int32(x >> (32 - bits))
}

// dot2 adds two products of half floats, in float32, rounded once at the end.
func dot2(a, b, c uint32) uint32 {
	s := float64(num.Widen(uint16(a)))*float64(num.Widen(uint16(b))) +
		float64(num.Widen(uint16(a>>16)))*float64(num.Widen(uint16(b>>16)))
	return u32(float32(s + float64(f32(c))))
}

func dot2b(a, b, c uint32) uint32 {
	s := float64(num.WidenB(uint16(a)))*float64(num.WidenB(uint16(b))) +
		float64(num.WidenB(uint16(a>>16)))*float64(num.WidenB(uint16(b>>16)))
	return u32(float32(s + float64(f32(c))))
}
