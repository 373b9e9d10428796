package sim

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/device/emu/object"
)

var (
	gfx1100 = Arch{"gfx1100", 32}
	gfx950  = Arch{"gfx950", 64}
)

// A bench is one wave with a program of its own.
type bench struct {
	*wave
	memory *Memory
	t      *testing.T
}

// newBench decodes lines of assembly. Registers of all numbers are there, and
// known to the checker as defined.
func newBench(t *testing.T, a Arch, lines string) *bench {
	t.Helper()
	var text []Line
	for i, s := range append(strings.Split(strings.TrimSpace(lines), "\n"), "s_endpgm") {
		text = append(text, Line{uint64(8 * i), strings.TrimSpace(s)})
	}
	k := &object.Kernel{Name: "test", Size: uint64(8 * len(text))}
	k.Descriptor.Rsrc1 = 0xf0 << 12
	k.Descriptor.LDS = 1024
	p, err := Decode(a, k, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.vgprs, p.agprs = 256, 256
	l := &Launch{Program: p, Memory: &Memory{}, Groups: [3]int{1, 1, 1}, Block: [3]int{a.Wave, 1, 1}, Check: true}
	run, err := l.prepare()
	if err != nil {
		t.Fatal(err)
	}
	g := newGroup(run)
	g.scribble()
	w := g.waves[0]
	w.start()
	for r := range rows - 1 {
		w.check.defined(vplace(r))
	}
	for r := range scalars {
		w.check.defined(splace(r))
	}
	return &bench{w, l.Memory, t}
}

// lane and set are a lane of a vector register.
func (b *bench) lane(r, l int) uint32 { return b.wave.lane(r, l) }

func (b *bench) set(r, l int, v uint32) { b.v[l/lanes][r][l%lanes] = v }

// buffer adds memory that the wave can use.
func (b *bench) buffer(data []byte) *Buffer {
	m := b.memory.Add("test", data)
	b.g.launch.live = b.memory.live
	return m
}

// run executes the program; its fault, if any, is the result.
func (b *bench) run() (fault *Fault) {
	defer func() {
		if r := recover(); r != nil {
			f, ok := r.(*Fault)
			if !ok {
				panic(r)
			}
			fault = f
		}
	}()
	b.wave.run()
	b.note()
	return nil
}

func (b *bench) mustRun() {
	b.t.Helper()
	if f := b.run(); f != nil {
		b.t.Fatal(f)
	}
}

// edges are numbers at which something changes, as integers and as float32.
var edges = []uint32{
	0, 1, 2, 31, 32, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0x80000001, 0xffffffff,
	0x3f800000, 0xbf800000, 0x3f000000, 0x40000000, 0x3effffff, 0x3f7fffff, 0x4b000000, 0x4b7fffff, 0x4effffff, 0x4f000000, 0x4f7fffff, 0xcf000001,
	0x00800000, 0x007fffff, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0xffc12345,
	0x3c003c00, 0x7c00fc00, 0x7e007bff, 0x00018001, 0x42280000, 0xc2fc0000, 0x43160000,
}

// operands fills registers of all lanes with edges and random numbers.
func (b *bench) operands(r *rand.Rand, regs ...int) {
	for _, reg := range regs {
		for l := range b.halves * lanes {
			v := r.Uint32()
			switch r.IntN(4) {
			case 0:
				v = edges[r.IntN(len(edges))]
			case 1:
				v = 0x3f800000 + r.Uint32N(0x2000000) - 0x1000000 // floats of moderate size
			}
			b.set(reg, l, v)
		}
	}
}
