package main

import (
	"bytes"
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const noSplit = attr.NOSPLIT

// stubs collects the Go declarations of the generated functions.
var stubs bytes.Buffer

// An isa is what differs between the two instruction sets where one generator
// serves both.
type isa struct {
	name  string
	lanes int // float32 in a vector
	vec   func() VecVirtual
}

var (
	avx2   = &isa{"AVX2", 8, YMM}
	avx512 = &isa{"AVX512", 16, ZMM}
)

func (s *isa) bytes() int { return 4 * s.lanes }

// half is a vector of as many 16-bit elements.
func (s *isa) half() VecVirtual {
	if s == avx512 {
		return YMM()
	}
	return XMM()
}

var labels int

// label makes a name that is new in the function.
func label(name string) string {
	labels++
	return fmt.Sprintf("%s%d", name, labels)
}

// vpdpbusd adds to each dword of acc the products of codes (u8) with the
// dword at x (s8), broadcast. avo 0.5 does not know VNNI.
func vpdpbusd(x Mem, codes, acc Op) {
	Instruction(&ir.Instruction{
		Opcode: "VPDPBUSD", Suffixes: []string{"BCST"},
		Operands: []Op{x, codes, acc}, Inputs: []Op{x, codes, acc}, Outputs: []Op{acc},
		ISA: []string{"AVX512_VNNI"},
	})
}

// zero clears v. avo would take the operands for values that are read.
func zero(v VecVirtual) VecVirtual {
	opcode := "VPXOR"
	if v.Size() == 64 {
		opcode = "VPXORD"
	}
	Instruction(&ir.Instruction{Opcode: opcode, Operands: []Op{v, v, v}, Outputs: []Op{v}})
	return v
}

// align pads so that a loop's first instruction starts a fetch line.
func align() {
	Instruction(&ir.Instruction{Opcode: "PCALIGN", Operands: []Op{Imm(64)}})
}

// at is base+offset.
func at(base Register, offset int) Mem { return Mem{Base: base, Disp: offset} }

// times repeats body count times; count is used up and may be 0 or less.
func times(name string, count Register, body func()) {
	loop, end := label(name), label(name+"End")
	SUBQ(Imm(1), count)
	JL(LabelRef(end))
	Label(loop)
	body()
	SUBQ(Imm(1), count)
	JGE(LabelRef(loop))
	Label(end)
}

// by repeats body while count >= step; what remains is left in count.
func by(name string, count Register, step int, body func()) {
	loop, end := label(name), label(name+"End")
	SUBQ(U32(step), count)
	JL(LabelRef(end))
	align()
	Label(loop)
	body()
	SUBQ(U32(step), count)
	JGE(LabelRef(loop))
	Label(end)
	ADDQ(U32(step), count)
}

func param(name string) Register { return Load(Param(name), GP64()) }

func copyOf(r Register) Register {
	c := GP64()
	MOVQ(r, c)
	return c
}

var globals = map[string]Mem{}

// words is read-only data of dwords, declared once per file.
func words(name string, values ...uint32) Mem {
	if m, ok := globals[name]; ok {
		return m
	}
	m := GLOBL(name, attr.RODATA|attr.NOPTR)
	for i, v := range values {
		DATA(4*i, U32(v))
	}
	globals[name] = m
	return m
}

// bytes16 is 16 read-only bytes.
func bytes16(name string, table [16]uint8) Mem {
	var w [4]uint32
	for i, b := range table {
		w[i/4] |= uint32(b) << (i % 4 * 8)
	}
	return words(name, w[:]...)
}

// ret returns, leaving no upper halves behind that slow SSE code down.
func ret() {
	VZEROUPPER()
	RET()
}
