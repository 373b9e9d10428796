package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/runtime"
	"github.com/rocmforge/rocmforge/runtime/verify"
	"github.com/spf13/cobra"
)

// verifyResult is the JSON of verify.
type verifyResult struct {
	Program  build    `json:"program"`
	Software software `json:"software"`
	*verify.Report
}

// software is what lies between the program and a GPU.
type software struct {
	HIP    string `json:"hip,omitempty"` // versions of the libraries, if they are there
	HIPRTC string `json:"hiprtc,omitempty"`
	Driver string `json:"amdgpu,omitempty"` // of AMD's own packages; the kernel's has none
	Kernel string `json:"kernel,omitempty"`
}

// String names what is there.
func (s software) String() string {
	var b strings.Builder
	for _, part := range []struct{ name, version string }{
		{"HIP", s.HIP}, {"hiprtc", s.HIPRTC}, {"amdgpu", s.Driver}, {"kernel", s.Kernel},
	} {
		if part.version != "" {
			fmt.Fprintf(&b, "%s %s\n", part.name, oneLine(part.version))
		}
	}
	return b.String()
}

func (a *app) verifyCommand() *cobra.Command {
	o := verify.Options{}
	c := &cobra.Command{
		Use:   "verify [flags] [MODEL]",
		Short: "Check whether a device computes correctly",
		Long: `Check whether a device computes correctly: run every op on it and compare the
results with a slow, simple reference; measure how fast it copies memory;
compare a GPU's replayed graphs with single launches; and compare the model's
greedy tokens with the CPU's (a different token counts as wrong where the CPU's
choice is clear). The kernels of all ops are compiled first, which may take a
minute.

With --isolate, a fault that ends the GPU's process is in the report, too.

The report says which GPU, ROCm and driver it was, and holds no paths and no
names of users or machines: please attach it to an issue. Exit code 1 if
something is wrong, 5 if there is no such device, 0 otherwise.`,
		Example: `  rocmforge verify --device hip
  rocmforge verify --device hip --json > report.json
  rocmforge verify --device cpu --ops gemv,rmsnorm`,
		Args:              a.modelArg,
		ValidArgsFunction: completeModel,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.checkVerify(&o); err != nil {
				return err
			}
			return a.verify(c.Context(), o)
		},
	}
	c.Flags().StringSliceVar(&o.Ops, "ops", nil, "check only these `ops`, separated by commas")
	c.Flags().IntVarP(&o.Tokens, "tokens", "n", 64, "tokens to compare")
	c.RegisterFlagCompletionFunc("ops", cobra.FixedCompletions(verify.OpNames(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

func (a *app) checkVerify(o *verify.Options) error {
	all := verify.OpNames()
	for _, op := range o.Ops {
		if !slices.Contains(all, op) {
			return usagef("--ops %q: want some of %s", op, strings.Join(all, ", "))
		}
	}
	if o.Tokens < 1 || o.Tokens > 512 {
		return usagef("--tokens %d: want 1 to 512", o.Tokens)
	}
	if need := max(256, o.Tokens+64); a.context > 0 && a.context < need {
		return usagef("--ctx %d: these checks need at least %d", a.context, need)
	}
	return nil
}

func (a *app) verify(ctx context.Context, o verify.Options) error {
	o.Runtime = a.options()
	o.Open = a.openWith
	if !a.json || isTerminal(a.stderr) {
		o.Step = func(what string) { fmt.Fprintf(a.stderr, "rocmforge: verifying %s\n", what) }
	}
	r, err := verify.Run(ctx, o)
	if err != nil {
		return err
	}
	if err := a.printVerify(verifyResult{a.build, installed(), r}); err != nil || r.OK {
		return err
	}
	return fmt.Errorf("%s computes wrong results: %s", r.Device.Name, strings.Join(r.Failed(), ", "))
}

func (a *app) printVerify(r verifyResult) error {
	if a.json {
		return a.writeJSON(r)
	}
	d := runtime.DeviceInfo{Name: r.Device.Name, Arch: r.Device.Arch, Product: r.Device.Product}
	fmt.Fprintf(a.stdout, "rocmforge %s\n%s\n%s\n", a.build, oneLine(d.String()), r.Software)
	return r.WriteText(a.stdout)
}

// installed looks for ROCm and for the kernel's driver.
func installed() (s software) {
	for _, probe := range patient().Libraries {
		switch l := probe(); l.Name {
		case "libamdhip64":
			s.HIP = l.Version
		case "libhiprtc":
			s.HIPRTC = l.Version
		}
	}
	if files, err := gpuFiles(); err == nil {
		d := files.Driver()
		s.Driver, s.Kernel = string(d.Version), releaseNumber.FindString(string(d.Kernel))
	}
	return s
}

// releaseNumber is the part of a kernel's release that is not its builder's.
var releaseNumber = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*`)
