package sim

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/rocmforge/rocmforge/device/emu/asm"
	"github.com/rocmforge/rocmforge/device/emu/object"
)

// A Program is a kernel, decoded.
type Program struct {
	Kernel  *object.Kernel
	Ops     []string // the mnemonics that occur
	Missing []string // texts of instructions that are not implemented

	arch   Arch
	insts  []inst
	lines  *object.Lines
	memory int // how many instructions remember a buffer
	vgprs  int // vector registers, as far as any is named
	agprs  int
	spare  bool           // the spare row is used
	calls  bool           // it calls functions
	at     map[uint64]int // index of each address
}

// place is the source line of an address and those that call it. Lines of the
// compiler's own headers, which have absolute names, are no help.
func (p *Program) place(addr uint64) (source string, callers []string) {
	if p.lines == nil {
		return "", nil
	}
	for _, l := range p.lines.At(addr) {
		switch {
		case filepath.IsAbs(l.File):
		case source == "":
			source = l.String()
		default:
			callers = append(callers, l.String())
		}
	}
	return source, callers
}

// rows is how many rows a wave needs.
func (p *Program) rows() int {
	switch {
	case p.spare:
		return rows
	case p.agprs > 0:
		return agprs + p.agprs
	}
	return max(p.vgprs, 1)
}

// named gives the parts of the rows that the program can touch.
func (p *Program) named(v []row) (vector, accumulation []row) {
	return v[:max(p.vgprs, 1)], v[min(agprs, len(v)):min(agprs+p.agprs, len(v))]
}

// An Arch is a GPU whose code is executed.
type Arch struct {
	Name string
	Wave int // lanes
}

// gfx9 has the ways of GCN and CDNA: names, counters, results of 16 bits.
func (a Arch) gfx9() bool { return a.Wave == 64 }

// A Line is one instruction's text, as the disassembler gives it.
type Line struct {
	Addr uint64
	Text string
}

// Decode makes a program of the disassembly of a kernel, and behind it that of
// the functions that it may call. Instructions that are not implemented are no
// error until they are executed.
func Decode(arch Arch, k *object.Kernel, text []Line, lines *object.Lines) (*Program, error) {
	p := &Program{Kernel: k, arch: arch, lines: lines}
	p.at = make(map[uint64]int, len(text))
	d := &decoder{p: p, gfx9: arch.gfx9(), wave: arch.Wave, ops: map[string]int{}}
	for i, l := range text {
		p.at[l.Addr] = i
	}
	if i, ok := p.at[k.Entry]; !ok || i != 0 {
		return nil, fmt.Errorf("kernel %s: its disassembly does not begin at its entry", k.Name)
	}
	list := make([]asm.Inst, len(text))
	for i, l := range text {
		in, err := asm.Parse(l.Addr, l.Text)
		if err != nil {
			return nil, err
		}
		list[i] = in
	}
	d.guesses = guesses(list)
	for i := range list {
		d.index = i
		p.insts = append(p.insts, d.inst(&list[i]))
	}
	p.insts = append(p.insts, d.beyond())
	return p, nil
}

// decoder is what building instructions needs.
type decoder struct {
	p       *Program
	gfx9    bool
	wave    int
	ops     map[string]int
	index   int
	guesses map[uint64]bool

	use use // of the instruction at hand
}

// inst builds one instruction.
func (d *decoder) inst(in *asm.Inst) inst {
	d.use = use{}
	var run func(w *wave)
	var err error
	if in.Second != nil {
		run, err = d.dual(in)
	} else {
		run, err = d.one(in)
	}
	if err != nil {
		why := err.Error()
		d.p.Missing = append(d.p.Missing, in.Text)
		run = func(w *wave) { w.fault("not implemented", why, -1) }
		d.use = use{effect: controls}
	}
	ops := [2]int{d.op(in.Name), d.op(in.Name)}
	if in.Second != nil {
		ops[1] = d.op(in.Second.Name)
	}
	return inst{run: run, addr: in.Addr, text: in.Text, ops: ops, use: d.use}
}

// one builds an instruction that is issued alone.
func (d *decoder) one(in *asm.Inst) (func(w *wave), error) {
	r := rules[in.Name]
	if r == nil {
		return nil, fmt.Errorf("the instruction %s", in.Name)
	}
	d.use.effect, d.use.crosses = r.effect, r.crosses || in.Encoding == asm.DPP
	d.registers(in, r)
	return r.build(d, in)
}

// registers notes what an instruction reads and writes, as its text says.
func (d *decoder) registers(in *asm.Inst, r *rule) {
	for i, a := range in.Args {
		list := &d.use.reads
		if i < r.dsts {
			list = &d.use.writes
		}
		d.note(list, a)
		if i < r.dsts && (r.adds || d.partial(in, a)) {
			d.note(&d.use.reads, a)
		}
	}
}

// partial tells whether part of a result's register stays as it was.
func (d *decoder) partial(in *asm.Inst, a asm.Arg) bool {
	return a.Half != asm.Whole || in.Mods.Words["dst_unused"] == "UNUSED_PRESERVE" ||
		in.Encoding == asm.DPP && in.Mods.Number("bound_ctrl", 0) == 0
}

func (d *decoder) note(list *[]ref, a asm.Arg) {
	halves := map[asm.Half]uint8{asm.Whole: bothHalves, asm.Low: lowerHalf, asm.High: upperHalf}[a.Half]
	for i := range a.N {
		switch a.Kind {
		case asm.VGPR:
			*list = append(*list, ref{vplace(a.Reg + i), halves})
		case asm.AGPR:
			*list = append(*list, ref{vplace(agprs + a.Reg + i), halves})
		case asm.SGPR:
			if a.Reg != asm.Null {
				*list = append(*list, ref{splace(a.Reg + i), bothHalves})
			}
		}
	}
	switch a.Kind {
	case asm.VGPR:
		d.p.vgprs = max(d.p.vgprs, a.Reg+a.N)
	case asm.AGPR:
		d.p.agprs = max(d.p.agprs, a.Reg+a.N)
	}
}

// alsoReads notes scalar registers that the text does not name.
func (d *decoder) alsoReads(r, n int) {
	for i := range n {
		d.use.reads = append(d.use.reads, ref{splace(r + i), bothHalves})
	}
}

func (d *decoder) alsoWrites(r, n int) {
	for i := range n {
		d.use.writes = append(d.use.writes, ref{splace(r + i), bothHalves})
	}
}

// onlyWrites says that an operand is a result after all.
func (d *decoder) onlyWrites(a asm.Arg) {
	for i := range a.N {
		p := splace(a.Reg + i)
		d.use.reads = slices.DeleteFunc(d.use.reads, func(r ref) bool { return r.place == p })
		if !has(d.use.writes, p) {
			d.use.writes = append(d.use.writes, ref{p, bothHalves})
		}
	}
}

// onlyHalf says that of a vector register an instruction touches one half.
func (d *decoder) onlyHalf(reg int, high bool) {
	for _, list := range [][]ref{d.use.reads, d.use.writes} {
		for i := range list {
			if list[i].place == vplace(reg) {
				list[i].halves = lowerHalf << truth(high)
			}
		}
	}
}

// usesSCC notes that an instruction reads and writes SCC.
func (d *decoder) usesSCC() {
	d.alsoReads(asm.SCC, 1)
	d.alsoWrites(asm.SCC, 1)
}

// maskWords is how many scalar registers a mask of lanes takes.
func (d *decoder) maskWords() int { return d.wave / lanes }

func (d *decoder) op(name string) int {
	i, ok := d.ops[name]
	if !ok {
		i = len(d.p.Ops)
		d.ops[name] = i
		d.p.Ops = append(d.p.Ops, name)
	}
	return i
}

// beyond stops a wave that runs over the end of its code.
func (d *decoder) beyond() inst {
	return inst{use: use{effect: controls}, run: func(w *wave) {
		w.fault("no instruction", "the wave runs beyond the end of the kernel", -1)
	}}
}

// target is the index of the instruction that a branch goes to: a signed number
// of words behind it.
func (d *decoder) target(in *asm.Inst) (int, error) {
	if len(in.Args) != 1 || in.Args[0].Kind != asm.Int {
		return 0, errOperands(in)
	}
	to := in.Addr + 4 + uint64(int64(int16(in.Args[0].Int)))*4
	i, ok := d.p.at[to]
	if !ok {
		return 0, fmt.Errorf("a branch to %#x, where no instruction of the kernel begins", to)
	}
	return i, nil
}
