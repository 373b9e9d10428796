package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/rocmforge/rocmforge/convert"
	"github.com/rocmforge/rocmforge/internal/safefile"
	"github.com/spf13/cobra"
)

func (a *app) convertCommand() *cobra.Command {
	var typ string
	var force bool
	c := &cobra.Command{
		Use:   "convert IN OUT --type T",
		Short: "Write a model as a GGUF file of another type",
		Long: `Write a Hugging Face folder or GGUF file as a GGUF file whose linear weights
have type T. OUT is complete or absent; a file that exists is written over only
with --force. If IN is a GGUF file and OUT does not end in .gguf, OUT is a
Hugging Face folder. T is then F32, F16 or BF16, or keep, which writes weights
in MX formats or FP8 in AMD Quark's format. Types:

` + wrapped(convert.RecipeNames()),
		Example: `  rocmforge convert ./TinyLlama-1.1B tinyllama.gguf --type Q4_K_M
  rocmforge convert model-f16.gguf model-q8.gguf --type Q8_0 --json
  rocmforge convert ./TinyLlama-1.1B-MXFP4 tinyllama-mxfp4.gguf --type keep
  rocmforge convert tinyllama-mxfp4.gguf ./TinyLlama-1.1B-MXFP4 --type keep
  rocmforge convert tinyllama-q8.gguf ./TinyLlama-1.1B-BF16 --type BF16`,
		Args: wants("IN", "OUT.gguf (or a folder)"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.convert(c.Context(), args[0], args[1], typ, force)
		},
	}
	c.Flags().StringVar(&typ, "type", "", "tensor type of the linear weights, or keep")
	c.Flags().BoolVar(&force, "force", false, "write over a file OUT that exists")
	c.MarkFlagRequired("type")
	c.RegisterFlagCompletionFunc("type", cobra.FixedCompletions(convert.RecipeNames(), cobra.ShellCompDirectiveNoFileComp))
	return uses(c)
}

func (a *app) convert(ctx context.Context, in, out, typ string, force bool) error {
	recipe, err := convert.ParseRecipe(typ)
	if err != nil {
		return usagef("--type: %w", err)
	}
	if in, err = findPath(in); err != nil {
		return err
	}
	write := convert.Convert
	if toFolder := !isFolder(in) && !strings.HasSuffix(out, ".gguf"); toFolder {
		if !recipe.ToFolder() {
			return usagef("--type %s: a folder takes keep, F32, F16 or BF16; for a GGUF file, end the name of OUT in .gguf", typ)
		}
		write = convert.ToFolder
	} else if err := checkNew(in, out, force); err != nil {
		return err
	}
	r, err := write(ctx, in, out, convert.Options{Recipe: recipe, New: !force, Progress: a.progress("converting"), Warn: a.printWarning})
	if err != nil {
		return cause(ctx, err)
	}
	if a.json {
		return a.writeJSON(r)
	}
	_, err = fmt.Fprintf(a.stdout, "%s: %d tensors, %s (%s)\n", oneLine(out), r.Tensors, bytesText(r.Bytes), typesText(r.Types))
	return err
}

// checkNew refuses a file that cannot be written, or that is there already, unless
// force; never an input.
func checkNew(in, out string, force bool) error {
	if err := safefile.CheckFile(out); err != nil {
		return err
	}
	if err := safefile.CheckNotInput(out, in); err != nil {
		return err
	}
	if _, err := os.Lstat(out); err == nil && !force {
		return fmt.Errorf("%s already exists; choose another name, or --force to write over it", out)
	}
	return nil
}

// wrapped is a list of words in lines for a help text.
func wrapped(words []string) string {
	var b strings.Builder
	column := 0
	for i, w := range words {
		switch {
		case i > 0 && column+len(w) > 74:
			b.WriteString(",\n  ")
			column = 0
		case i > 0:
			b.WriteString(", ")
		default:
			b.WriteString("  ")
		}
		b.WriteString(w)
		column += len(w) + 2
	}
	return b.String()
}
