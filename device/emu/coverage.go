package emu

import (
	"maps"
	"slices"
)

// Coverage is how far the instructions of compiled kernels are executed.
type Coverage struct {
	Executed   []string // mnemonics that some kernel executed
	Unexecuted []string // those that only occur
	Missing    []string // texts of instructions that are not implemented
}

// Coverage decodes all kernels that are compiled, and compares what occurs with
// what was executed since the device was opened.
func (d *Device) Coverage() (Coverage, error) {
	d.compiled.mu.Lock()
	defer d.compiled.mu.Unlock()
	occur, missing := map[string]bool{}, map[string]bool{}
	for _, u := range d.compiled.units {
		if u.module == nil {
			continue
		}
		if err := u.decode(d.simArch()); err != nil {
			return Coverage{}, err
		}
		for _, op := range u.program.Ops {
			occur[op] = true
		}
		for _, text := range u.program.Missing {
			missing[text] = true
		}
	}
	executed := d.count.Executed()
	maps.DeleteFunc(occur, func(op string, _ bool) bool { return slices.Contains(executed, op) })
	return Coverage{executed, slices.Sorted(maps.Keys(occur)), slices.Sorted(maps.Keys(missing))}, nil
}
