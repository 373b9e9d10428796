package object

import (
	"cmp"
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"slices"
)

// maxLines bounds a line table.
const maxLines = 1 << 22

// Lines says which source line an instruction comes from.
type Lines []Line

// A Line is where the instructions from an address on come from.
type Line struct {
	Addr uint64
	File string
	Line int
}

// String is "kernels/src/gemv.hip:17".
func (l Line) String() string {
	if l.Line == 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d", l.File, l.Line)
}

// At is the line of an address; its zero value, where it is not known.
func (l Lines) At(addr uint64) Line {
	i, found := slices.BinarySearchFunc(l, addr, func(e Line, a uint64) int { return cmp.Compare(e.Addr, a) })
	switch {
	case found:
		return l[i]
	case i == 0:
		return Line{}
	}
	return l[i-1]
}

// readLines reads the line tables. Damaged ones count as missing: nothing but
// messages depends on them.
func readLines(f *elf.File) (lines Lines) {
	defer func() {
		if recover() != nil { // package dwarf is not made for strangers' files
			lines = nil
		}
	}()
	data, err := f.DWARF()
	if err != nil {
		return nil
	}
	for r := data.Reader(); ; {
		unit, err := r.Next()
		if err != nil || unit == nil {
			break
		}
		if table, err := data.LineReader(unit); err == nil && table != nil {
			lines = readTable(lines, table)
		}
		r.SkipChildren()
	}
	slices.SortStableFunc(lines, func(a, b Line) int { return cmp.Compare(a.Addr, b.Addr) })
	return lines
}

func readTable(lines Lines, table *dwarf.LineReader) Lines {
	var e dwarf.LineEntry
	for len(lines) < maxLines && table.Next(&e) == nil {
		if e.File == nil || e.EndSequence {
			lines = append(lines, Line{Addr: e.Address})
			continue
		}
		if n := len(lines); n > 0 && lines[n-1].Addr == e.Address {
			lines = lines[:n-1] // the last one counts
		}
		if e.Line == 0 && len(lines) > 0 {
			continue // the compiler does not know: what was before goes on
		}
		lines = append(lines, Line{e.Address, e.File.Name, e.Line})
	}
	return lines
}
