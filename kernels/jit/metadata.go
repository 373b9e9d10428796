package jit

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// Metadata is what a code object says of itself. It is empty for what is no
// AMD code object (PTX and cubins of the CUDA stand-in).
type Metadata struct {
	Target   string // "amdgcn-amd-amdhsa--gfx1100"
	Compiler string // "clang version 21.1.8", as the code object's comment has it
	Kernels  []Kernel
}

// A Kernel is one entry point of a code object.
type Kernel struct {
	Symbol       string
	Args         []Arg // explicit ones, then hidden ones
	KernargBytes int
	VGPR         int // on gfx90a, gfx942 and gfx950 with AGPR counted in
	AGPR         int
	SGPR         int
	VGPRSpills   int
	SGPRSpills   int
	LDS          int  // bytes of a block, without dynamic ones
	Scratch      int  // bytes of a work item
	Wave         int  // work items of a wave
	MaxBlock     int  // work items of a block, at most
	WGPMode      bool // gfx10 and later: a block has the LDS of a whole work-group processor
	DynamicStack bool
	CodeBytes    int // of the kernel itself, without padding
	Waves        int // occupancy: waves of a SIMD, at most; 0 where the arch is unknown
}

// An Arg is one argument in a kernel's argument segment.
type Arg struct {
	Name   string // empty unless the program was compiled with -fno-discard-value-names
	Offset int    // bytes
	Size   int    // bytes
	Kind   string
}

// Hidden says that the runtime fills the argument in.
func (a Arg) Hidden() bool { return strings.HasPrefix(a.Kind, "hidden_") }

// Kernel finds a kernel by its symbol.
func (m Metadata) Kernel(symbol string) (Kernel, bool) {
	for _, k := range m.Kernels {
		if k.Symbol == symbol {
			return k, true
		}
	}
	return Kernel{}, false
}

// Constants of AMD code objects (LLVM, "User Guide for AMDGPU Backend").
const (
	machineAMDGPU = 224 // EM_AMDGPU
	noteMetadata  = 32  // NT_AMDGPU_METADATA
	noteName      = "AMDGPU"
	maxNote       = 8 << 20
	maxComment    = 4 << 10
)

// ReadMetadata reads an AMD code object's metadata. What is no AMD ELF file
// gives empty metadata; a damaged AMD one, an error.
func ReadMetadata(code []byte) (Metadata, error) {
	if len(code) < 20 || string(code[:4]) != elf.ELFMAG || binary.LittleEndian.Uint16(code[18:]) != machineAMDGPU {
		return Metadata{}, nil
	}
	m, err := readAMD(code)
	if err != nil {
		return Metadata{}, fmt.Errorf("code object: %w", err)
	}
	return m, nil
}

func readAMD(code []byte) (Metadata, error) {
	f, err := elf.NewFile(bytes.NewReader(code))
	if err != nil {
		return Metadata{}, err
	}
	note, err := findNote(f)
	if err != nil {
		return Metadata{}, err
	}
	m, err := decodeMetadata(note)
	if err != nil {
		return Metadata{}, err
	}
	m.Compiler = compilerOf(f)
	return m, fillFromSymbols(&m, f)
}

// findNote gives the msgpack bytes of the metadata note.
func findNote(f *elf.File) ([]byte, error) {
	for _, p := range f.Progs {
		if p.Type != elf.PT_NOTE {
			continue
		}
		if p.Filesz > maxNote {
			return nil, fmt.Errorf("a note segment of %d bytes, at most %d are allowed", p.Filesz, maxNote)
		}
		b := make([]byte, p.Filesz)
		if _, err := p.ReadAt(b, 0); err != nil {
			return nil, fmt.Errorf("note segment: %w", err)
		}
		if desc := noteIn(b); desc != nil {
			return desc, nil
		}
	}
	return nil, errors.New("no metadata note")
}

// noteIn finds the note among those of a segment:
//
//	name size u32 | description size u32 | type u32 | name, padded to 4 | description, padded to 4
func noteIn(b []byte) []byte {
	for len(b) >= 12 {
		nameSize := uint64(binary.LittleEndian.Uint32(b))
		descSize := uint64(binary.LittleEndian.Uint32(b[4:]))
		typ := binary.LittleEndian.Uint32(b[8:])
		b = b[12:]
		descAt := (nameSize + 3) &^ 3
		if descAt+descSize > uint64(len(b)) {
			return nil
		}
		name := strings.TrimRight(string(b[:nameSize]), "\x00")
		if name == noteName && typ == noteMetadata {
			return b[descAt : descAt+descSize]
		}
		b = b[min((descAt+descSize+3)&^3, uint64(len(b))):]
	}
	return nil
}

// compilerOf is clang's line in the comment section, or nothing.
func compilerOf(f *elf.File) string {
	s := f.Section(".comment")
	if s == nil || s.Type == elf.SHT_NOBITS || s.Size > maxComment {
		return ""
	}
	b, err := s.Data()
	if err != nil {
		return ""
	}
	for line := range strings.SplitSeq(string(b), "\x00") {
		if strings.Contains(line, "clang") {
			return line
		}
	}
	return ""
}

// fillFromSymbols adds what only the symbols say: each kernel's own code size.
// The text section holds padding between kernels.
func fillFromSymbols(m *Metadata, f *elf.File) error {
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return err
	}
	sizes := make(map[string]uint64, len(symbols))
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC {
			sizes[s.Name] = s.Size
		}
	}
	for i := range m.Kernels {
		k := &m.Kernels[i]
		size, ok := sizes[k.Symbol]
		if !ok || size > maxNumber {
			return fmt.Errorf("kernel %q has no code", k.Symbol)
		}
		k.CodeBytes = int(size)
		k.Waves = occupancy(ArchOf(m.Target), *k)
	}
	return nil
}

// ArchOf is the processor of a target: gfx1100 of
// amdgcn-amd-amdhsa--gfx1100:xnack-.
func ArchOf(target string) string {
	arch := target[strings.LastIndexByte(target, '-')+1:]
	if i := strings.LastIndex(target, "--"); i >= 0 {
		arch = target[i+2:]
	}
	arch, _, _ = strings.Cut(arch, ":")
	return arch
}
