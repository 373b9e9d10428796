package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/runtime"
	"github.com/spf13/cobra"
)

// gonogoFlags are the flags of the command.
type gonogoFlags struct {
	reference          string
	maxRise            float64 // percent
	minSpeed, minSaved float64
	skip               []string
	text               measuredText
}

// gonogoResult is the JSON of gonogo.
type gonogoResult struct {
	Go     bool          `json:"go"`
	Model  string        `json:"model"`
	Device string        `json:"device"`
	Checks []gonogoCheck `json:"checks"`
}

// gonogoCheck is a line of the list.
type gonogoCheck struct {
	Name   string       `json:"name"`
	Status gonogoStatus `json:"status"`
	Figure string       `json:"figure"`         // what was measured, or why it was not
	Wanted string       `json:"wanted"`         // for a pass
	Next   string       `json:"next,omitempty"` // what to do; absent after a pass
}

type gonogoStatus string

const (
	passed        gonogoStatus = "pass"
	failed        gonogoStatus = "fail"
	notMeasurable gonogoStatus = "not measurable"
)

// unmeasured is the error of a check that has no figure here.
type unmeasured struct {
	error
	instead string // what to do; "": what the check says
}

func unmeasuredf(format string, args ...any) error {
	return unmeasured{error: fmt.Errorf(format, args...)}
}

// gonogoCheckup is a check: its figure, and whether that is good enough.
type gonogoCheckup struct {
	name, wanted string
	next         string // after a failure
	instead      string // where it cannot be measured
	measure      func(context.Context) (figure string, ok bool, err error)
}

func (a *app) gonogoCommand() *cobra.Command {
	var f gonogoFlags
	c := &cobra.Command{
		Use:   "gonogo [flags] [MODEL]",
		Short: "Check whether an MX-quantized model is ready for use here",
		Long: `Check whether a model in MX formats is ready for use on this machine. Each check
is measured now, and passes, fails or is not measurable here:

  rocm            ROCm is new enough for the GPUs of this machine
  quark           AMD Quark is installed in python3 (only its users need it)
  mx-types        GGUF's MX types have the values of the specification and ggml
  dequantization  the device decodes rows of the model's MX weights correctly
  quark-folder    a folder in AMD Quark's format loads, and computes
  perplexity      what quantizing costs the model
  kv-cache        memory saved by an MXFP6 cache (or --kv-cache-dtype) over F16
  throughput      decoding against the same model in F16, on this device; the
                  whole model is written in F16 into the temporary folder

The model is one in MX formats, or one in F16, BF16 or F32, which is quantized
to MXFP4 by rounding in a temporary folder. The rise of perplexity is measured
against the model before quantization: that one, or --reference. Rounding to
MXFP4 costs the demo model of 7 million parameters 8.6%, and larger models less,
which is why --max-rise is 10% by default.

A comparison that does not fit the device's memory or the temporary folder is
not measurable. The result is "go" if no check fails, at least one passes, and
the device works to the end.

Exit code 0 for a go, 5 if the device is missing or fails, 1 otherwise.`,
		Example: `  rocmforge gonogo
  rocmforge gonogo --device hip ./Llama-MXFP4 --reference ./Llama --max-rise 3
  rocmforge gonogo ./Llama --file text.txt --skip quark --json`,
		Args:              a.modelArg,
		ValidArgsFunction: completeModel,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return a.gonogo(c.Context(), &f)
		},
	}
	c.Flags().StringVar(&f.reference, "reference", "", "the `model` before quantization")
	c.Flags().Float64Var(&f.maxRise, "max-rise", 10, "allowed rise of perplexity, in percent")
	c.Flags().Float64Var(&f.minSaved, "min-saved", 60, "wanted saving of KV cache memory, in percent")
	c.Flags().Float64Var(&f.minSpeed, "min-speed", 1, "wanted speed of decoding, as a multiple of F16's")
	c.Flags().StringSliceVar(&f.skip, "skip", nil, "checks to leave out")
	c.RegisterFlagCompletionFunc("skip", cobra.FixedCompletions(gonogoNames, cobra.ShellCompDirectiveNoFileComp))
	c.RegisterFlagCompletionFunc("reference", completeModel)
	f.text.flags(c)
	return c
}

// gonogoNames are the checks in the order of the list.
var gonogoNames = []string{"rocm", "quark", "mx-types", "dequantization", "quark-folder", "perplexity", "kv-cache", "throughput"}

func (f *gonogoFlags) check() error {
	for _, name := range f.skip {
		if !slices.Contains(gonogoNames, name) {
			return usagef("--skip %q: want some of %s", name, strings.Join(gonogoNames, ", "))
		}
	}
	if !(f.maxRise >= 0) || !(f.minSpeed >= 0) || !(f.minSaved >= 0 && f.minSaved < 100) {
		return usagef("--max-rise and --min-speed: want at least 0; --min-saved: 0 to 100")
	}
	return f.text.check()
}

func (a *app) gonogo(ctx context.Context, f *gonogoFlags) error {
	dir, err := os.MkdirTemp("", "rocmforge-gonogo-")
	if err != nil {
		return err
	}
	remove := func() { os.RemoveAll(dir) }
	defer remove()
	a.signals.beforeExit(remove)
	s := &subject{app: a, flags: f, dir: dir}
	if err := findPaths(&f.reference); err != nil {
		return err
	}
	if err := s.describe(); err != nil {
		return err
	}
	r := gonogoResult{Model: a.modelName(), Checks: []gonogoCheck{}}
	var lost error
	for _, c := range append(a.machineChecks(), s.checks()...) {
		if slices.Contains(f.skip, c.name) {
			continue
		}
		if isTerminal(a.stderr) {
			fmt.Fprintf(a.stderr, "rocmforge: checking %s\n", c.name)
		}
		row, err := c.run(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if is[*runtime.DeviceError](err) {
			lost = err
		}
		r.Checks = append(r.Checks, row)
	}
	r.Device = s.device
	r.Go = lost == nil && r.problem() == nil
	if err := a.printGonogo(&r); err != nil {
		return err
	}
	return errors.Join(r.problem(), lost)
}

// run makes a line of a check. An error that it gives as well is in the line.
func (c *gonogoCheckup) run(ctx context.Context) (gonogoCheck, error) {
	r := gonogoCheck{Name: c.name, Wanted: c.wanted, Status: passed}
	figure, ok, err := c.measure(ctx)
	r.Figure = figure
	var none unmeasured
	switch {
	case is[*runtime.DeviceError](err):
		r.Status, r.Figure, r.Next = notMeasurable, oneLine(err.Error()), "rocmforge doctor looks for the cause"
		if is[*device.Fault](err) { // it was there, and did not do its work
			r.Status = failed
		}
	case errors.As(err, &none):
		r.Status, r.Figure, r.Next = notMeasurable, oneLine(err.Error()), cmp.Or(none.instead, c.instead)
	case err != nil:
		r.Status, r.Figure, r.Next = failed, oneLine(err.Error()), c.next
	case !ok:
		r.Status, r.Next = failed, c.next
	}
	return r, err
}
