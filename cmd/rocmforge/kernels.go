package main

import (
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/rocmforge/rocmforge/kernels/jit"
	"github.com/spf13/cobra"
)

func (a *app) kernelsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "kernels",
		Short: "Manage compiled GPU kernels; check and profile kernels",
		Long: `Kernels are compiled for a GPU and a model when the model is opened, and kept in
the kernel cache: the folder ROCMFORGE_CACHE_DIR, or rocmforge/kernels in the
user's cache folder. build, check and profile need ROCm's compiler, and no GPU.`,
		Example: `  rocmforge kernels list
  rocmforge kernels build --arch gfx1100,gfx950 --shape 8b --type Q4_K -o code
  rocmforge kernels check scale.hip --arg f32[64]=ramp --arg f32:0.5
  rocmforge kernels profile --arch gfx1100 --shape 8b --type Q4_K`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return commandError(c, args[0])
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.SuggestionsMinimumDistance = 2
	a.add(c, "", a.kernelsListCommand(), a.kernelsCleanCommand(), a.kernelsBuildCommand(), a.kernelsCheckCommand(), a.kernelsProfileCommand())
	return uses(c)
}

// kernelsListResult is the JSON of kernels list.
type kernelsListResult struct {
	Folder  string        `json:"folder"`
	Bytes   int64         `json:"bytes"`
	Entries []kernelEntry `json:"entries"`
}

type kernelEntry struct {
	Arch     string    `json:"arch"`
	Program  string    `json:"program"`
	Kernels  []string  `json:"kernels"`
	Bytes    int64     `json:"bytes"`
	Used     time.Time `json:"used"`
	Compiler string    `json:"compiler"`
	Key      string    `json:"key"`
}

func (a *app) kernelsListCommand() *cobra.Command {
	return uses(&cobra.Command{
		Use:     "list",
		Short:   "List the code objects in the kernel cache, last used first",
		Example: "  rocmforge kernels list --json",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			cache, err := jit.OpenCache("")
			if err != nil {
				return err
			}
			entries, err := cache.List()
			if err != nil {
				return err
			}
			return a.printKernels(cache.Dir(), entries)
		},
	})
}

func (a *app) printKernels(dir string, entries []jit.Entry) error {
	r := kernelsListResult{Folder: dir, Entries: []kernelEntry{}}
	for _, e := range entries {
		r.Bytes += e.Bytes
		r.Entries = append(r.Entries, kernelEntry{e.Arch, e.Program, e.Kernels, e.Bytes, e.Used.UTC().Truncate(time.Second), e.Compiler, e.Key})
	}
	if a.json {
		return a.writeJSON(r)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	if len(entries) > 0 {
		fmt.Fprintln(w, "ARCH\tPROGRAM\tKERNELS\tSIZE\tLAST USE")
	}
	for i, e := range r.Entries {
		used := entries[i].Used.Local().Format("2006-01-02 15:04")
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", oneLine(e.Arch), oneLine(e.Program), len(e.Kernels), bytesText(e.Bytes), used)
	}
	fmt.Fprintf(w, "%d code objects, %s in %s\n", len(entries), bytesText(r.Bytes), oneLine(dir))
	return w.Flush()
}

// kernelsCleanResult is the JSON of kernels clean.
type kernelsCleanResult struct {
	Folder  string `json:"folder"`
	Removed int    `json:"removed"`
	Bytes   int64  `json:"bytes"`
}

func (a *app) kernelsCleanCommand() *cobra.Command {
	return uses(&cobra.Command{
		Use:     "clean",
		Short:   "Empty the kernel cache",
		Example: "  rocmforge kernels clean",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			cache, err := jit.OpenCache("")
			if err != nil {
				return err
			}
			removed, bytes, err := cache.Clean()
			if err != nil {
				return errors.Join(err, fmt.Errorf("%d code objects were removed", removed))
			}
			if a.json {
				return a.writeJSON(kernelsCleanResult{cache.Dir(), removed, bytes})
			}
			_, err = fmt.Fprintf(a.stdout, "%d code objects, %s, removed from %s\n", removed, bytesText(bytes), oneLine(cache.Dir()))
			return err
		},
	})
}
