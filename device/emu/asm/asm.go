// Package asm reads the text of AMD's disassembler: mnemonics, operands and
// modifiers. It knows the syntax and no instruction's meaning.
package asm

import (
	"fmt"
	"strings"
)

// An Inst is one instruction. Two that are issued together are one Inst with a
// Second.
type Inst struct {
	Addr uint64 // in the code object
	Text string

	Name     string   // without the encoding: "v_add_f32"
	Encoding Encoding // as the mnemonic's suffix says
	Args     []Arg    // in the order of the text
	Mods     Mods
	Second   *Inst // of v_dual_*
}

// Encoding is the suffix of a vector instruction's mnemonic.
type Encoding uint8

// The encodings that a suffix tells apart.
const (
	Plain Encoding = iota // no suffix
	E32
	E64
	DPP
	SDWA
)

var suffixes = []struct {
	text     string
	encoding Encoding
}{
	{"_e64_dpp", DPP}, {"_e32", E32}, {"_e64", E64}, {"_dpp", DPP}, {"_sdwa", SDWA},
}

// Parse reads one instruction's text.
func Parse(addr uint64, text string) (Inst, error) {
	first, second, dual := strings.Cut(text, " :: ")
	in, err := one(addr, first)
	in.Text = text
	if err == nil && dual {
		var other Inst
		if other, err = one(addr, second); err == nil {
			in.Second = &other
		}
	}
	if err != nil {
		return Inst{}, fmt.Errorf("instruction %q: %w", text, err)
	}
	return in, nil
}

func one(addr uint64, text string) (Inst, error) {
	name, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	in := Inst{Addr: addr, Text: text, Name: name}
	for _, s := range suffixes {
		if base, ok := strings.CutSuffix(name, s.text); ok && strings.HasPrefix(name, "v_") {
			in.Name, in.Encoding = base, s.encoding
			break
		}
	}
	if free[in.Name] {
		in.Args = []Arg{{Kind: Text, Name: strings.TrimSpace(rest)}}
		return in, nil
	}
	args := split(rest)
	for i, a := range args {
		if i == len(args)-1 {
			var mods []string
			a, mods = tail(a)
			for _, m := range mods {
				if err := in.Mods.set(m); err != nil {
					return in, err
				}
			}
			if a == "" {
				break
			}
		}
		arg, err := parseArg(a)
		if err != nil {
			return in, err
		}
		in.Args = append(in.Args, arg)
	}
	return in, nil
}

// free instructions have operands in a syntax of their own.
var free = map[string]bool{
	"s_delay_alu": true, "s_waitcnt": true, "s_sendmsg": true, "s_sendmsghalt": true, "s_waitcnt_depctr": true, "s_clause": true,
}

// split cuts operands at commas outside brackets.
func split(s string) (parts []string) {
	depth, from := 0, 0
	for i, c := range s {
		switch c {
		case '[', '(':
			depth++
		case ']', ')':
			depth--
		case ',':
			if depth == 0 {
				parts = append(parts, strings.TrimSpace(s[from:i]))
				from = i + 1
			}
		}
	}
	if last := strings.TrimSpace(s[from:]); last != "" {
		parts = append(parts, last)
	}
	return parts
}

// tail separates the last operand from the modifiers behind it. An
// instruction may have modifiers only.
func tail(s string) (arg string, mods []string) {
	words := fields(s)
	if len(words) > 0 && !isModifier(words[0]) {
		return words[0], words[1:]
	}
	return "", words
}

// fields cuts at spaces outside brackets.
func fields(s string) (words []string) {
	depth, from := 0, -1
	for i, c := range s {
		switch {
		case c == '[' || c == '(':
			depth++
		case c == ']' || c == ')':
			depth--
		}
		if c == ' ' && depth == 0 {
			if from >= 0 {
				words = append(words, s[from:i])
			}
			from = -1
		} else if from < 0 {
			from = i
		}
	}
	if from >= 0 {
		words = append(words, s[from:])
	}
	return words
}
