package main

import "github.com/rocmforge/rocmforge/internal/doctor"

// gpuLibraries are the probes of the libraries that models on a GPU need. This
// program has no GPU support to need them.
func gpuLibraries() []func() doctor.Library { return nil }
