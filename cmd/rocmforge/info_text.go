package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/rocmforge/rocmforge/runtime"
)

// printInfo shows the result to people.
func (a *app) printInfo(r *infoResult) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%s\t%s\n", name, oneLine(fmt.Sprintf(format, args...)))
	}
	row("model", "%s", r.Model)
	row("format", "%s, %s", r.Format, bytesText(r.Bytes))
	row("tensors", "%d (%s), %d parameters", r.TensorCount, typesText(r.Types), r.Parameters)
	if s := r.Shape; s != nil {
		row("architecture", "%s", s.Architecture)
		row("layers", "%d of width %d, feed-forward %d", s.Layers, s.Hidden, s.FFN)
		row("attention", "%d heads of %d, %d of keys and values", s.Heads, s.HeadDim, s.KVHeads)
		if s.PerLayer != nil {
			row("by layer", "fewer heads or a narrower feed-forward in some (--json lists them)")
		}
		row("vocabulary", "%d", s.Vocab)
		row("context", "%d", s.Context)
	}
	if t := r.Tokenizer; t.Error != "" {
		row("tokenizer", "none: %s", t.Error)
	} else {
		row("tokenizer", "%s, %d tokens", t.Kind, t.Tokens)
	}
	if m := r.Memory; m != nil {
		row("device", "%s", r.Device)
		row("memory", "%s weights, %s mapped, %s KV cache (%d tokens of %s), %s work buffers", bytesText(int64(m.Weights)),
			bytesText(int64(m.Mapped)), bytesText(int64(m.KVCache)), m.Context, m.KVType, bytesText(int64(m.Work)))
		if m.Activations == runtime.Simulate {
			row("activations", "rounded as the model's author did")
		}
		if m.Available >= 0 {
			row("free", "%s", bytesText(int64(m.Available)))
		}
	}
	if r.Problem != "" {
		row("problem", "%s", r.Problem)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := a.printMetadata(r.Metadata); err != nil {
		return err
	}
	return a.printTensors(r.Tensors)
}

// printMetadata shows a GGUF file's keys; of a folder, its config.json is the
// better reading.
func (a *app) printMetadata(metadata any) error {
	o, ok := metadata.(object)
	if !ok {
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w)
	for _, m := range o {
		value, err := plainJSON(m.value)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\n", oneLine(m.key), cut(value, 100))
	}
	return w.Flush()
}

func (a *app) printTensors(tensors []tensorResult) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for i, t := range tensors {
		if i == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s\t%s\t%v\t%s\n", oneLine(t.Name), t.Type, t.Shape, hashText(t.SHA256))
	}
	return w.Flush()
}

// cut shortens a text for a line.
func cut(b []byte, n int) string {
	if r := []rune(string(b)); len(r) > n {
		return string(r[:n]) + "..."
	}
	return string(b)
}

func typesText(types map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(types)) {
		parts = append(parts, fmt.Sprintf("%s: %d", name, types[name]))
	}
	return strings.Join(parts, ", ")
}

func hashText(sum *string) string {
	if sum == nil {
		return ""
	}
	return *sum
}
