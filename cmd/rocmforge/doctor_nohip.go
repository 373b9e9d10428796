//go:build nohip

package main

import "github.com/rocmforge/rocmforge/internal/doctor"

// gpuLibraries are no libraries: this program cannot open any.
func gpuLibraries() []func() doctor.Library { return nil }
