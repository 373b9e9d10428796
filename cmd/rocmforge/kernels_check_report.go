package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/rocmforge/rocmforge/device/emu"
	"github.com/rocmforge/rocmforge/device/emu/sim"
	"github.com/rocmforge/rocmforge/runtime"
)

// kernelsCheckResult is the JSON of kernels check.
type kernelsCheckResult struct {
	File         string         `json:"file"`
	Kernel       string         `json:"kernel"`
	Arch         string         `json:"arch"`
	Grid         [3]int         `json:"grid"`  // groups
	Block        [3]int         `json:"block"` // work items
	OK           bool           `json:"ok"`
	Instructions uint64         `json:"instructions"` // of waves
	Loads        uint64         `json:"loads"`        // of lanes
	Stores       uint64         `json:"stores"`
	Atomics      uint64         `json:"atomics"`
	Buffers      []bufferResult `json:"buffers"`
	Mistake      *mistakeResult `json:"mistake"`
}

type bufferResult struct {
	Arg      int    `json:"arg"`
	Name     string `json:"name"`
	Type     string `json:"type"`
	Elements int    `json:"elements"`
	First    []any  `json:"first"` // json.Number, text for NaN and infinities, nil where nothing was written
}

type mistakeResult struct {
	Kind        string   `json:"kind"`
	Detail      string   `json:"detail"`
	Source      string   `json:"source"`
	Callers     []string `json:"callers"`
	Other       string   `json:"other"`
	Address     string   `json:"address"`
	Instruction string   `json:"instruction"`
	Group       [3]int   `json:"group"`
	Wave        int      `json:"wave"`
	Lane        int      `json:"lane"`
	message     string
}

// newMistake is a fault as it is printed.
func newMistake(f *sim.Fault) *mistakeResult {
	return &mistakeResult{f.Kind, f.Detail, f.Source, append([]string{}, f.Callers...), f.Other,
		fmt.Sprintf("%#x", f.Addr), f.Text, f.Group, f.Wave, f.Lane, f.Error()}
}

// verdict says in a line what is wrong.
func (r *kernelsCheckResult) verdict() error {
	if r.Mistake.Kind == "not implemented" {
		return &runtime.DeviceError{Device: "emu:" + r.Arch, Err: fmt.Errorf("kernel %s cannot be checked: the emulator does not know all of its instructions", r.Kernel)}
	}
	return fmt.Errorf("kernel %s has a mistake: %s", r.Kernel, r.Mistake.Kind)
}

// readBuffers takes the first elements of each buffer from the device.
func readBuffers(d *emu.Device, list []checkBuffer, first int) ([]bufferResult, error) {
	q, err := d.NewQueue()
	if err != nil {
		return nil, err
	}
	defer q.Close()
	out := []bufferResult{}
	for _, b := range list {
		t := elementTypes[b.typ]
		r := bufferResult{b.index, b.name, b.typ, b.n, []any{}}
		data := make([]byte, t.bytes*min(first, b.n))
		q.Download(data, b.at)
		for i := 0; i < len(data); i += t.bytes {
			r.First = append(r.First, element(t.text(number(data[i:][:t.bytes])), d.Written(b.at, i, t.bytes)))
		}
		out = append(out, r)
	}
	return out, q.Wait()
}

// number is up to 8 bytes, little-endian.
func number(b []byte) uint64 {
	var word [8]byte
	copy(word[:], b)
	return binary.LittleEndian.Uint64(word[:])
}

// element is a number in JSON: text if JSON has none such, null if nobody wrote
// it.
func element(text string, written bool) any {
	switch {
	case !written:
		return nil
	case strings.ContainsAny(text, "NI"):
		return text
	}
	return json.Number(text)
}

func (a *app) printCheck(r *kernelsCheckResult) error {
	if a.json {
		return a.writeJSON(r)
	}
	if r.Mistake != nil {
		for line := range strings.SplitSeq(r.Mistake.message, "\n") {
			fmt.Fprintln(a.stdout, strings.Repeat(" ", len(line)-len(strings.TrimLeft(line, " ")))+oneLine(line))
		}
	} else {
		fmt.Fprintf(a.stdout, "%s: kernel %s: no mistakes\n", oneLine(r.File), oneLine(r.Kernel))
	}
	fmt.Fprintf(a.stdout, "    %s: %s groups of %s work items, %d instructions of waves, %d loads, %d stores and %d atomic accesses of lanes checked\n",
		r.Arch, sides(r.Grid), sides(r.Block), r.Instructions, r.Loads, r.Stores, r.Atomics)
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, b := range r.Buffers {
		fmt.Fprintf(w, "    arg %d %s\t%s[%d]\t%s\n", b.Arg, oneLine(b.Name), b.Type, b.Elements, b.text())
	}
	return w.Flush()
}

// sides is "4" or "2x2x1".
func sides(n [3]int) string {
	if n[1] == 1 && n[2] == 1 {
		return strconv.Itoa(n[0])
	}
	return fmt.Sprintf("%dx%dx%d", n[0], n[1], n[2])
}

// text is the first elements; "?" is one that nobody wrote.
func (b *bufferResult) text() string {
	var s strings.Builder
	for _, x := range b.First {
		if x == nil {
			x = "?"
		}
		fmt.Fprintf(&s, "%v ", x)
	}
	if len(b.First) < b.Elements {
		s.WriteString("...")
	}
	return s.String()
}
