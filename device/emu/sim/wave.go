package sim

import (
	"math/bits"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

// Where vector registers lie among a wave's rows.
const (
	agprs   = 256 // the first accumulation register
	spare   = 512 // a row that no instruction names
	rows    = 513
	scalars = asm.Scalars + 2
	nowhere = asm.Scalars // takes what is written to null
)

// state is what a wave does.
type state uint8

const (
	running state = iota
	atBarrier
	ended
)

// A wave is 32 or 64 lanes. Lanes of the upper half of 64 have rows of their
// own, so that all loops over lanes have 32 steps.
type wave struct {
	g      *group
	id     int // in its group
	code   []inst
	pc     int // index of the next instruction
	halves int
	state  state
	steps  uint64 // instructions, over all groups
	limit  uint64 // of steps
	ops    []bool // which mnemonics were executed

	v    [2][]row        // vector registers, by half
	s    [scalars]uint32 // scalar registers, by asm's numbers
	temp [5][16]row      // operands and results on their way
	near []*Buffer       // for each memory instruction, the buffer that it met last

	scratch room

	check *shadow // nil: nothing is checked
}

// run executes until the wave ends or waits.
func (w *wave) run() {
	w.state = running
	for w.state == running {
		in := &w.code[w.pc]
		w.pc++
		w.steps++
		w.ops[in.ops[0]], w.ops[in.ops[1]] = true, true
		switch {
		case w.check != nil:
			w.check.step(w, in)
		case w.g.tally != nil:
			w.g.tally.step(w, in)
		default:
			in.run(w)
		}
	}
}

func (w *wave) exec(h int) uint32 { return w.s[asm.Exec+h] }

func (w *wave) exec64() uint64 { return w.get64(asm.Exec) }

// get64 is a pair of scalar registers. For masks of waves of 32 lanes the
// upper register has no meaning.
func (w *wave) get64(r int) uint64 { return uint64(w.s[r]) | uint64(w.s[r+1])<<32 }

func (w *wave) put64(r int, v uint64) { w.s[r], w.s[r+1] = uint32(v), uint32(v>>32) }

// putMask writes a mask of lanes to scalar registers. It is done behind the
// loop over halves: the registers may be operands, too.
func (w *wave) putMask(r int, m [2]uint32) { copy(w.s[r:r+w.halves], m[:]) }

// execZero tells whether no lane is active.
func (w *wave) execZero() bool {
	return w.s[asm.Exec] == 0 && (w.halves == 1 || w.s[asm.Exec+1] == 0)
}

func (w *wave) vccZero() bool {
	return w.s[asm.VCC] == 0 && (w.halves == 1 || w.s[asm.VCC+1] == 0)
}

// fault stops the kernel. The instruction is the one before pc.
func (w *wave) fault(kind, detail string, lane int) {
	f := &Fault{Kind: kind, Detail: detail, Group: w.g.id, Wave: w.id, Lane: lane}
	w.g.launch.locate(f, w.pc-1)
	panic(f)
}

// merge copies the lanes of a mask.
func merge(d, t *row, mask uint32) {
	if mask == all {
		*d = *t
		return
	}
	for m := mask; m != 0; m &= m - 1 {
		l := bits.TrailingZeros32(m) & (lanes - 1)
		d[l] = t[l]
	}
}

// fill gives all lanes the same value.
func fill(d *row, v uint32) {
	for i := range d {
		d[i] = v
	}
}
