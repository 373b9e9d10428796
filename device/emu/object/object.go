// Package object loads AMD code objects: segments, relocations, kernel
// descriptors and line tables (LLVM, "User Guide for AMDGPU Backend"). It
// executes nothing. What it reads may come from anywhere, so every number is
// checked before it is used.
package object

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
)

// Bounds on what a code object may ask for.
const (
	maxImage    = 256 << 20 // bytes in memory
	maxSegments = 64
	maxScratch  = 1 << 20 // bytes of a work item
	maxLDS      = 160 << 10
	machine     = 224 // EM_AMDGPU
)

// An Object is a code object as it lies in memory, at address 0.
type Object struct {
	Image    []byte // all segments, with what was zero in them
	Segments []Segment
	Kernels  map[string]*Kernel
	Lines    Lines // empty without debug information
	relative []uint64
}

// A Segment is a part of the image that a program may use.
type Segment struct {
	Addr, Size       uint64
	Write, Execution bool
}

// A Kernel is an entry point.
type Kernel struct {
	Name       string
	Entry      uint64 // address of the first instruction
	Size       uint64 // bytes of code
	Descriptor Descriptor
}

// Load reads a code object.
func Load(code []byte) (*Object, error) {
	o, err := load(code)
	if err != nil {
		return nil, fmt.Errorf("code object: %w", err)
	}
	return o, nil
}

func load(code []byte) (*Object, error) {
	f, err := elf.NewFile(bytes.NewReader(code))
	if err != nil {
		return nil, err
	}
	if f.Machine != machine || f.Class != elf.ELFCLASS64 || f.ByteOrder != binary.LittleEndian {
		return nil, errors.New("no program for AMD GPUs")
	}
	o := &Object{Kernels: map[string]*Kernel{}}
	if err := o.readSegments(f, code); err != nil {
		return nil, err
	}
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return nil, err
	}
	if err := o.relocate(f, symbols); err != nil {
		return nil, err
	}
	if err := o.readKernels(symbols); err != nil {
		return nil, err
	}
	o.Lines = readLines(f)
	return o, nil
}

// readSegments copies what is to be loaded to where it belongs.
func (o *Object) readSegments(f *elf.File, code []byte) error {
	if len(f.Progs) > maxSegments {
		return fmt.Errorf("%d segments, at most %d are allowed", len(f.Progs), maxSegments)
	}
	end := uint64(0)
	for _, p := range f.Progs {
		if p.Type != elf.PT_LOAD {
			continue
		}
		if p.Vaddr > maxImage || p.Memsz > maxImage-p.Vaddr {
			return fmt.Errorf("a segment of %d bytes at %#x, at most %d bytes are allowed", p.Memsz, p.Vaddr, maxImage)
		}
		if p.Filesz > p.Memsz || p.Off > uint64(len(code)) || p.Filesz > uint64(len(code))-p.Off {
			return fmt.Errorf("the segment at %#x reaches beyond the file", p.Vaddr)
		}
		end = max(end, p.Vaddr+p.Memsz)
	}
	o.Image = make([]byte, end)
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD {
			copy(o.Image[p.Vaddr:], code[p.Off:][:p.Filesz])
			o.Segments = append(o.Segments, Segment{p.Vaddr, p.Memsz, p.Flags&elf.PF_W != 0, p.Flags&elf.PF_X != 0})
		}
	}
	return nil
}

// inside tells whether a range lies in a segment, in one for code if it must.
func (o *Object) inside(addr, size uint64, code bool) bool {
	for _, s := range o.Segments {
		if addr >= s.Addr && size <= s.Size && addr-s.Addr <= s.Size-size && (s.Execution || !code) {
			return true
		}
	}
	return false
}

// readKernels finds the descriptors, which are the symbols that end in ".kd",
// and the functions that they belong to.
func (o *Object) readKernels(symbols []elf.Symbol) error {
	sizes := map[string]uint64{}
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC {
			sizes[s.Name] = s.Size
		}
	}
	for _, s := range symbols {
		name, ok := bytes.CutSuffix([]byte(s.Name), []byte(".kd"))
		if !ok || elf.ST_TYPE(s.Info) != elf.STT_OBJECT {
			continue
		}
		k := &Kernel{Name: string(name), Size: sizes[string(name)]}
		if err := o.readKernel(k, s.Value); err != nil {
			return fmt.Errorf("kernel %q: %w", name, err)
		}
		o.Kernels[k.Name] = k
	}
	return nil
}

func (o *Object) readKernel(k *Kernel, at uint64) error {
	if !o.inside(at, descriptorBytes, false) {
		return fmt.Errorf("its descriptor at %#x lies outside the segments", at)
	}
	d, entry := readDescriptor(o.Image[at:][:descriptorBytes])
	k.Descriptor = d
	k.Entry = at + uint64(entry)
	switch {
	case k.Entry%4 != 0 || k.Size == 0 || k.Size%4 != 0 || !o.inside(k.Entry, k.Size, true):
		return fmt.Errorf("its %d bytes of code at %#x are no part of the code", k.Size, k.Entry)
	case d.LDS > maxLDS:
		return fmt.Errorf("%d bytes of LDS, at most %d are allowed", d.LDS, maxLDS)
	case d.Scratch > maxScratch:
		return fmt.Errorf("%d bytes of scratch memory, at most %d are allowed", d.Scratch, maxScratch)
	}
	return nil
}
