package main

import (
	"fmt"
	"math"
	"strings"
)

// An array is a slice argument: float32, or F16 as uint16.
type array struct {
	name string
	size int // bytes of an element
	at   R   // where it is read or written; at the next elements of a loop
}

func f32(name string) *array { return &array{name: name, size: 4} }
func f16(name string) *array { return &array{name: name, size: 2} }

// A loop is a function over arrays of one length. The registers of vectors
// from constant on keep what the loop needs throughout.
type loop struct {
	*program
	arrays []*array
	result int // its offset
}

const (
	length R = 10
	float  R = 11 // for constants

	constant V = 16
)

// vector begins a function of arrays, then perhaps a float32, which fills
// V31, and perhaps a float32 result.
func (p *program) vector(name, doc string, arrays []*array, scalar string, result bool) *loop {
	l := &loop{p, arrays, 24 * len(arrays)}
	var params []string
	for _, a := range arrays {
		params = append(params, fmt.Sprintf("%s []%s", a.name, map[int]string{2: "uint16", 4: "float32"}[a.size]))
	}
	bytes := l.result
	if scalar != "" {
		params = append(params, scalar+" float32")
		bytes += 4
		l.result += 8
	}
	signature := "(" + strings.Join(params, ", ") + ")"
	if result {
		signature += " float32"
		bytes = l.result + 4
	}
	p.function(name+"NEON", signature, "is Kernels."+doc+".", bytes)
	for i, a := range arrays {
		a.at = R(i)
		p.op("MOVD %s_base+%d(FP), %v", a.name, 24*i, a.at)
	}
	p.op("MOVD %s_len+8(FP), %v", arrays[0].name, length)
	if scalar != "" {
		p.op("FMOVS %s+%d(FP), F31", scalar, 24*len(arrays))
		p.dup(31, 31)
	}
	return l
}

// A step is one vector of a loop: of four lanes, or of one at the end.
type step struct {
	*program
	lanes, u int
}

// each runs body over the arrays: unroll vectors at a time, then single ones,
// then single elements. A body may use V0 .. V15, and tells vectors apart by u.
func (l *loop) each(unroll int, body func(s *step)) {
	counts := []step{{l.program, 4, unroll}, {l.program, 4, 1}, {l.program, 1, 1}}
	if unroll == 1 {
		counts = counts[1:]
	}
	for _, c := range counts {
		l.by("loop", length, c.lanes*c.u, func() {
			for u := range c.u {
				body(&step{l.program, c.lanes, u})
			}
			for _, a := range l.arrays {
				l.advance(a.at, c.lanes*c.u*a.size)
			}
		})
	}
}

// load reads floats; a single one leaves the other lanes 0.
func (s *step) load(a *array, v V) {
	bytes := s.lanes * a.size
	if bytes == 2 {
		s.ldrH(v, a.at)
	} else {
		s.program.load(bytes, a.at, s.u*bytes, v)
	}
	if a.size == 2 {
		s.fcvtl(v, v)
	}
}

// store writes floats; for F16, v is used up.
func (s *step) store(v V, a *array) {
	bytes := s.lanes * a.size
	if a.size == 2 {
		s.fcvtn(v, v)
	}
	if bytes == 2 {
		s.strH(v, a.at)
	} else {
		s.program.store(bytes, v, a.at, s.u*bytes)
	}
}

// set fills v with a float, which R11 carries.
func (p *program) set(v V, f float64) { p.setBits(v, math.Float32bits(float32(f))) }

func (p *program) setBits(v V, bits uint32) {
	p.op("MOVW $%#x, %v", bits, float)
	p.dupR(v, float)
}

// returnSum returns the sum of all lanes of count vectors from v on.
func (l *loop) returnSum(v V, count int) {
	joinSums(l.program, v, count, 1)
	l.faddp(v, v, v)
	l.faddp(v, v, v)
	l.returnFloat(v)
}

func (l *loop) returnFloat(v V) {
	l.op("FMOVS F%d, ret+%d(FP)", v, l.result)
	l.ret()
}

func vectorKernels(p *program) {
	reductions(p)
	elementwise(p)
	conversions(p)
	activations(p)
	quantizeQ8(p)
	transpose4(p)
}
