package object

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
)

// Relocations (LLVM, "User Guide for AMDGPU Backend", "Relocation Records").
const (
	relABS32Lo    = 1
	relABS32Hi    = 2
	relABS64      = 3
	relREL32      = 4
	relREL64      = 5
	relABS32      = 6
	relRelative64 = 13
	relaBytes     = 24
)

// relocate applies the dynamic relocations for a load address of 0, and notes
// which words hold addresses, for Relocate.
func (o *Object) relocate(f *elf.File, symbols []elf.Symbol) error {
	for _, s := range f.Sections {
		if s.Type != elf.SHT_RELA || s.Flags&elf.SHF_ALLOC == 0 {
			continue
		}
		if s.Size%relaBytes != 0 || !o.inside(s.Addr, s.Size, false) {
			return fmt.Errorf("relocations in %d bytes at %#x", s.Size, s.Addr)
		}
		table := o.Image[s.Addr:][:s.Size]
		for ; len(table) > 0; table = table[relaBytes:] {
			at := binary.LittleEndian.Uint64(table)
			info := binary.LittleEndian.Uint64(table[8:])
			addend := binary.LittleEndian.Uint64(table[16:])
			if err := o.apply(at, uint32(info), int(info>>32), addend, symbols); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *Object) apply(at uint64, kind uint32, symbol int, addend uint64, symbols []elf.Symbol) error {
	value := addend
	if symbol > 0 {
		if symbol > len(symbols) {
			return fmt.Errorf("relocation at %#x: there is no symbol %d", at, symbol)
		}
		s := symbols[symbol-1]
		if s.Section == elf.SHN_UNDEF {
			return fmt.Errorf("symbol %q is not defined", s.Name)
		}
		value += s.Value
	}
	size := uint64(8)
	if kind == relABS32Lo || kind == relABS32Hi || kind == relABS32 || kind == relREL32 {
		size = 4
	}
	if !o.inside(at, size, false) {
		return fmt.Errorf("relocation at %#x, outside the segments", at)
	}
	word := o.Image[at:]
	switch kind {
	case relABS64, relRelative64:
		o.relative = append(o.relative, at)
		binary.LittleEndian.PutUint64(word, value)
	case relREL64:
		binary.LittleEndian.PutUint64(word, value-at)
	case relREL32:
		binary.LittleEndian.PutUint32(word, uint32(value-at))
	default:
		return fmt.Errorf("relocation at %#x of kind %d, which no loader knows", at, kind)
	}
	return nil
}

// Relocate gives the image as it has to be at another address.
func (o *Object) Relocate(base uint64) []byte {
	image := append([]byte(nil), o.Image...)
	for _, at := range o.relative {
		word := image[at:]
		binary.LittleEndian.PutUint64(word, binary.LittleEndian.Uint64(word)+base)
	}
	return image
}
