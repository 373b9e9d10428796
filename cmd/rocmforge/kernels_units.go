package main

import (
	"slices"

	"github.com/rocmforge/rocmforge/convert"
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/null"
	"github.com/rocmforge/rocmforge/gopher"
	"github.com/rocmforge/rocmforge/internal/synthetic"
	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/kernels/jit"
	"github.com/rocmforge/rocmforge/runtime"
)

// unitInfo is what the manifest says of a kernel beyond its code object.
type unitInfo struct {
	Op        string            `json:"op"`
	Formats   map[string]string `json:"formats"` // by role: "w" -> "Q4_K"
	Constants map[string]int    `json:"constants"`
	Grid      [3]string         `json:"grid"`  // blocks of a launch in x, y and z
	Block     int               `json:"block"` // work items of a block

	kernel *device.Kernel
	step   device.KernelStep
}

// unitKey names a kernel: other archs have other ones of the same symbol.
type unitKey struct{ arch, symbol string }

// unitsFor gives the programs that a model, or a shape with weights of a type,
// needs on an arch, and says what each kernel is.
var unitsFor = func(arch, model string, b kernelsBuild, o runtime.Options) ([]kernels.Program, map[unitKey]unitInfo, error) {
	a, _ := kernels.ArchOf(arch, 0)
	bound, err := boundOps(a, model, b, o)
	if err != nil {
		return nil, nil, err
	}
	var units []kernels.Unit
	infos := map[unitKey]unitInfo{}
	for _, op := range bound {
		for _, s := range op.Steps {
			u := kernels.Unit{Kernel: s.Kernel, Formats: s.Formats, Consts: s.Consts}
			units = append(units, u)
			if key := (unitKey{a.Name, u.Symbol()}); infos[key].kernel == nil { // else the first op's
				infos[key] = unitInfo{Op: op.Kernel.Name, Formats: s.Formats, Constants: s.Consts, kernel: op.Kernel, step: s}
			}
		}
	}
	programs, err := kernels.Programs(a, units)
	return programs, infos, err
}

func boundOps(a kernels.Arch, model string, b kernelsBuild, o runtime.Options) ([]null.Bound, error) {
	switch {
	case b.shape != "":
		recipe, err := convert.ParseRecipe(b.typ)
		if err != nil {
			return nil, usagef("--type: %w", err)
		}
		src, config, err := synthetic.Source(b.shape, recipe)
		if err != nil {
			return nil, usagef("--shape: %w", err)
		}
		return runtime.KernelsOf(src, config, a, o)
	case model != "":
		return runtime.Kernels(model, a, o)
	}
	r := gopher.Model()
	return runtime.KernelsReader(r, r.Size(), a, o)
}

// findGrid fills in the rule for launches, with the names that the code object
// has for parameters.
func (u *unitInfo) findGrid(args []jit.Arg) (err error) {
	params := slices.Clone(u.kernel.Params)
	for i := range min(len(params), len(args)) {
		params[i].Name = args[i].Name
	}
	u.Grid, u.Block, err = gridRule(u.kernel, u.step, params)
	return err
}
