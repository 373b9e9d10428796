package jit

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Ledger is what a set of kernels costs, in a form that is read by people and
// kept as a golden: registers, spills, LDS, scratch, code and occupancy. It
// belongs to a compiler's version; another version gives other numbers.
type Ledger struct {
	Compiler string
	Lines    []LedgerLine
}

// A LedgerLine is one kernel of a ledger.
type LedgerLine struct {
	Arch, Program, Symbol string
	Cost                  Cost
}

// Cost is what a kernel takes of a GPU.
type Cost struct {
	VGPR, AGPR, SGPR       int
	VGPRSpills, SGPRSpills int
	LDS, Scratch           int // bytes, of a block and of a work item
	Code                   int // bytes
	Waves                  int // of a SIMD, at most
}

// CostOf is a kernel's cost.
func CostOf(k Kernel) Cost {
	return Cost{k.VGPR, k.AGPR, k.SGPR, k.VGPRSpills, k.SGPRSpills, k.LDS, k.Scratch, k.CodeBytes, k.Waves}
}

// NewLedger makes the ledger of compiled programs.
func NewLedger(objects []Object) Ledger {
	var l Ledger
	for _, o := range objects {
		l.Compiler = cmp.Or(l.Compiler, o.Metadata.Compiler)
		for _, k := range o.Metadata.Kernels {
			l.Lines = append(l.Lines, LedgerLine{o.Arch, o.Program, k.Symbol, CostOf(k)})
		}
	}
	slices.SortFunc(l.Lines, compareLines)
	return l
}

func compareLines(a, b LedgerLine) int {
	return cmp.Or(cmp.Compare(a.Arch, b.Arch), cmp.Compare(a.Program, b.Program), cmp.Compare(a.Symbol, b.Symbol))
}

const ledgerHead = "# compiler: "

// String is the text form: the compiler in the first line, then a line for
// each kernel.
func (l Ledger) String() string {
	var b strings.Builder
	b.WriteString(ledgerHead + l.Compiler + "\n")
	for _, line := range l.Lines {
		fmt.Fprintf(&b, "%s\n", line)
	}
	return b.String()
}

// String is a kernel's line.
func (l LedgerLine) String() string { return l.name() + " " + l.Cost.String() }

func (l LedgerLine) name() string {
	return l.Arch + " " + strconv.Quote(l.Program) + " " + l.Symbol
}

// String is the numbers of a ledger's line; spills are of VGPRs and of SGPRs.
func (c Cost) String() string {
	return fmt.Sprintf("vgpr=%d agpr=%d sgpr=%d spills=%d+%d lds=%d scratch=%d code=%d waves=%d",
		c.VGPR, c.AGPR, c.SGPR, c.VGPRSpills, c.SGPRSpills, c.LDS, c.Scratch, c.Code, c.Waves)
}

// ParseLedger reads the text form.
func ParseLedger(text string) (Ledger, error) {
	var l Ledger
	for i, s := range strings.Split(text, "\n") {
		s = strings.TrimSpace(s)
		if compiler, ok := strings.CutPrefix(s, ledgerHead); ok {
			l.Compiler = compiler
		}
		if s == "" || s[0] == '#' {
			continue
		}
		line, err := parseLine(s)
		if err != nil {
			return Ledger{}, fmt.Errorf("ledger, line %d: %w", i+1, err)
		}
		l.Lines = append(l.Lines, line)
	}
	return l, nil
}

func parseLine(s string) (l LedgerLine, err error) {
	var rest string
	l.Arch, rest, _ = strings.Cut(s, " ")
	quoted, err := strconv.QuotedPrefix(rest)
	if err != nil {
		return l, fmt.Errorf("%q: no program in quotation marks", s)
	}
	l.Program, _ = strconv.Unquote(quoted)
	l.Symbol, rest, _ = strings.Cut(strings.TrimSpace(rest[len(quoted):]), " ")
	c := &l.Cost
	n, _ := fmt.Sscanf(rest, "vgpr=%d agpr=%d sgpr=%d spills=%d+%d lds=%d scratch=%d code=%d waves=%d",
		&c.VGPR, &c.AGPR, &c.SGPR, &c.VGPRSpills, &c.SGPRSpills, &c.LDS, &c.Scratch, &c.Code, &c.Waves)
	if n < 9 || l.String() != s {
		return l, fmt.Errorf("%q: want numbers as in %q", s, Cost{})
	}
	return l, nil
}

// Diff says what in got differs from l, a line for each kernel: "-" for one
// that is gone or was, "+" for one that is new or is.
func (l Ledger) Diff(got Ledger) []string {
	old := make(map[string]LedgerLine, len(l.Lines))
	for _, line := range l.Lines {
		old[line.name()] = line
	}
	var out []string
	for _, line := range got.Lines {
		was, ok := old[line.name()]
		delete(old, line.name())
		if ok && was == line {
			continue
		}
		if ok {
			out = append(out, "- "+was.String())
		}
		out = append(out, "+ "+line.String())
	}
	for _, line := range l.Lines {
		if _, gone := old[line.name()]; gone {
			out = append(out, "- "+line.String())
		}
	}
	return out
}

// SameCompiler says whether two ledgers can be expected to agree.
func (l Ledger) SameCompiler(got Ledger) bool { return l.Compiler == got.Compiler }
