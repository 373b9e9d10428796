package sim

import (
	"fmt"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

// A part is what SDWA takes of a register (CDNA3 ISA 6.4 "Sub-Dword
// Addressing"): shift and width in bits.
type part struct{ shift, bits int }

var parts = map[string]part{
	"": {0, 32}, "DWORD": {0, 32}, "WORD_0": {0, 16}, "WORD_1": {16, 16},
	"BYTE_0": {0, 8}, "BYTE_1": {8, 8}, "BYTE_2": {16, 8}, "BYTE_3": {24, 8},
}

// sdwa adds selection to a vector instruction's operands and result.
func (d *decoder) sdwa(v *vector, in *asm.Inst) error {
	for i, name := range []string{"src0_sel", "src1_sel"} {
		p, ok := parts[in.Mods.Words[name]]
		if !ok {
			return fmt.Errorf("%s:%s", name, in.Mods.Words[name])
		}
		if i >= v.n || 1+i >= len(in.Args) {
			break
		}
		v.src[i].change = selected(p, in.Args[1+i], v.src[i].change)
		if v.src[i].from == fromValue {
			v.src[i].change = nil
		}
	}
	p, ok := parts[in.Mods.Words["dst_sel"]]
	if !ok {
		return fmt.Errorf("dst_sel:%s", in.Mods.Words["dst_sel"])
	}
	if p.bits == 32 {
		v.half = false // a result of 16 bits has zeros above
		return nil
	}
	v.insert = insertion(p, in.Mods.Words["dst_unused"])
	return nil
}

// selected takes part of a register before other changes.
func selected(p part, a asm.Arg, then func(d, s *row)) func(d, s *row) {
	if p.bits == 32 && !a.Sext {
		return then
	}
	unused := 32 - p.bits
	extract := func(d, s *row) {
		for i := range d {
			d[i] = s[i] >> p.shift << unused >> unused
		}
	}
	if a.Sext {
		extract = func(d, s *row) {
			for i := range d {
				d[i] = uint32(int32(s[i]>>p.shift<<unused) >> unused)
			}
		}
	}
	if then == nil {
		return extract
	}
	return func(d, s *row) {
		extract(d, s)
		then(d, d)
	}
}

// insertion puts a result into part of a register; the rest becomes 0, or the
// result's sign, or stays.
func insertion(p part, unused string) func(d, t *row, mask uint32) {
	field := uint32(1<<p.bits-1) << p.shift
	return func(d, t *row, mask uint32) {
		for i := range d {
			if mask>>i&1 == 0 {
				continue
			}
			x := t[i] << p.shift & field
			switch unused {
			case "UNUSED_PRESERVE":
				x |= d[i] &^ field
			case "UNUSED_SEXT":
				x = uint32(int32(x<<(32-p.bits-p.shift)) >> (32 - p.bits - p.shift))
			}
			d[i] = x
		}
	}
}
