package sim

import (
	"fmt"
	"math"
	"strings"

	"github.com/rocmforge/rocmforge/device/emu/asm"
	"github.com/rocmforge/rocmforge/device/emu/num"
)

// kind is how an operand's bits are seen.
type kind uint8

const (
	bitsKind kind = iota // b, u: unsigned
	signed
	float
)

// A typ is an operand's type: "f32", "u16".
type typ struct {
	kind kind
	bits int
}

// words is how many registers the type takes.
func (t typ) words() int { return (t.bits + 31) / 32 }

// A signature has the types of an instruction's result and operands. "+=" says
// that the result is an operand, too, the last one.
type signature struct {
	dst  typ
	src  []typ
	adds bool
}

// sig reads "f32=f32 u32".
func sig(s string) (out signature) {
	dst, src, _ := strings.Cut(s, "=")
	dst, out.adds = strings.CutSuffix(dst, "+")
	out.dst = parseType(dst)
	for f := range strings.FieldsSeq(src) {
		out.src = append(out.src, parseType(f))
	}
	if out.adds {
		out.src = append(out.src, out.dst)
	}
	return out
}

func parseType(s string) (t typ) {
	kinds := map[byte]kind{'b': bitsKind, 'u': bitsKind, 'i': signed, 'f': float}
	k, ok := kinds[s[0]]
	if _, err := fmt.Sscan(s[1:], &t.bits); err != nil || !ok {
		panic("no type: " + s)
	}
	t.kind = k
	return t
}

// suffixType is the type that ends a mnemonic: f32 of "v_add_f32".
func suffixType(name string) string { return name[strings.LastIndexByte(name, '_')+1:] }

// uniform is the signature of an instruction that has one type only.
func uniform(name string, operands int) string {
	t := suffixType(name)
	return t + "=" + strings.Repeat(t+" ", operands)
}

// constant gives the bits of a constant operand of a type.
func constant(a asm.Arg, t typ) uint64 {
	if a.Kind == asm.Int {
		if t.kind == float && t.bits == 64 && (a.Int > 64 || a.Int < -16) {
			return uint64(a.Int) << 32 // a literal is the upper half of a double
		}
		return uint64(a.Int)
	}
	switch t.bits {
	case 64:
		if t.kind == float {
			return math.Float64bits(a.Float)
		}
	case 16:
		return uint64(num.Narrow(float32(a.Float)))
	}
	return uint64(math.Float32bits(float32(a.Float)))
}
