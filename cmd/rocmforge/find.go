package main

import (
	"fmt"
	"strings"

	"github.com/rocmforge/rocmforge/runtime"
	"github.com/rocmforge/rocmforge/stores"
	"github.com/spf13/cobra"
)

// findPath is the file or folder that a path or a name of a model means; "" is
// the built-in model.
func findPath(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	m, err := stores.Find(name)
	if err != nil {
		return "", &runtime.ModelError{Path: name, Err: err}
	}
	return m.Path, nil
}

// findPaths replaces names by paths.
func findPaths(names ...*string) (err error) {
	for _, name := range names {
		if *name, err = findPath(*name); err != nil {
			return err
		}
	}
	return nil
}

// findModel replaces what -m says by a path, and keeps what the model's store
// says of it.
func (a *app) findModel() error {
	if a.model == "" {
		return nil
	}
	m, err := stores.Find(a.model)
	if err != nil {
		return &runtime.ModelError{Path: a.model, Err: err}
	}
	if m.Path != a.model {
		a.found = *m
	}
	a.model = m.Path
	return a.storedContext()
}

// storedContext takes the context that the model's store asks for, unless --ctx
// says otherwise.
func (a *app) storedContext() error {
	n, ok := a.found.Params["num_ctx"].(float64)
	if !ok || a.context > 0 || !(n >= 1 && n <= 1<<28) {
		return nil
	}
	s, _ := runtime.Summarize(a.model, nil, runtime.Options{}) // whoever opens it says what is wrong
	a.context = int(n)
	if s.Context > 0 && a.context > s.Context {
		a.context = s.Context
		a.printWarning(fmt.Sprintf("num_ctx of %s is %d, and the model was trained for %d tokens: these are taken", a.found.Name, int(n), s.Context))
	}
	return nil
}

// stops are the strings that end a text: those of the flags, or those of the
// model's store.
func (a *app) stops(flags []string) []string {
	if len(flags) > 0 {
		return flags
	}
	switch stop := a.found.Params["stop"].(type) {
	case []string:
		return stop
	case string:
		return []string{stop}
	}
	return nil
}

// completeModel completes -m by names of models, and by files.
func completeModel(_ *cobra.Command, _ []string, begun string) (names []string, _ cobra.ShellCompDirective) {
	for _, m := range stores.List().Models {
		if m.Kind == stores.ModelKind && m.Problem == nil && strings.HasPrefix(m.Name, begun) {
			names = append(names, m.Name)
		}
	}
	return names, cobra.ShellCompDirectiveDefault
}
