// Package kernels holds the HIP sources of the GPU kernels and puts together
// what the compiler gets: for each kernel, the header of the GPU as "arch.h",
// the headers of the operands' formats by role as "fmt_w.h" or "fmt_k.h", and
// the model's shapes as constants. It compiles nothing and knows no op.
package kernels

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Unit is one kernel, specialised.
type Unit struct {
	Kernel  string            // a file of src, without ".hip"
	Formats map[string]string // by role: "w" -> "Q4_K"
	Consts  map[string]int
}

// Symbol is the kernel's name in the code object: it says all that the unit is.
func (u Unit) Symbol() string {
	var b strings.Builder
	b.WriteString(u.Kernel)
	for _, role := range slices.Sorted(maps.Keys(u.Formats)) {
		fmt.Fprintf(&b, "_%s", u.Formats[role])
	}
	for _, name := range slices.Sorted(maps.Keys(u.Consts)) {
		fmt.Fprintf(&b, "_%s%d", name, u.Consts[name])
	}
	return b.String()
}

// formats is what units of one program have in common.
func (u Unit) formats() string {
	var parts []string
	for _, role := range slices.Sorted(maps.Keys(u.Formats)) {
		parts = append(parts, role+"="+u.Formats[role])
	}
	return strings.Join(parts, " ")
}

// Programs puts units together: those of the same formats become one program,
// since a compile costs most for its beginning. Units that occur twice count
// once. The order is always the same.
func Programs(a Arch, units []Unit) ([]Program, error) {
	groups := map[string]map[string]Unit{}
	for _, u := range units {
		key := u.formats()
		if groups[key] == nil {
			groups[key] = map[string]Unit{}
		}
		groups[key][u.Symbol()] = u
	}
	var programs []Program
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		p, err := program(a, key, groups[key])
		if err != nil {
			return nil, err
		}
		programs = append(programs, p)
	}
	return programs, nil
}

func program(a Arch, key string, units map[string]Unit) (p Program, err error) {
	p = Program{Name: key, Arch: a.Name, Headers: headers(), Options: a.options()}
	if key == "" {
		p.Name = "no formats"
	}
	p.Headers = append(p.Headers, alias("arch.h", "arch/"+a.Family+".h", ""))
	b := builder{included: map[string]bool{}}
	b.include("arch.h")
	for _, symbol := range slices.Sorted(maps.Keys(units)) {
		u := units[symbol]
		if err := b.unit(u, symbol); err != nil {
			return p, err
		}
		p.Symbols = append(p.Symbols, symbol)
		if len(p.Symbols) == 1 {
			for _, role := range slices.Sorted(maps.Keys(u.Formats)) {
				h, err := formatHeader(role, u.Formats[role])
				if err != nil {
					return p, err
				}
				p.Headers = append(p.Headers, h)
			}
		}
	}
	p.Source = b.includes.String() + b.body.String()
	return p, nil
}

// options are the compiler's, for all units. That names are not discarded puts
// those of parameters into the metadata, and changes no code.
func (a Arch) options() []string {
	options := []string{"-O3", "-std=c++20", "-Wall", "-Werror", "-fno-discard-value-names", fmt.Sprintf("-DWAVE=%d", a.Wave)}
	if a.Family == "portable" && a.Wave == 64 && defaultWave(a.Name) == 32 {
		options = append(options, "-mwavefrontsize64")
	}
	return options
}

// alias is a header that stands for another one.
func alias(name, target, more string) Header {
	return Header{name, fmt.Sprintf("#pragma once\n#include %q\n%s", target, more)}
}

// formatHeader binds a format to a role: fmt_w is its type.
func formatHeader(role, format string) (Header, error) {
	name := strings.ToLower(format)
	if _, err := source("quant/" + name + ".h"); err != nil {
		return Header{}, fmt.Errorf("kernels: no kernel reads the format %s", format)
	}
	return alias("fmt_"+role+".h", "quant/"+name+".h", fmt.Sprintf("typedef %s fmt_%s;\n", name, role)), nil
}

// builder writes a program: includes first, then each unit in a namespace with
// its constants.
type builder struct {
	includes, body strings.Builder
	included       map[string]bool
}

func (b *builder) include(name string) {
	if !b.included[name] {
		b.included[name] = true
		fmt.Fprintf(&b.includes, "#include %q\n", name)
	}
}

func (b *builder) unit(u Unit, symbol string) error {
	text, err := source(u.Kernel + ".hip")
	if err != nil {
		return err
	}
	fmt.Fprintf(&b.body, "namespace in_%s {\n", symbol)
	for _, name := range slices.Sorted(maps.Keys(u.Consts)) {
		fmt.Fprintf(&b.body, "constexpr int %s = %d;\n", name, u.Consts[name])
	}
	fmt.Fprintf(&b.body, "#define KERNEL %s\n", symbol)
	b.body.WriteString(named("src/"+u.Kernel+".hip", b.hoist(text)))
	b.body.WriteString("#undef KERNEL\n}\n")
	return nil
}

// hoist moves a kernel's includes out of its namespace; its lines keep their
// numbers.
func (b *builder) hoist(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if name, ok := strings.CutPrefix(line, "#include \""); ok {
			b.include(strings.TrimSuffix(name, "\""))
			lines[i] = ""
		}
	}
	return strings.Join(lines, "\n")
}
