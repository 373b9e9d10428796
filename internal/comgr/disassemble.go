package comgr

import (
	"bytes"
	"debug/elf"
	"fmt"
	"strconv"
	"strings"
)

// An Instruction is one instruction of a kernel.
type Instruction struct {
	Addr uint64
	Text string // "global_load_b128 v[2:5], v[0:1], off"
}

// Mnemonic is the instruction's name; of two that are issued together, the
// first one's.
func (i Instruction) Mnemonic() string {
	name, _, _ := strings.Cut(i.Text, " ")
	return name
}

// Disassemble gives the instructions of all functions of a code object, by
// symbol. It stays within each function's own extent: there is padding between
// them.
func (l *Library) Disassemble(code []byte, arch string) (map[string][]Instruction, error) {
	f, err := elf.NewFile(bytes.NewReader(code))
	if err != nil {
		return nil, err
	}
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return nil, err
	}
	if local, err := f.Symbols(); err == nil { // functions that kernels call
		symbols = append(symbols, local...)
	}
	text, err := l.text(code, arch)
	if err != nil {
		return nil, err
	}
	all, err := parse(string(text))
	if err != nil {
		return nil, err
	}
	out := map[string][]Instruction{}
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC {
			out[s.Name] = within(all, s.Value, s.Value+s.Size)
		}
	}
	return out, nil
}

func within(all []Instruction, from, to uint64) (out []Instruction) {
	for _, i := range all {
		if from <= i.Addr && i.Addr < to {
			out = append(out, i)
		}
	}
	return out
}

// parse reads the library's text, of which an instruction's line is
//
//	<tab>s_cbranch_execz 22    // 000000001C20: BFA50016  <scale+0x7C>
func parse(text string) (out []Instruction, err error) {
	for line := range strings.Lines(text) {
		at := strings.LastIndex(line, "// ")
		if !strings.HasPrefix(line, "\t") || at < 0 {
			continue
		}
		address, _, _ := strings.Cut(line[at+3:], ":")
		addr, err := strconv.ParseUint(address, 16, 64)
		if err != nil {
			return nil, fmt.Errorf("disassembly: %q has no address", line)
		}
		out = append(out, Instruction{addr, strings.TrimSpace(line[:at])})
	}
	return out, nil
}
