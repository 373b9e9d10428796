package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/rocmforge/rocmforge"
	"github.com/rocmforge/rocmforge/runtime"
	"github.com/rocmforge/rocmforge/runtime/evaluate"
)

// way is a model and the way it is opened.
type way struct{ model, activations, kvType string }

func (w way) String() string {
	s := oneLine(modelName(w.model)) + ", activations " + w.activations
	if w.kvType != "" {
		s += ", KV cache " + w.kvType
	}
	return s
}

// ways are the variants in the order of the table.
func (f *evaluateFlags) ways() (all []way) {
	if f.reference != "" {
		all = []way{{f.reference, runtime.Fast, ""}}
	}
	models, kvTypes := f.models, f.kvTypes
	if models == nil {
		models = []string{""}
	}
	if kvTypes == nil {
		kvTypes = []string{""}
	}
	for _, m := range models {
		for _, act := range f.activations {
			for _, kv := range kvTypes {
				all = append(all, way{m, act, kv})
			}
		}
	}
	return all
}

// findModels replaces the names of models by their paths.
func (f *evaluateFlags) findModels() error {
	for i := range f.models {
		if err := findPaths(&f.models[i]); err != nil {
			return err
		}
	}
	return findPaths(&f.reference)
}

// chunk is --ctx, or else 1024 tokens, or what the models were trained for.
func (a *app) chunk(ways []way) (int, error) {
	chunk := cmp.Or(a.context, 1024)
	for i, w := range ways {
		if i > 0 && ways[i-1].model == w.model {
			continue
		}
		in, err := inspectModel(w.model, rocmforge.Options{Device: "cpu"}) // of which only the file matters
		if in.Config.Context == 0 {
			return 0, err
		}
		if a.context == 0 {
			chunk = min(chunk, in.Config.Context)
		}
	}
	return chunk, nil
}

func (a *app) variant(w way, tokens int) evaluate.Variant {
	o := a.options()
	o.Activations, o.KVCacheDType, o.Context = w.activations, w.kvType, tokens
	return evaluate.Variant{
		Name:    w.String(),
		Inspect: func() error { _, err := inspectModel(w.model, o); return err },
		Open:    func(ctx context.Context) (*rocmforge.Model, error) { return openModel(ctx, w.model, o) },
	}
}

// fileSize is how many bytes a model's tensors and headers take, and the type
// that most of them are of.
func fileSize(path string) (typ string, bytes int64, err error) {
	c, err := openContainer(path)
	if err != nil {
		return "", 0, modelError(path, err)
	}
	defer c.close()
	of := map[string]int64{}
	for _, t := range c.tensors {
		if of[t.typ] += t.size; of[t.typ] > of[typ] {
			typ = t.typ
		}
	}
	return typ, c.bytes, nil
}

// stepper says on stderr what begins, where somebody waits for it.
func (a *app) stepper(doing string) func(evaluate.Variant) {
	if !isTerminal(a.stderr) {
		return nil
	}
	return func(v evaluate.Variant) { fmt.Fprintf(a.stderr, "rocmforge: %s %s\n", doing, v.Name) }
}
