package sim

import (
	"fmt"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

// An inst is one decoded instruction, ready to run.
type inst struct {
	run  func(w *wave)
	addr uint64
	text string
	ops  [2]int // indices in Program.Ops: of two issued together, both

	use use
}

// use is what the checker has to know of an instruction.
type use struct {
	reads, writes []ref
	effect        effect
	pending       counter // what its results have to be waited for with
	unordered     bool    // they may come before those of older ones
	crosses       bool    // reads lanes that are not active
	compares      bool    // its result is defined only where its operands are
	local         bool    // of accesses: to LDS, which knows what is defined
	address       int     // of accesses to LDS: how many of reads are the address
	data          uint16  // of stores of less than a register: which one
	bits          uint32  // of accesses to less than a register: these bits; 0: all
}

// effect is what an instruction does beside reading and writing registers.
type effect uint8

const (
	pure     effect = iota // nothing
	controls               // branches, barriers, waits, the end
	accesses               // memory or LDS
	ignored                // hints
)

// A ref is a register that an instruction reads or writes. A place numbers all
// registers: vector registers as rows, then scalar ones.
type ref struct {
	place  uint16
	halves uint8 // of the register: lower, upper or both
}

const (
	lowerHalf  = 1
	upperHalf  = 2
	bothHalves = 3
)

func has(list []ref, place uint16) bool {
	for _, r := range list {
		if r.place == place {
			return true
		}
	}
	return false
}

func vplace(r int) uint16 { return uint16(r) }

func splace(r int) uint16 { return uint16(rows + r) }

// A builder makes what an instruction does. It sets use where it is not plain.
type builder func(d *decoder, in *asm.Inst) (func(w *wave), error)

// A rule is a row of a table.
type rule struct {
	name   string
	source string // where what it does is told
	build  builder
	// dsts is how many of the operands are results; the rest are read.
	dsts   int
	effect effect
	adds   bool // reads its result's register, too
	// crosses says that lanes read from others, which may not be active.
	crosses bool
}

// rules are all tables, by mnemonic.
var rules = map[string]*rule{}

// table adds rows that share a source.
func table(source string, list ...rule) struct{} {
	for i := range list {
		r := &list[i]
		if r.source == "" {
			r.source = source
		}
		if rules[r.name] != nil {
			panic("two rules for " + r.name)
		}
		rules[r.name] = r
	}
	return struct{}{}
}

// same gives rows other names: what gfx9 calls differently.
func same(source string, names ...[2]string) {
	for _, n := range names {
		r, ok := rules[n[1]]
		if !ok {
			panic("no rule for " + n[1])
		}
		other := *r
		other.name, other.source = n[0], source
		rules[n[0]] = &other
	}
}

// errOperands says that an instruction does not have the form that its rule
// takes.
func errOperands(in *asm.Inst) error {
	return fmt.Errorf("operands of %q are not as its rule wants", in.Text)
}
