package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/convert"
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/emu"
	"github.com/rocmforge/rocmforge/device/emu/sim"
	"github.com/rocmforge/rocmforge/internal/synthetic"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/runtime"
	"github.com/spf13/cobra"
)

// kernelsProfile has the flags of kernels profile.
type kernelsProfile struct {
	arch, shape, typ, input, op string
	tokens, depth, groups       int
	listing                     bool
}

func (a *app) kernelsProfileCommand() *cobra.Command {
	var p kernelsProfile
	c := &cobra.Command{
		Use:   "profile --arch A [--shape S --type T] [--op OP] [--tokens N]",
		Short: "Count what a model's kernels do and estimate their time, with no GPU",
		Long: `Execute some work-groups of each kernel of a model's pass on the emulator, and
count instructions by kind, cache lines and bytes. The table also has what the
compiler reports, and estimates of a simple model of a GPU; each figure says
which of the three it is. The model of the GPU has not been compared with a real
one: docs/PERFORMANCE.md has its formulas. Compare only figures of different
kernels of the same model.

It needs libhiprtc and libamd_comgr, and no GPU.`,
		Example: `  rocmforge kernels profile --arch gfx1100 --shape 8b --type Q4_K
  rocmforge kernels profile --arch gfx950 --type MXFP4 --op gemv --listing
  rocmforge kernels profile --arch gfx950 --type MXFP4 --input MXFP4 \
    --op gemm --tokens 2048 --json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.profileKernels(c.Context(), p) },
	}
	f := c.Flags()
	f.StringVar(&p.arch, "arch", "", "GPU `architecture`: "+strings.Join(emu.Archs, " or "))
	f.StringVar(&p.shape, "shape", "8b", "kernels for a model of this `shape`: "+strings.Join(synthetic.Shapes(), ", "))
	f.StringVar(&p.typ, "type", "Q4_K", "tensor `type` of its weights, as in convert")
	f.StringVar(&p.input, "input", "", "`format` that activations are rounded to, as in checkpoints of AMD Quark (MXFP4, FP8_E4M3, ...)")
	f.StringVar(&p.op, "op", "", "only this `op`, such as gemv or attention_decode (default: all of the pass)")
	f.IntVar(&p.tokens, "tokens", 1, "tokens of the pass: 1 is decoding, more is prefill")
	f.IntVar(&p.depth, "depth", 1024, "tokens in the context before them")
	f.IntVar(&p.groups, "groups", 8, "work-groups of each kernel to execute; at least 2 where there are more")
	f.BoolVar(&p.listing, "listing", false, "list instructions below their source lines, with counts")
	c.MarkFlagRequired("arch")
	c.RegisterFlagCompletionFunc("arch", cobra.FixedCompletions(emu.Archs, cobra.ShellCompDirectiveNoFileComp))
	c.RegisterFlagCompletionFunc("shape", cobra.FixedCompletions(synthetic.Shapes(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

func (p *kernelsProfile) check() error {
	if err := checkArch(p.arch, emu.Archs); err != nil {
		return err
	}
	switch {
	case p.tokens < 1 || p.groups < 1 || p.depth < 0:
		return usagef("--tokens and --groups: want at least 1; --depth: at least 0")
	}
	return nil
}

func (a *app) profileKernels(ctx context.Context, p kernelsProfile) error {
	if err := p.check(); err != nil {
		return err
	}
	pass, err := a.rehearse(p)
	if err != nil {
		return err
	}
	defer pass.Close()
	r, err := a.profilePass(ctx, p, pass)
	a.progressLine.end()
	if err != nil {
		return cause(ctx, err)
	}
	if a.json {
		return a.writeJSON(r)
	}
	return a.printProfile(r)
}

// rehearse binds the shape on an emulated card. Its memory is never filled.
func (a *app) rehearse(p kernelsProfile) (*runtime.Rehearsal, error) {
	recipe, err := convert.ParseRecipe(p.typ)
	if err != nil {
		return nil, usagef("--type: %w", err)
	}
	src, config, err := synthetic.Source(p.shape, recipe)
	if err != nil {
		return nil, usagef("--shape: %w", err)
	}
	if p.input != "" {
		f, err := quant.Parse(p.input)
		if err != nil {
			return nil, usagef("--input: %w", err)
		}
		src = synthetic.WithInput(src, f.Type)
	}
	card := sim.CardOf(p.arch)
	if card == nil {
		return nil, usagef("--arch %s: the profiler has no model of this GPU", p.arch)
	}
	d, err := emu.Open(emu.Options{
		Arch: p.arch, Memory: min(1<<40, math.MaxInt), Sparse: true, Unsafe: true, Units: card.Units, Workers: a.threads, Warn: a.printWarning,
	})
	if err != nil {
		return nil, err
	}
	o := a.options()
	if p.input != "" {
		o.Activations = runtime.Simulate
	}
	if o.Context == 0 {
		o.Context = p.tokens + p.depth
	}
	return runtime.Rehearse(src, config, d, o, p.tokens, p.depth)
}

// alike are launches of a pass that differ in addresses only.
type alike struct {
	first runtime.Launch
	times int
}

// launchesOf are the launches of an op, or all.
func launchesOf(pass *runtime.Rehearsal, op string) (list []*alike, err error) {
	found := map[string]*alike{}
	var ops []string
	for _, l := range pass.Launches {
		k := emu.Op(l.Program)
		if !slices.Contains(ops, k.Name) {
			ops = append(ops, k.Name)
		}
		if op != "" && op != k.Name {
			continue
		}
		key := numbersOf(k, l)
		if found[key] == nil {
			found[key] = &alike{first: l}
			list = append(list, found[key])
		}
		found[key].times++
	}
	if len(list) == 0 {
		return nil, usagef("--op %q: this pass launches %s", op, strings.Join(ops, ", "))
	}
	return list, nil
}

// numbersOf is what launches have to have in common: kernels and arguments, but
// for addresses, of which it matters whether there is one. Padding may hold
// anything.
func numbersOf(k *device.Kernel, l runtime.Launch) string {
	key := fmt.Append(nil, l.Program)
	for _, f := range k.Params {
		v := l.Args[f.Offset:][:f.Size]
		if f.Size == 8 {
			v = fmt.Append(nil, bytes.Equal(v, make([]byte, 8)))
		}
		key = fmt.Appendf(key, " %x", v)
	}
	return string(key)
}

func (a *app) profilePass(ctx context.Context, p kernelsProfile, pass *runtime.Rehearsal) (*profileResult, error) {
	list, err := launchesOf(pass, p.op)
	if err != nil {
		return nil, err
	}
	d := pass.Device().(*emu.Device)
	if err := d.Build(ctx, a.progressCount("compiling kernels")); err != nil {
		a.progressLine.end()
		return nil, &runtime.DeviceError{Device: d.Name(), Err: a.compileErrors(cause(ctx, err))}
	}
	r := &profileResult{Card: sim.CardOf(p.arch), Shape: p.shape, Type: p.typ, Input: p.input, Tokens: p.tokens, Depth: p.depth}
	progress := a.progressCount("executing kernels")
	for i, l := range list {
		profiles, err := d.Profile(ctx, l.first.Program, l.first.Args, p.groups)
		if err != nil { // such as that there is no libamd_comgr
			return nil, &runtime.DeviceError{Device: d.Name(), Err: err}
		}
		for _, q := range profiles {
			r.add(q, l.times, p.listing)
		}
		if progress != nil {
			progress(i+1, len(list))
		}
	}
	r.sum(p.op == "")
	return r, nil
}
