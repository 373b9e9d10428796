package main

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/convert"
	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/gopher"
	"github.com/rocmforge/rocmforge/internal/synthetic"
	"github.com/spf13/cobra"
)

// syntheticModel has the flags that ask for a model with random weights.
type syntheticModel struct {
	shape, typ, write string
	force             bool
}

func (s *syntheticModel) flags(c *cobra.Command) {
	c.Flags().StringVar(&s.shape, "shape", "", "measure random weights in the `shape` of a published model: 1b, 8b or 70b")
	c.Flags().StringVar(&s.typ, "type", "", "tensor `type` of these weights, as in convert (default Q4_K_M)")
	c.Flags().StringVar(&s.write, "write", "", "keep that model as this GGUF `file`")
	c.Flags().BoolVar(&s.force, "force", false, "let --write write over a file that exists")
	c.RegisterFlagCompletionFunc("shape", cobra.FixedCompletions(synthetic.Shapes(), cobra.ShellCompDirectiveNoFileComp))
	c.RegisterFlagCompletionFunc("type", cobra.FixedCompletions(convert.RecipeNames(), cobra.ShellCompDirectiveNoFileComp))
}

// make writes the file, if one was asked for, and lets -m name it. remove takes
// it away again unless it is to be kept.
func (s *syntheticModel) make(ctx context.Context, a *app) (remove func(), err error) {
	recipe, err := s.check(a)
	if err != nil || recipe == nil {
		return func() {}, err
	}
	path, remove, err := s.place(a)
	if err != nil {
		return nil, err
	}
	r := gopher.Model()
	vocab, err := gguf.Read(r, r.Size())
	if err == nil {
		err = synthetic.Write(ctx, path, synthetic.Options{
			Shape: s.shape, Recipe: recipe, Vocab: vocab, Progress: a.progress("writing"),
		})
	}
	if err != nil {
		remove()
		return nil, cause(ctx, err)
	}
	a.model = path
	return remove, nil
}

// check reads the flags; the recipe is nil if no model was asked for.
func (s *syntheticModel) check(a *app) (*convert.Recipe, error) {
	switch {
	case s.shape == "" && (s.write != "" || s.typ != ""):
		return nil, usagef("--type and --write need --shape")
	case s.shape == "":
		return nil, nil
	case a.model != "":
		return nil, usagef("--shape makes its own model; use it without -m")
	case !slices.Contains(synthetic.Shapes(), s.shape):
		return nil, usagef("--shape %q: want one of %s", s.shape, strings.Join(synthetic.Shapes(), ", "))
	}
	recipe, err := convert.ParseRecipe(cmp.Or(s.typ, "Q4_K_M"))
	if err != nil {
		return nil, usagef("--type: %w", err)
	}
	return recipe, nil
}

// place is where the file goes: to --write, or into a folder that remove, or
// the signal that ends the process, takes away.
func (s *syntheticModel) place(a *app) (path string, remove func(), err error) {
	if s.write != "" {
		return s.write, func() {}, checkNew("", s.write, s.force)
	}
	dir, err := os.MkdirTemp("", "rocmforge-bench-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { os.RemoveAll(dir) }
	a.signals.beforeExit(remove)
	return filepath.Join(dir, "model.gguf"), remove, nil
}
