package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// build is what the Go tool recorded about this binary.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"` // empty where it was built without version control
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
}

func readBuild() build {
	b := build{Version: "(devel)", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" {
		b.Version = v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

func (b build) String() string {
	s := b.Version
	if b.Commit != "" {
		s += " (commit " + b.Commit + ")"
	}
	return fmt.Sprintf("%s, %s, %s/%s", s, b.Go, b.OS, b.Arch)
}

func (a *app) versionCommand() *cobra.Command {
	return uses(&cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  rocmforge version --json",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			if a.json {
				return a.writeJSON(a.build)
			}
			_, err := fmt.Fprintln(a.stdout, "rocmforge", a.build)
			return err
		},
	})
}
