package main

import (
	"errors"

	"github.com/rocmforge/rocmforge/internal/doctor"
	"github.com/rocmforge/rocmforge/runtime"
	"github.com/spf13/cobra"
)

// patient is the machine that doctor looks at. Tests put recorded ones there.
var patient = func() doctor.Env {
	e := doctor.Host()
	e.Libraries = gpuLibraries()
	return e
}

func (a *app) doctorCommand() *cobra.Command {
	return uses(&cobra.Command{
		Use:   "doctor",
		Short: "Diagnose what keeps models from running on a GPU",
		Long: `Diagnose what keeps models from running on an AMD GPU: the GPUs, the kernel's
driver, devices and their permissions, ROCm's libraries, environment variables,
the kernel cache. Each check is ok, info, unknown, a warning or a problem;
warnings and problems come with a remedy. Nothing is changed. Exit code 5 if
there is a problem, 0 otherwise.`,
		Example: "  rocmforge doctor\n  rocmforge doctor --json",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.doctor(doctor.Examine(c.Context(), patient()))
		},
	})
}

func (a *app) doctor(r doctor.Report) error {
	write := func() error { return r.WriteText(a.stdout, a.width()) }
	if a.json {
		write = func() error { return a.writeJSON(r) }
	}
	if err := write(); err != nil || r.Problems == 0 {
		return err
	}
	return &runtime.DeviceError{Device: "hip", Err: errors.New(r.Summary())}
}
