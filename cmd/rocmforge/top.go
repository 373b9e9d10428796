package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rocmforge/rocmforge/internal/sysfs"
	"github.com/rocmforge/rocmforge/runtime"
	"github.com/spf13/cobra"
)

// gpuFiles is the machine that top looks at. Tests put recorded ones there.
var gpuFiles = sysfs.Host

// topResult is the JSON of top.
type topResult struct {
	Driver sysfs.Driver `json:"driver"`
	GPUs   []sysfs.GPU  `json:"gpus"`
}

func (a *app) topCommand() *cobra.Command {
	var (
		once     bool
		interval time.Duration
	)
	c := &cobra.Command{
		Use:   "top",
		Short: "Show load, memory, power and temperatures of the GPUs",
		Long: `Show how busy each AMD GPU is, with its memory, clocks, power and temperatures,
as the Linux kernel tells them. GTT is the part of the machine's memory that a
GPU may use. MHZ are those of the core and of the memory, WATTS those taken and
those allowed, and °C are of the edge, the hottest spot and the memory. "-" is
what the kernel does not report. On a terminal the table is updated until
Ctrl-C; elsewhere, and with --once or --json, it is written once. Exit code 5
if there is no AMD GPU.`,
		Example: "  rocmforge top --interval 500ms\n  rocmforge top --json",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if interval < 100*time.Millisecond || interval > time.Hour {
				return usagef("--interval %v: want 100ms to 1h", interval)
			}
			if once || a.json || !isTerminal(a.stdout) {
				return a.topOnce()
			}
			return a.topLive(c.Context(), interval, terminalSize)
		},
	}
	c.Flags().BoolVar(&once, "once", false, "write the table once, and end")
	c.Flags().DurationVar(&interval, "interval", time.Second, "time between two readings")
	return uses(c)
}

func (a *app) topOnce() error {
	r, err := readGPUs()
	if err != nil {
		return err
	}
	if a.json {
		return a.writeJSON(r)
	}
	_, err = fmt.Fprintln(a.stdout, strings.Join(gpuTable(r.GPUs), "\n"))
	return err
}

// topLive draws the table over itself. Ctrl-C is how it is meant to end.
func (a *app) topLive(ctx context.Context, interval time.Duration, size func() (width, height int)) error {
	drawn := 0
	for {
		r, err := readGPUs()
		if err != nil {
			return err
		}
		width, height := size()
		lines := fit(gpuTable(r.GPUs), width, height)
		if _, err := fmt.Fprint(a.stdout, redraw(drawn, lines)); err != nil {
			return err
		}
		drawn = len(lines)
		select {
		case <-time.After(interval):
		case <-ctx.Done():
			return unlessInterrupted(context.Cause(ctx))
		}
	}
}

func unlessInterrupted(err error) error {
	var sig signalError
	if errors.As(err, &sig) && sig.code == exitInt {
		return nil
	}
	return err
}

func readGPUs() (r topResult, err error) {
	files, err := gpuFiles()
	if err == nil {
		r.Driver = files.Driver()
		r.GPUs, err = files.GPUs()
	}
	if err == nil && len(r.GPUs) == 0 {
		err = errors.New("the kernel shows no AMD GPU; rocmforge doctor says more")
	}
	if err != nil {
		return r, &runtime.DeviceError{Device: "hip", Err: err}
	}
	return r, nil
}
