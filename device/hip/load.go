//go:build !nohip

package hip

import (
	"fmt"
	"slices"

	"github.com/rocmforge/rocmforge/amdhip"
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/kernels/jit"
)

// load puts a code object on the GPU and makes programs ready that waited for
// its kernels.
func (d *Device) load(p kernels.Program, o jit.Object) error {
	if err := d.checkObject(p, o); err != nil {
		return err
	}
	functions := make([]amdhip.Function, len(p.Symbols))
	err := d.call(func(t *thread) error { return t.load(o.Code, p.Symbols, functions) })
	if err != nil {
		return fmt.Errorf("%s: kernels %s: %w", d.name, p.Name, err)
	}
	c := &d.compiled
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, symbol := range p.Symbols {
		u := c.units[symbol]
		u.function = functions[i]
		if k, ok := o.Metadata.Kernel(symbol); ok {
			u.meta = &k
		}
	}
	c.waiting = slices.DeleteFunc(c.waiting, (*program).makeReady)
	return nil
}

// load loads a module and finds its functions, or does nothing.
func (t *thread) load(code []byte, symbols []string, functions []amdhip.Function) error {
	m, err := t.hip.ModuleLoadData(code)
	if err != nil {
		return err
	}
	for i, symbol := range symbols {
		if functions[i], err = t.hip.ModuleGetFunction(m, symbol); err != nil {
			_ = t.hip.ModuleUnload(m)
			return err
		}
	}
	t.modules = append(t.modules, m)
	return nil
}

// checkObject compares the kernels' parameters with those of the ops.
func (d *Device) checkObject(p kernels.Program, o jit.Object) error {
	d.compiled.mu.Lock()
	defer d.compiled.mu.Unlock()
	for _, symbol := range p.Symbols {
		meta, ok := o.Metadata.Kernel(symbol)
		if !ok {
			continue // the code object says nothing about its kernels
		}
		for _, user := range d.compiled.units[symbol].users {
			if err := checkParams(user, meta); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkParams is an error unless an op's argument struct is laid out as the
// kernel's parameters are.
func checkParams(k *device.Kernel, meta jit.Kernel) error {
	args := slices.DeleteFunc(slices.Clone(meta.Args), jit.Arg.Hidden)
	if len(args) != len(k.Params) {
		return fmt.Errorf("kernel %s takes %d parameters, op %s has %d", meta.Symbol, len(args), k.Name, len(k.Params))
	}
	for i, a := range args {
		if p := k.Params[i]; a.Offset != p.Offset || a.Size != p.Size {
			return fmt.Errorf("kernel %s: parameter %d (%s) is %d bytes at %d, op %s has %s with %d bytes at %d",
				meta.Symbol, i, a.Name, a.Size, a.Offset, k.Name, p.Name, p.Size, p.Offset)
		}
	}
	return nil
}
