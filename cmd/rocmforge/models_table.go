package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// modelsFormat has a model's name and what is known of it, in 80 columns.
const modelsFormat = "%-32s %-9s %9s  %-8s %7s  %-3s %s\n"

// printModels shows the list to people, with a line below where there is more
// to say.
func (a *app) printModels(r *modelsResult, paths bool, hidden int) error {
	var b strings.Builder
	if len(r.Models) > 0 {
		fmt.Fprintf(&b, modelsFormat, "NAME", "FAMILY", "SIZE", "TYPE", "CONTEXT", "GPU", "CPU")
	}
	for _, m := range r.Models {
		m.print(&b, paths)
	}
	if len(r.Models) == 0 {
		b.WriteString("No models were found. rocmforge fetches none: put a GGUF file or a Hugging Face\nfolder anywhere and name it with -m, or its folder in ROCMFORGE_MODELS.\n")
	}
	if hidden > 0 {
		fmt.Fprintf(&b, "\nProjectors and adapters, which are no models by themselves: %d (see --all)\n", hidden)
	}
	printPlaces(&b, r, paths || len(r.Models) == 0)
	_, err := a.stdout.Write([]byte(b.String()))
	return err
}

func (m *modelResult) print(b *strings.Builder, paths bool) {
	name := oneLine(m.Name)
	if utf8.RuneCountInString(name) > 32 {
		b.WriteString(name + "\n")
		name = ""
	}
	size, context, family := "-", "-", orDash(m.Architecture)
	if m.Bytes > 0 {
		size = bytesText(m.Bytes)
	}
	if m.Context > 0 {
		context = fmt.Sprint(m.Context)
	}
	fmt.Fprintf(b, modelsFormat, name, short(family, 9), size, short(orDash(m.Type), 8), context, m.fits(true), m.fits(false))
	switch {
	case m.Kind != "model":
		writeBelow(b, m.Kind)
	case m.Problem != "" && m.Architecture != "" && !m.Supported && strings.Contains(m.Problem, "is not supported"):
		writeBelow(b, m.Architecture+" is not supported yet")
	case m.Problem != "":
		writeBelow(b, m.Problem)
	}
	if paths {
		b.WriteString("  " + oneLine(m.Path) + "\n")
	}
}

// fits is the best that GPUs, or the CPU, say.
func (m *modelResult) fits(gpu bool) string {
	answer := "-"
	for _, f := range m.Fits {
		switch {
		case (f.Device != "cpu") != gpu:
		case f.Fits:
			return "yes"
		default:
			answer = "no"
		}
	}
	return answer
}

// printPlaces shows where models were looked for, and what could not be read.
func printPlaces(b *strings.Builder, r *modelsResult, everything bool) {
	for i, p := range r.Places {
		if i == 0 && everything {
			b.WriteString("\nLooked in\n")
		}
		switch path := oneLine(p.Path); {
		case p.Problem != "":
			writeBelow(b, path+": "+p.Problem)
		case everything && p.Exists:
			fmt.Fprintf(b, "  %s (%s)\n", path, p.Store)
		case everything:
			fmt.Fprintf(b, "  %s (%s, not there)\n", path, p.Store)
		}
	}
}

// writeBelow writes a text in indented lines of up to 80 columns.
func writeBelow(b *strings.Builder, text string) {
	column := 0
	for word := range strings.FieldsSeq(oneLine(text)) {
		n := utf8.RuneCountInString(word)
		if column == 0 || column+1+n > 80 {
			if column > 0 {
				b.WriteByte('\n')
			}
			b.WriteString("  " + word)
			column = 2 + n
			continue
		}
		b.WriteString(" " + word)
		column += 1 + n
	}
	b.WriteByte('\n')
}

// short cuts a name to n columns.
func short(s string, n int) string {
	if r := []rune(oneLine(s)); len(r) > n {
		return string(slices.Concat(r[:n-1], []rune("…")))
	}
	return oneLine(s)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
