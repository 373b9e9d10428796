package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/rocmforge/rocmforge/internal/synthetic"
	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/kernels/jit"
	"github.com/spf13/cobra"
)

// kernelsBuild has the flags of kernels build.
type kernelsBuild struct {
	archs           []string
	shape, typ, dir string
}

// kernelsBuildResult is the JSON of kernels build.
type kernelsBuildResult struct {
	Folder   string `json:"folder"`
	Programs int    `json:"programs"`
	Kernels  int    `json:"kernels"`
	Bytes    int64  `json:"bytes"`
	Spills   int    `json:"spills"`
}

func (a *app) kernelsBuildCommand() *cobra.Command {
	var b kernelsBuild
	c := &cobra.Command{
		Use:   "build --arch A,... -o DIR [MODEL | --shape S --type T]",
		Short: "Compile a model's kernels into a folder",
		Long: `Compile the kernels of a model, for GPUs that this machine need not have: one
code object for each program, and manifest.json, which lists for each kernel its
op, formats, constants, grid, arguments, registers, spills, LDS and occupancy.
The model is the built-in one unless MODEL (or -m) or --shape names another, of
which only the headers are read. It needs libhiprtc, and no GPU.`,
		Example: `  rocmforge kernels build --arch gfx1100 model.gguf -o code
  rocmforge kernels build --arch gfx1100,gfx950 --shape 8b --type Q4_K -o code`,
		Args:              a.modelArg,
		ValidArgsFunction: completeModel,
		RunE:              func(c *cobra.Command, _ []string) error { return a.buildKernels(c.Context(), b) },
	}
	f := c.Flags()
	f.StringSliceVar(&b.archs, "arch", nil, "GPU architectures, separated by commas, such as gfx1100,gfx950")
	f.StringVar(&b.shape, "shape", "", "kernels for a model of this `shape`: "+strings.Join(synthetic.Shapes(), ", "))
	f.StringVar(&b.typ, "type", "", "tensor `type` of that model's weights, as in convert")
	f.StringVarP(&b.dir, "output", "o", "", "`folder` to write to")
	c.MarkFlagRequired("arch")
	c.MarkFlagRequired("output")
	c.RegisterFlagCompletionFunc("shape", cobra.FixedCompletions(synthetic.Shapes(), cobra.ShellCompDirectiveNoFileComp))
	c.RegisterFlagCompletionFunc("arch", cobra.FixedCompletions(jit.Archs(), cobra.ShellCompDirectiveNoFileComp))
	return uses(c, "model", "ctx", "kv-cache-dtype", "activations", "exact")
}

func (a *app) buildKernels(ctx context.Context, b kernelsBuild) error {
	if (b.shape == "") != (b.typ == "") || b.shape != "" && a.model != "" {
		return usagef("want -m, or --shape and --type, or neither")
	}
	for _, arch := range b.archs {
		base, _, _ := strings.Cut(arch, ":") // the features that follow the compiler knows
		if err := checkArch(base, jit.Archs()); err != nil {
			return err
		}
	}
	var programs []kernels.Program
	infos := map[unitKey]unitInfo{}
	for _, arch := range b.archs {
		p, info, err := unitsFor(arch, a.model, b, a.options())
		if err != nil {
			return err
		}
		programs = append(programs, p...)
		maps.Copy(infos, info)
	}
	objects, err := a.compile(ctx, programs)
	if err != nil {
		return err
	}
	r, err := writeKernels(b.dir, a.model, programs, objects, infos)
	if err != nil {
		return err
	}
	if a.json {
		return a.writeJSON(r)
	}
	_, err = fmt.Fprintf(a.stdout, "%s: %d programs, %d kernels, %s, %d spilled registers\n",
		oneLine(r.Folder), r.Programs, r.Kernels, bytesText(r.Bytes), r.Spills)
	return err
}

// compile makes code objects; what the compiler said goes to stderr.
func (a *app) compile(ctx context.Context, programs []kernels.Program) ([]jit.Object, error) {
	compiler, err := jit.New(jit.Options{Warn: func(err error) { a.printWarning(err.Error()) }})
	if err != nil {
		return nil, err
	}
	objects, err := compiler.Compile(ctx, programs, a.progressCount("compiling"))
	a.progressLine.end()
	if err != nil {
		return nil, a.compileErrors(cause(ctx, err))
	}
	for _, o := range objects {
		if o.Log != "" && !a.json {
			fmt.Fprintf(a.stderr, "%s for %s:\n%s\n", o.Program, o.Arch, o.Log)
		}
	}
	return objects, nil
}

// compileErrors shows the compiler's messages in their lines. With --json they
// are in the error's one line.
func (a *app) compileErrors(err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || a.json || !is[*jit.CompileError](err) {
		return err
	}
	for _, e := range joined.Unwrap() {
		fmt.Fprintln(a.stderr, e)
	}
	return errors.New("some kernels did not compile (see above)")
}

func (a *app) printWarning(s string) {
	if !a.json {
		fmt.Fprintf(a.stderr, "rocmforge: warning: %s\n", oneLine(s))
	}
}
