package sim

import (
	"strings"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

// A laneTest computes a mask of lanes.
type laneTest func(a, b *row) uint32

// ordered are comparisons by the operator in the middle of the mnemonic.
func ordered[T number](op string) laneTest {
	switch op {
	case "lt":
		return func(a, b *row) (m uint32) {
			x, y := as[T](a), as[T](b)
			for i := range x {
				if x[i] < y[i] {
					m |= 1 << i
				}
			}
			return m
		}
	case "eq":
		return func(a, b *row) (m uint32) {
			x, y := as[T](a), as[T](b)
			for i := range x {
				if x[i] == y[i] {
					m |= 1 << i
				}
			}
			return m
		}
	case "le":
		return func(a, b *row) (m uint32) {
			x, y := as[T](a), as[T](b)
			for i := range x {
				if x[i] <= y[i] {
					m |= 1 << i
				}
			}
			return m
		}
	case "gt":
		lt := ordered[T]("lt")
		return func(a, b *row) uint32 { return lt(b, a) }
	case "ge":
		le := ordered[T]("le")
		return func(a, b *row) uint32 { return le(b, a) }
	}
	return nil
}

// tests of floats that are the opposites of others, so that they hold where an
// operand is a NaN.
var opposites = map[string]string{"nge": "ge", "nlg": "lg", "ngt": "gt", "nle": "le", "neq": "eq", "nlt": "lt", "u": "o"}

func floatTest(op string) laneTest {
	if base, ok := opposites[op]; ok {
		t := floatTest(base)
		return func(a, b *row) uint32 { return ^t(a, b) }
	}
	eq, lt := ordered[float32]("eq"), ordered[float32]("lt")
	switch op {
	case "lg":
		return func(a, b *row) uint32 { return lt(a, b) | lt(b, a) }
	case "o":
		return func(a, b *row) uint32 { return eq(a, a) & eq(b, b) }
	}
	return ordered[float32](op)
}

func intTest[T number](op string) laneTest {
	if op == "ne" || op == "lg" {
		eq := ordered[T]("eq")
		return func(a, b *row) uint32 { return ^eq(a, b) }
	}
	return ordered[T](op)
}

// wideTest compares 64 bits by a number for each outcome.
func wideTest(op string, compare func(a, b uint64) (less, equal, unordered bool)) laneTest {
	if base, ok := opposites[op]; ok {
		t := wideTest(base, compare)
		return func(a, b *row) uint32 { return ^t(a, b) }
	}
	holds := map[string]func(less, equal, unordered bool) bool{
		"lt": func(l, _, _ bool) bool { return l }, "eq": func(_, e, _ bool) bool { return e },
		"le": func(l, e, _ bool) bool { return l || e }, "gt": func(l, e, u bool) bool { return !l && !e && !u },
		"ge": func(l, _, u bool) bool { return !l && !u }, "ne": func(_, e, _ bool) bool { return !e },
		"lg": func(_, e, u bool) bool { return !e && !u }, "o": func(_, _, u bool) bool { return !u },
	}[op]
	return func(a, b *row) (m uint32) {
		for i := range lanes {
			m |= truth(holds(compare(pair(a).get(i), pair(b).get(i)))) << i
		}
		return m
	}
}

func constTest(m uint32) laneTest { return func(_, _ *row) uint32 { return m } }

// testOf is the test of a mnemonic such as "v_cmp_ngt_f32".
func testOf(op, typ string) laneTest {
	switch {
	case op == "t" || op == "tru":
		return constTest(all)
	case op == "f":
		return constTest(0)
	}
	switch typ {
	case "f32", "f16":
		return floatTest(op)
	case "i32", "i16":
		return intTest[int32](op)
	case "u32", "u16":
		return intTest[uint32](op)
	case "i64":
		return wideTest(op, func(a, b uint64) (bool, bool, bool) { return int64(a) < int64(b), a == b, false })
	case "u64":
		return wideTest(op, func(a, b uint64) (bool, bool, bool) { return a < b, a == b, false })
	}
	return wideTest(op, func(a, b uint64) (bool, bool, bool) {
		x, y := f64(a), f64(b)
		return x < y, x == y, x != x || y != y
	})
}

func classF32(a, b *row) (m uint32) {
	for i := range a {
		m |= truth(class(a[i])&b[i] != 0) << i
	}
	return m
}

// compares is the table of VOPC: every operator with every type.
func compares() (list []rule) {
	floats := "f lt eq le gt lg ge o u nge nlg ngt nle neq nlt t tru"
	ints := "f lt eq le gt ne lg ge t"
	for typ, ops := range map[string]string{
		"f32": floats, "f16": floats, "f64": floats,
		"i32": ints, "u32": ints, "i16": ints, "u16": ints, "i64": ints, "u64": ints,
	} {
		for op := range strings.FieldsSeq(ops) {
			list = append(list, compare(op+"_"+typ, typ+"="+typ+" "+typ, testOf(op, typ))...)
		}
	}
	return append(list, compare("class_f32", "b32=f32 b32", classF32)...)
}

func compare(name, types string, test laneTest) []rule {
	s := sig(types)
	return []rule{
		{name: "v_cmp_" + name, dsts: 1, build: compareBuilder(s, test, false)},
		{name: "v_cmpx_" + name, build: compareBuilder(s, test, true)},
	}
}

// compareBuilder: "v_cmp_lt_f32 vcc_lo, v1, v2"; v_cmpx writes EXEC, and has
// no result in its text except on gfx9, where it writes both.
func compareBuilder(s signature, test laneTest, x bool) builder {
	s.dst = typ{bitsKind, 32} // there is none in vector registers
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		args, out := in.Args, -1
		if len(args) == 3 {
			if args[0].Kind != asm.SGPR {
				return nil, errOperands(in)
			}
			out, args = written(args[0]), args[1:]
			d.onlyWrites(in.Args[0])
		}
		if len(args) != 2 || out < 0 && !x {
			return nil, errOperands(in)
		}
		v, err := d.vector(&asm.Inst{Text: in.Text, Mods: in.Mods}, append([]asm.Arg{{N: 1}}, args...), s, nil)
		if err != nil {
			return nil, err
		}
		v.after = nil
		if in.Encoding == asm.SDWA {
			if err := d.sdwa(v, &asm.Inst{Args: append([]asm.Arg{{N: 1}}, args...), Mods: in.Mods}); err != nil {
				return nil, err
			}
		}
		d.use.compares = in.Encoding != asm.SDWA
		for _, a := range args {
			if s.src[0].bits == 16 && a.Kind == asm.VGPR && a.Half == asm.Whole {
				d.onlyHalf(a.Reg, false)
			}
		}
		if x {
			d.alsoWrites(asm.Exec, d.maskWords())
		}
		return func(w *wave) {
			var m [2]uint32
			for h := range w.halves {
				if exec := w.s[asm.Exec+h]; exec != 0 {
					a, b := v.src[0].rows(w, h, 0), v.src[1].rows(w, h, 1)
					m[h] = test(a, b) & exec
				}
			}
			if out >= 0 {
				w.putMask(out, m)
			}
			if x {
				w.putMask(asm.Exec, m)
			}
		}, nil
	}
}

var _ = table("RDNA3 ISA 16.9 \"VOPC\"", compares()...)
