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

// Lines says which source lines an instruction comes from.
type Lines struct {
	table []row
	calls []call
}

// A Line is a place in a source file.
type Line struct {
	File string
	Line int
}

// String is "kernels/src/gemv.hip:17".
func (l Line) String() string { return fmt.Sprintf("%s:%d", l.File, l.Line) }

// row is where the instructions from an address on come from.
type row struct {
	addr uint64
	at   Line
}

// call is a function that was inlined: its instructions, and the line that
// calls it.
type call struct {
	from, to uint64
	depth    int
	at       Line
}

// At are the lines of an address: that of the instruction itself, then that of
// the call which it was inlined for, and so on. It is empty where nothing is
// known.
func (l *Lines) At(addr uint64) (chain []Line) {
	i, found := slices.BinarySearchFunc(l.table, addr, func(r row, a uint64) int { return cmp.Compare(r.addr, a) })
	if !found {
		i--
	}
	if i < 0 || l.table[i].at.Line == 0 {
		return nil
	}
	chain = []Line{l.table[i].at}
	for _, c := range l.calls { // the innermost first
		if c.from <= addr && addr < c.to {
			chain = append(chain, c.at)
		}
	}
	return chain
}

// readLines reads the debug information. Where it is damaged it counts as
// missing: nothing but messages depends on it.
func readLines(f *elf.File) (lines Lines) {
	defer func() {
		if recover() != nil { // package dwarf is not made for strangers' files
			lines = Lines{}
		}
	}()
	data, err := f.DWARF()
	if err != nil {
		return Lines{}
	}
	r := data.Reader()
	var files []*dwarf.LineFile
	for depth := 0; ; {
		e, err := r.Next()
		if err != nil || e == nil {
			break
		}
		switch e.Tag {
		case 0:
			depth--
			continue
		case dwarf.TagCompileUnit:
			files = lines.readUnit(data, e)
		case dwarf.TagInlinedSubroutine:
			lines.readCall(data, e, depth, files)
		}
		if e.Children {
			depth++
		}
	}
	slices.SortStableFunc(lines.table, func(a, b row) int { return cmp.Compare(a.addr, b.addr) })
	slices.SortStableFunc(lines.calls, func(a, b call) int { return cmp.Compare(b.depth, a.depth) })
	return lines
}

// readUnit reads a unit's line table, and gives its files.
func (l *Lines) readUnit(data *dwarf.Data, unit *dwarf.Entry) []*dwarf.LineFile {
	table, err := data.LineReader(unit)
	if err != nil || table == nil {
		return nil
	}
	var e dwarf.LineEntry
	for len(l.table) < maxLines && table.Next(&e) == nil {
		switch n := len(l.table); {
		case e.EndSequence || e.File == nil:
			l.table = append(l.table, row{addr: e.Address})
		case e.Line == 0: // the compiler does not know: what was before goes on
		case n > 0 && l.table[n-1].addr == e.Address:
			l.table[n-1].at = Line{e.File.Name, e.Line}
		default:
			l.table = append(l.table, row{e.Address, Line{e.File.Name, e.Line}})
		}
	}
	return table.Files()
}

func (l *Lines) readCall(data *dwarf.Data, e *dwarf.Entry, depth int, files []*dwarf.LineFile) {
	file, _ := e.Val(dwarf.AttrCallFile).(int64)
	line, _ := e.Val(dwarf.AttrCallLine).(int64)
	ranges, err := data.Ranges(e)
	if err != nil || file < 0 || int(file) >= len(files) || files[file] == nil {
		return
	}
	for _, r := range ranges {
		if len(l.calls) < maxLines {
			l.calls = append(l.calls, call{r[0], r[1], depth, Line{files[file].Name, int(line)}})
		}
	}
}
