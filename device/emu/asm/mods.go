package asm

import (
	"fmt"
	"strconv"
	"strings"
)

// Mods are an instruction's modifiers.
type Mods struct {
	Flags   map[string]bool // "glc", "clamp"
	Numbers map[string]int  // "offset", "row_mask"
	Lists   map[string][]int
	Words   map[string]string // "dst_sel": "BYTE_0"
}

var flags = words("glc slc dlc nt sc0 sc1 scc clamp gds lds tfe lwe idxen offen addr64 high r128 unorm bound_ctrl row_mirror row_half_mirror done vm neg_a neg_b")

var numbers = words("offset offset0 offset1 row_mask bank_mask bound_ctrl fi mul div cbsz abid blgp bitop3 op_sel_byte " +
	"row_shl row_shr row_ror row_share row_xmask row_newbcast row_bcast wave_shl wave_shr wave_rol wave_ror wait_vdst wait_exp wait_va_vdst wait_vm_vsrc byte_sel format dim dmask scale_offset")

var lists = words("op_sel op_sel_hi neg_lo neg_hi quad_perm dpp8 neg")

var named = words("dst_sel dst_unused src0_sel src1_sel")

func words(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}

func isModifier(word string) bool {
	name, _, _ := strings.Cut(word, ":")
	return flags[name] || numbers[name] || lists[name] || named[name]
}

func (m *Mods) set(word string) error {
	name, value, has := strings.Cut(word, ":")
	switch {
	case !has && flags[name]:
		put(&m.Flags, name, true)
	case has && lists[name]:
		list, err := parseList(value)
		if err != nil {
			return fmt.Errorf("modifier %s: %w", word, err)
		}
		put(&m.Lists, name, list)
	case has && named[name]:
		put(&m.Words, name, value)
	case has && numbers[name]:
		n, err := strconv.ParseInt(value, 0, 64)
		if err != nil {
			return fmt.Errorf("modifier %s: no number", word)
		}
		put(&m.Numbers, name, int(n))
	default:
		return fmt.Errorf("unknown modifier %q", word)
	}
	return nil
}

func put[V any](m *map[string]V, name string, v V) {
	if *m == nil {
		*m = map[string]V{}
	}
	(*m)[name] = v
}

func parseList(s string) (list []int, err error) {
	inner, ok := strings.CutPrefix(s, "[")
	inner, ok2 := strings.CutSuffix(inner, "]")
	if !ok || !ok2 {
		return nil, fmt.Errorf("%q is no list", s)
	}
	for part := range strings.SplitSeq(inner, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil {
			return nil, fmt.Errorf("%q is no list of numbers", s)
		}
		list = append(list, n)
	}
	return list, nil
}

// Bit is element i of a list, or missing where the list is not given or short.
func (m *Mods) Bit(list string, i, missing int) bool {
	l := m.Lists[list]
	if i < len(l) {
		return l[i] != 0
	}
	return missing != 0
}

// Number is a number, or missing.
func (m *Mods) Number(name string, missing int) int {
	if n, ok := m.Numbers[name]; ok {
		return n
	}
	return missing
}
