package emu

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rocmforge/rocmforge/device/emu/sim"
	"github.com/rocmforge/rocmforge/internal/comgr"
)

// A code object's decoding names it, and is the disassembler's text of its
// functions:
//
//	code SHA-256
//	function "NAME" COUNT
//	1614 global_load_b32 v2, v[2:3], off
//	...
//
// each with its address. It is kept beside the code object in the cache, so that
// what ran once runs again without ROCm.

// decodingVersion has to change with the form, and with what is taken from the
// disassembler.
const decodingVersion = 2

// decodingKind names the decodings for an architecture in the cache.
func decodingKind(arch string) string { return fmt.Sprintf("decoding %d %s", decodingVersion, arch) }

// decodingHead is the first line, for a code object.
func decodingHead(code []byte) string { return fmt.Sprintf("code %x\n", sha256.Sum256(code)) }

// maxInstructions bounds a decoding.
const maxInstructions = 1 << 24

// library is opened once.
var library = sync.OnceValues(comgr.Open)

// Decode disassembles a code object for one of Archs with libamd_comgr. What it
// gives is for Load, on any machine.
func Decode(arch string, code []byte) ([]byte, error) {
	l, err := library()
	if err != nil {
		return nil, fmt.Errorf("kernels cannot be decoded: %w", err)
	}
	all, err := l.Disassemble(code, arch)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteString(decodingHead(code))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "function %q %d\n", name, len(all[name]))
		for _, in := range all[name] {
			fmt.Fprintf(&b, "%x %s\n", in.Addr, in.Text)
		}
	}
	return []byte(b.String()), nil
}

var errDecoding = errors.New("the decoding of a code object is damaged")

// parseDecoding reads the text, which may come from anywhere, if it is that of
// a code object.
func parseDecoding(b, code []byte) (map[string][]sim.Line, error) {
	text, ok := strings.CutPrefix(string(b), decodingHead(code))
	if !ok {
		return nil, fmt.Errorf("%w, or of another one", errDecoding)
	}
	functions, total := map[string][]sim.Line{}, 0
	for text != "" {
		name, n, rest, ok := functionHead(text)
		if !ok || functions[name] != nil || n > maxInstructions-total {
			return nil, errDecoding
		}
		total += n
		list := make([]sim.Line, 0, min(n, len(rest)/4))
		for range n {
			var line string
			line, rest, ok = strings.Cut(rest, "\n")
			address, text, ok2 := strings.Cut(line, " ")
			at, err := strconv.ParseUint(address, 16, 64)
			if !ok || !ok2 || err != nil || len(list) > 0 && at <= list[len(list)-1].Addr {
				return nil, errDecoding
			}
			list = append(list, sim.Line{Addr: at, Text: text})
		}
		functions[name], text = list, rest
	}
	return functions, nil
}

// functionHead reads a function's first line.
func functionHead(text string) (name string, n int, rest string, ok bool) {
	line, rest, ok := strings.Cut(text, "\n")
	line, ok2 := strings.CutPrefix(line, "function ")
	quoted, err := strconv.QuotedPrefix(line)
	if !ok || !ok2 || err != nil {
		return "", 0, "", false
	}
	name, err = strconv.Unquote(quoted)
	n, err2 := strconv.Atoi(strings.TrimPrefix(line[len(quoted):], " "))
	return name, n, rest, err == nil && err2 == nil && n >= 0
}
