package asm

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Kind is what an operand names.
type Kind uint8

// The kinds of operands.
const (
	VGPR  Kind = iota
	AGPR       // accumulation registers of gfx9
	SGPR       // scalar registers, and what is numbered with them
	Int        // a constant written as an integer
	Float      // a constant written as a floating-point number
	Off        // no address register
	Text       // a syntax of its own
)

// Numbers of what is addressed like a scalar register. They are this
// package's, not those of the encodings, which differ between GPUs.
const (
	VCC  = 106
	TTMP = 108
	M0   = 124
	Null = 125
	Exec = 126
	SCC  = 128 // and what follows can only be read
	VCCZ = 129
	EXEZ = 130
	// Apertures of flat addresses.
	SharedBase, SharedLimit, PrivateBase, PrivateLimit = 132, 134, 136, 138
	FlatScratch                                        = 140
	Xnack                                              = 142
	Scalars                                            = 144
)

var special = map[string]Arg{
	"vcc": {Kind: SGPR, Reg: VCC, N: 2}, "vcc_lo": {Kind: SGPR, Reg: VCC, N: 1}, "vcc_hi": {Kind: SGPR, Reg: VCC + 1, N: 1},
	"exec": {Kind: SGPR, Reg: Exec, N: 2}, "exec_lo": {Kind: SGPR, Reg: Exec, N: 1}, "exec_hi": {Kind: SGPR, Reg: Exec + 1, N: 1},
	"m0": {Kind: SGPR, Reg: M0, N: 1}, "null": {Kind: SGPR, Reg: Null, N: 1},
	"scc": {Kind: SGPR, Reg: SCC, N: 1}, "src_scc": {Kind: SGPR, Reg: SCC, N: 1},
	"src_vccz": {Kind: SGPR, Reg: VCCZ, N: 1}, "vccz": {Kind: SGPR, Reg: VCCZ, N: 1},
	"src_execz": {Kind: SGPR, Reg: EXEZ, N: 1}, "execz": {Kind: SGPR, Reg: EXEZ, N: 1},
	"src_shared_base": {Kind: SGPR, Reg: SharedBase, N: 2}, "src_shared_limit": {Kind: SGPR, Reg: SharedLimit, N: 2},
	"src_private_base": {Kind: SGPR, Reg: PrivateBase, N: 2}, "src_private_limit": {Kind: SGPR, Reg: PrivateLimit, N: 2},
	"flat_scratch": {Kind: SGPR, Reg: FlatScratch, N: 2}, "flat_scratch_lo": {Kind: SGPR, Reg: FlatScratch, N: 1},
	"flat_scratch_hi": {Kind: SGPR, Reg: FlatScratch + 1, N: 1},
	"off":             {Kind: Off},
}

// Half says which half of a register an operand of 16 bits names.
type Half uint8

// Halves.
const (
	Whole Half = iota // not said
	Low
	High
)

// An Arg is one operand.
type Arg struct {
	Kind Kind
	Reg  int // the first register
	N    int // how many
	Half Half

	Neg, Abs, Sext bool

	Int   int64
	Float float64
	Name  string // of Text
}

func parseArg(s string) (Arg, error) {
	var neg, abs, sext bool
	text := s
	if rest, ok := strings.CutPrefix(s, "-"); ok && !startsNumber(rest) {
		neg, s = true, rest
	}
	if inner, ok := between(s, "neg(", ")"); ok {
		neg, s = true, inner
	}
	if inner, ok := between(s, "|", "|"); ok {
		abs, s = true, inner
	} else if inner, ok := between(s, "abs(", ")"); ok {
		abs, s = true, inner
	}
	if inner, ok := between(s, "sext(", ")"); ok {
		sext, s = true, inner
	}
	if inner, ok := between(s, "lit(", ")"); ok {
		s = inner
	}
	a, err := bare(s)
	if err != nil {
		return a, fmt.Errorf("operand %q: %w", text, err)
	}
	a.Neg, a.Abs, a.Sext = neg, abs, sext
	return a, nil
}

func startsNumber(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

func between(s, front, back string) (string, bool) {
	if len(s) < len(front)+len(back) {
		return s, false
	}
	inner, ok := strings.CutPrefix(s, front)
	inner, ok2 := strings.CutSuffix(inner, back)
	if !ok || !ok2 {
		return s, false
	}
	return inner, true
}

func bare(s string) (Arg, error) {
	if a, ok := special[s]; ok {
		return a, nil
	}
	if a, ok := register(s); ok {
		return a, nil
	}
	if n, err := strconv.ParseInt(s, 0, 64); err == nil {
		return Arg{Kind: Int, Int: n}, nil
	}
	if n, err := strconv.ParseUint(s, 0, 64); err == nil {
		return Arg{Kind: Int, Int: int64(n)}, nil
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsNaN(f) {
		return Arg{Kind: Float, Float: f}, nil
	}
	if i := strings.IndexByte(s, '('); i > 0 && strings.HasSuffix(s, ")") {
		return Arg{Kind: Text, Name: s}, nil // hwreg(...), swizzle(...)
	}
	return Arg{}, fmt.Errorf("is nothing that is known")
}

// most registers of a kind, so that nothing else needs to look.
var most = map[Kind]int{VGPR: 256, AGPR: 256, SGPR: 106}

// register reads v1, v[2:5], v3.h, s4, a[0:3] or ttmp7.
func register(s string) (a Arg, ok bool) {
	base := 0
	switch {
	case strings.HasPrefix(s, "ttmp"):
		a.Kind, s, base = SGPR, s[4:], TTMP
	case strings.HasPrefix(s, "v"):
		a.Kind, s = VGPR, s[1:]
	case strings.HasPrefix(s, "a"):
		a.Kind, s = AGPR, s[1:]
	case strings.HasPrefix(s, "s"):
		a.Kind, s = SGPR, s[1:]
	default:
		return a, false
	}
	if rest, ok := strings.CutSuffix(s, ".l"); ok {
		a.Half, s = Low, rest
	} else if rest, ok := strings.CutSuffix(s, ".h"); ok {
		a.Half, s = High, rest
	}
	from, to := s, s
	if inner, ok := between(s, "[", "]"); ok {
		from, to, ok = strings.Cut(inner, ":")
		if !ok {
			to = from
		}
	}
	lo, err := strconv.ParseUint(from, 10, 16)
	hi, err2 := strconv.ParseUint(to, 10, 16)
	if err != nil || err2 != nil || hi < lo || int(hi) >= most[a.Kind] || base != 0 && hi > 15 {
		return a, false
	}
	a.Reg, a.N = base+int(lo), int(hi-lo)+1
	return a, true
}
