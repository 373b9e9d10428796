package main

import (
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func vectorKernels(s *isa) {
	s.dots()
	s.elementwise()
	s.activations()
	s.conversions()
	s.quantizeQ8()
	if s == avx2 {
		transpose8()
	}
}

// An array is one of the slices that a loop walks.
type array struct {
	name string
	size int // bytes of an element: 4, or 2 for F16
	base Register
}

func f32(name string) *array { return &array{name: name, size: 4} }
func f16(name string) *array { return &array{name: name, size: 2} }

// A step is one vector's worth of a loop: all lanes, or the rest of them
// under a mask.
type step struct {
	*isa
	mask   Op // nil for all lanes
	offset int
}

// each walks n = len(arrays[0]) elements, unroll vectors at a time while that
// goes. Without 16-bit masks (AVX2), loops over F16 leave n%8 elements to
// their caller.
func (s *isa) each(unroll int, arrays []*array, body func(u int, at *step)) {
	half := false
	for _, a := range arrays {
		a.base = Load(Param(a.name).Base(), GP64())
		half = half || a.size == 2
	}
	n := Load(Param(arrays[0].name).Len(), GP64())
	for _, vectors := range []int{unroll, 1} {
		by("vectors", n, vectors*s.lanes, func() {
			for u := range vectors {
				body(u, &step{isa: s, offset: u * s.lanes})
			}
			for _, a := range arrays {
				ADDQ(U32(vectors*s.lanes*a.size), a.base)
			}
		})
		if unroll == 1 {
			break
		}
	}
	if half && s == avx2 {
		return
	}
	done := label("done")
	TESTQ(n, n)
	JZ(LabelRef(done))
	body(0, &step{isa: s, mask: s.tailMask(n)})
	Label(done)
}

// tailMask selects the first n lanes, 0 < n < s.lanes.
func (s *isa) tailMask(n Register) Op {
	if s == avx512 {
		bits, mask := GP32(), K()
		MOVL(I32(-1), bits)
		BZHIL(n.(GPVirtual).As32(), bits, bits)
		KMOVW(bits, mask)
		return mask
	}
	var table [16]uint32
	for i := range 8 {
		table[i] = math.MaxUint32
	}
	base, mask := GP64(), YMM()
	LEAQ(words("tail", table[:]...).Offset(32), base)
	SHLQ(Imm(2), n)
	SUBQ(n, base)
	VMOVDQU(Mem{Base: base}, mask)
	return mask
}

func (t *step) mem(a *array) Mem { return at(a.base, t.offset*a.size) }

// load reads floats; lanes outside the mask are 0.
func (t *step) load(a *array) VecVirtual {
	v := t.vec()
	switch {
	case a.size == 2:
		t.loadF16(a, v)
	case t.mask == nil:
		VMOVUPS(t.mem(a), v)
	case t.isa == avx512:
		VMOVUPS_Z(t.mem(a), t.mask, v)
	default:
		VMASKMOVPS(t.mem(a), t.mask, v)
	}
	return v
}

func (t *step) loadF16(a *array, v VecVirtual) {
	if t.mask == nil {
		VCVTPH2PS(t.mem(a), v)
		return
	}
	bits := YMM()
	VMOVDQU16_Z(t.mem(a), t.mask, bits)
	VCVTPH2PS(bits, v)
}

func (t *step) store(v VecVirtual, a *array) {
	switch {
	case a.size == 2:
		t.storeF16(v, a)
	case t.mask == nil:
		VMOVUPS(v, t.mem(a))
	default:
		if t.isa == avx512 {
			VMOVUPS(v, t.mask, t.mem(a))
		} else {
			VMASKMOVPS(v, t.mask, t.mem(a))
		}
	}
}

func (t *step) storeF16(v VecVirtual, a *array) {
	bits := t.half()
	const nearestEven = 0
	VCVTPS2PH(Imm(nearestEven), v, bits)
	if t.mask == nil {
		VMOVDQU(bits, t.mem(a))
	} else {
		VMOVDQU16(bits, t.mask, t.mem(a))
	}
}

// orElse gives v with the lanes outside the mask from other.
func (t *step) orElse(v, other VecVirtual) VecVirtual {
	if t.mask == nil {
		return v
	}
	to := t.vec()
	if t.isa == avx512 {
		VBLENDMPS(v, other, t.mask, to)
	} else {
		VBLENDVPS(t.mask, v, other, to)
	}
	return to
}

// constant is a float32 in 16 lanes of read-only memory.
func constant(name string, f float64) Mem {
	return constantBits(name, math.Float32bits(float32(f)))
}

func constantBits(name string, bits uint32) Mem {
	if m, ok := globals[name]; ok {
		return m
	}
	m := GLOBL(name, attr.RODATA|attr.NOPTR)
	for i := range 16 {
		DATA(4*i, U32(bits))
	}
	globals[name] = m
	return m
}

// argument broadcasts a float32 parameter.
func (s *isa) argument(name string) VecVirtual {
	v := s.vec()
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSS(p.Addr, v)
	return v
}

// fold reduces a vector to its lane 0.
func (s *isa) fold(v VecVirtual, op func(a, b, dst Op)) VecVirtual {
	if s == avx512 {
		high := YMM()
		VEXTRACTF64X4(Imm(1), v, high)
		op(high, v.AsY(), v.AsY())
	}
	x, high := v.AsX(), XMM()
	VEXTRACTF128(Imm(1), v.AsY(), high)
	op(high, x, x)
	for _, order := range []uint64{0x4e, 0xb1} { // swap pairs, then neighbours
		VPERMILPS(Imm(order), x, high)
		op(high, x, x)
	}
	return v
}

func addPS(a, b, dst Op) { VADDPS(a, b, dst) }
func maxPS(a, b, dst Op) { VMAXPS(a, b, dst) }
func maxUD(a, b, dst Op) { VPMAXUD(a, b, dst) }

// sums are a reduction's partial sums.
func (s *isa) sums(count int) []VecVirtual {
	v := make([]VecVirtual, count)
	for i := range v {
		v[i] = zero(s.vec())
	}
	return v
}

func (s *isa) returnSum(sums []VecVirtual) {
	for n := len(sums); n > 1; n /= 2 {
		for i := range n / 2 {
			VADDPS(sums[i+n/2], sums[i], sums[i])
		}
	}
	Store(s.fold(sums[0], addPS).AsX(), ReturnIndex(0))
	ret()
}
