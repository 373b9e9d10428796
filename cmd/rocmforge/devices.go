package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/rocmforge/rocmforge/runtime"
	"github.com/spf13/cobra"
)

// devicesResult is the JSON of devices.
type devicesResult struct {
	Devices []runtime.DeviceInfo `json:"devices"`
}

func (a *app) devicesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "devices",
		Short: "List the devices that models can run on",
		Long: `List the devices that models can run on. "auto" takes the one marked as the
default. This version computes on the CPU only.`,
		Example: "  rocmforge devices --json",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			devices, err := runtime.Devices()
			if err != nil {
				return err
			}
			if a.json {
				return a.writeJSON(devicesResult{devices})
			}
			return a.printDevices(devices)
		},
	}
}

func (a *app) printDevices(devices []runtime.DeviceInfo) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tARCHITECTURE\tWORKERS\tFREE")
	for _, d := range devices {
		free, note := "unknown", ""
		if d.Available >= 0 {
			free = bytesText(int64(d.Available))
		}
		if d.Default {
			note = "default"
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", d.Name, d.Arch, d.Workers, free, note)
	}
	return w.Flush()
}

// bytesText is a size for people.
func bytesText(n int64) string {
	const k = 1 << 10
	switch {
	case n >= k*k*k:
		return fmt.Sprintf("%.2f GiB", float64(n)/(k*k*k))
	case n >= k*k:
		return fmt.Sprintf("%.1f MiB", float64(n)/(k*k))
	}
	return fmt.Sprintf("%.1f KiB", float64(n)/k)
}
