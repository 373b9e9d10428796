package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/stores"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// aliases are other programs' names of flags.
var aliases = map[string]string{
	"temp": "temperature", "ctx-size": "ctx", "max-model-len": "ctx", "n-predict": "max-tokens",
	"cache-type-k": "kv-cache-dtype", "cache-type-v": "kv-cache-dtype",
}

// flagName is a flag's name here.
func flagName(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	name = strings.ReplaceAll(name, "_", "-")
	if ours, ok := aliases[name]; ok {
		name = ours
	}
	return pflag.NormalizedName(name)
}

// kinds are the types of flags in words.
var kinds = map[string]string{
	"int": "a whole number", "uint64": "a whole number of at least 0", "intSlice": "whole numbers separated by commas",
	"float32": "a number", "float64": "a number", "bool": "true or false", "duration": "a time such as 500ms or 2s",
}

// noOffload are the flags by which llama.cpp puts layers on a GPU.
var noOffload = []string{"-ngl", "--n-gpu-layers", "--gpu-layers"}

// flagError says what a flag wants, not which function could not read it, and
// which flag may have been meant.
func (a *app) flagError(c *cobra.Command, err error) error {
	for _, name := range noOffload {
		if slices.ContainsFunc(a.args, func(arg string) bool { return arg == name || strings.HasPrefix(arg, name+"=") }) {
			return fmt.Errorf("%s: all layers are on one device, which --device names (auto takes a GPU if there is one)", name)
		}
	}
	var invalid *pflag.InvalidValueError
	var unknown *pflag.NotExistError
	switch {
	case errors.As(err, &invalid):
		f := invalid.GetFlag()
		want, ok := kinds[f.Value.Type()]
		if !ok {
			want = f.Value.Type()
		}
		return fmt.Errorf("--%s %q: want %s", f.Name, invalid.GetValue(), want)
	case errors.As(err, &unknown):
		name := unknown.GetSpecifiedName()
		if unknown.GetSpecifiedShortnames() != "" {
			return fmt.Errorf("unknown flag -%s", name)
		}
		return fmt.Errorf("unknown flag --%s%s", name, didYouMean("--", nearest(name, flagNames(c))))
	}
	return err
}

// flagNames are the flags that a command uses.
func flagNames(c *cobra.Command) (names []string) {
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if used(c, f) {
			names = append(names, f.Name)
		}
	})
	return names
}

// commandError names the commands that an unknown one may stand for.
func commandError(c *cobra.Command, name string) error {
	return fmt.Errorf("unknown command %q for %q%s", name, c.CommandPath(), didYouMean("", c.SuggestionsFor(name)))
}

func didYouMean(prefix string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; did you mean " + prefix + strings.Join(names, " or "+prefix) + "?"
}

// nearest are the names that differ from one by a slip of the fingers, or else
// that begin with it or end with it.
func nearest(name string, among []string) (near []string) {
	for _, n := range among {
		if distance(name, n) <= 2 && distance(name, n) < len(name)-1 {
			near = append(near, n)
		}
	}
	for _, n := range among {
		if near == nil && len(name) > 2 && (strings.HasPrefix(n, name) || strings.HasSuffix(n, "-"+name)) {
			return []string{n}
		}
	}
	return near
}

// distance is Levenshtein's: insertions, deletions and replacements.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			next := diagonal
			if a[i] != b[j] {
				next = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}

// wants is the argument check of a command with positional arguments: it names
// all that is missing, required flags included.
func wants(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) > len(names) {
			return fmt.Errorf("unexpected argument %q", args[len(names)])
		}
		missing := slices.Clone(names[len(args):])
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Annotations[cobra.BashCompOneRequiredFlag] != nil && !f.Changed {
				missing = append(missing, "--"+f.Name)
			}
		})
		if len(missing) > 0 {
			return fmt.Errorf("missing: %s", strings.Join(missing, ", "))
		}
		return nil
	}
}

// noArgs is the argument check of commands that have flags only.
func noArgs(c *cobra.Command, args []string) error { return wants()(c, args) }

// modelArg is the argument check of commands that take no text, and so take a
// model without -m as well.
func (a *app) modelArg(c *cobra.Command, args []string) error {
	if len(args) == 1 && a.model == "" {
		if _, err := stores.Find(args[0]); err != nil {
			return fmt.Errorf("%q is no file or folder, and no name of a model (see rocmforge models); %s takes a model and flags", args[0], c.Name())
		}
		a.model, args = args[0], nil
	}
	return noArgs(c, args)
}
