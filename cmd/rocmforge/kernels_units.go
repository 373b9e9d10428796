package main

import (
	"errors"

	"github.com/rocmforge/rocmforge/kernels"
)

// unitInfo is what the manifest says of a kernel beyond its code object.
type unitInfo struct {
	Op        string            `json:"op"`
	Formats   map[string]string `json:"formats"` // by role: "w" -> "Q4_K"
	Constants map[string]int    `json:"constants"`
	Grid      string            `json:"grid"`  // how many blocks a launch has, as a rule
	Block     string            `json:"block"` // how many work items a block has
}

// unitsFor gives the programs that a model, or a shape with weights of a type,
// needs on an arch, and for each kernel's symbol what it is.
var unitsFor = func(arch, model, shape, typ string) ([]kernels.Program, map[string]unitInfo, error) {
	return nil, nil, errors.New("kernels build: the choice of kernels for a model is not wired yet")
}
