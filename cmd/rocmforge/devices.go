package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/rocmforge/rocmforge/runtime"
	"github.com/spf13/cobra"
)

// devicesResult is the JSON of devices.
type devicesResult struct {
	Devices []runtime.DeviceInfo `json:"devices"`
	NoGPU   string               `json:"no_gpu,omitempty"` // why there is none
}

func (a *app) devicesCommand() *cobra.Command {
	return uses(&cobra.Command{
		Use:   "devices",
		Short: "List the devices that models can run on",
		Long: `List the devices that models can run on. --device auto takes the one marked as
default. Where there is no GPU, rocmforge doctor says why.`,
		Example:    "  rocmforge devices --json",
		Args:       noArgs,
		SuggestFor: []string{"ps"},
		RunE: func(*cobra.Command, []string) error {
			devices, gpus, err := runtime.Devices()
			if err != nil {
				return err
			}
			r := devicesResult{Devices: devices}
			if gpus != nil {
				r.NoGPU = oneLine(gpus.Error())
			}
			if a.json {
				return a.writeJSON(r)
			}
			return a.printDevices(r)
		},
	})
}

func (a *app) printDevices(r devicesResult) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tARCHITECTURE\tWORKERS\tFREE\tDEFAULT\tPRODUCT")
	for _, d := range r.Devices {
		free, note, product := "unknown", "no", "-"
		if d.Available >= 0 {
			free = bytesText(int64(d.Available))
		}
		if d.Default {
			note = "yes"
		}
		if d.Product != "" {
			product = oneLine(d.Product)
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\n", d.Name, d.Arch, d.Workers, free, note, product)
	}
	if err := w.Flush(); err != nil || r.NoGPU == "" {
		return err
	}
	why, _, _ := strings.Cut(r.NoGPU, ". ")
	_, err := fmt.Fprintf(a.stdout, "\n%s.\n`rocmforge doctor` looks for the cause and says what to do.\n", why)
	return err
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
