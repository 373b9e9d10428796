// Package sim executes decoded kernels: waves of 32 or 64 lanes, work-groups,
// LDS, memory, and a checker that watches them. It knows instructions and no
// file formats; device/emu brings both together.
//
// A file has the instructions of one encoding family, in a table with a row
// for each mnemonic. What a row does is told by the ISA document of the GPU
// ("RDNA3 Instruction Set Architecture", "CDNA3 Instruction Set
// Architecture"); the table names the section, and a row what differs from it.
package sim

import (
	"fmt"
	"strings"
)

// A Fault is why a kernel was stopped: a mistake in the kernel that the checker
// saw, or an instruction that is not implemented.
type Fault struct {
	Kind   string // "out of bounds", "not implemented"
	Detail string

	Kernel string
	Source string // "kernels/src/gemv.hip:17", if it is known
	// Callers are the calls that were inlined around it.
	Callers []string
	Other   string // of a race: where the other access is
	Addr    uint64 // of the instruction, in the code object
	Text    string // of the instruction

	Group [3]int
	Wave  int // in its group, or -1
	Lane  int // in its wave, or -1
}

// Error looks like a compiler's message.
func (f *Fault) Error() string {
	var b strings.Builder
	if f.Source != "" {
		fmt.Fprintf(&b, "%s: ", f.Source)
	}
	fmt.Fprintf(&b, "error: %s: %s", f.Kind, f.Detail)
	if f.Other != "" {
		fmt.Fprintf(&b, ", at %s", f.Other)
	}
	for _, c := range f.Callers {
		fmt.Fprintf(&b, "\n    called from %s", c)
	}
	fmt.Fprintf(&b, "\n    kernel %s", f.Kernel)
	if f.Text != "" {
		fmt.Fprintf(&b, " at %#x: %s", f.Addr, f.Text)
	}
	if f.Wave >= 0 {
		fmt.Fprintf(&b, "\n    group %d,%d,%d, wave %d", f.Group[0], f.Group[1], f.Group[2], f.Wave)
		if f.Lane >= 0 {
			fmt.Fprintf(&b, ", lane %d", f.Lane)
		}
	}
	return b.String()
}

// lanes is how many lanes a row has: a wave of 32, or half of one of 64.
const lanes = 32

// all is the mask of all lanes of a row.
const all = 1<<lanes - 1

// A row is one register of 32 lanes. A register of 64 bits is two rows, the
// lower half first, and so on.
type row [lanes]uint32
