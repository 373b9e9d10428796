package emu

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/emu/sim"
	"github.com/rocmforge/rocmforge/hiprtc"
	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/kernels/jit"
)

// program is an op bound to a device: kernels, launched one behind the other.
type program struct {
	kernel *device.Kernel
	steps  []step
}

// String names the kernels.
func (p *program) String() string {
	var names []string
	for _, s := range p.steps {
		names = append(names, s.unit.symbol)
	}
	return strings.Join(names, " + ")
}

// Op is the op that a program of this package's devices is bound for, or nil.
func Op(p device.Program) *device.Kernel {
	if p, ok := p.(*program); ok {
		return p.kernel
	}
	return nil
}

type step struct {
	unit *unit
	grid func(args unsafe.Pointer) device.Grid
}

// unit is a kernel, specialised.
type unit struct {
	kernels.Unit
	symbol string
	users  []*device.Kernel // whose parameters it takes

	once    sync.Once // decodes
	module  *module   // nil: not compiled
	meta    jit.Kernel
	program *sim.Program
	err     error
}

// decode makes the kernel ready to run, once.
func (u *unit) decode(arch sim.Arch) error {
	u.once.Do(func() { u.program, u.err = u.module.decode(arch, u.symbol) })
	return u.err
}

// compiled is what a device has compiled or has to.
type compiled struct {
	mu       sync.Mutex
	units    map[string]*unit
	loaded   map[string]*Kernel // by Load
	compiler *jit.Compiler

	programs, cached int
}

// Compiled says how many programs were compiled, and how many of these were on
// disk already.
func (d *Device) Compiled() (programs, cached int) {
	d.compiled.mu.Lock()
	defer d.compiled.mu.Unlock()
	return d.compiled.programs, d.compiled.cached
}

// Bind notes which kernels an op needs; Build compiles them.
func (d *Device) Bind(k *device.Kernel, s device.Spec) (device.Program, error) {
	steps := k.Select(d.Caps(), s)
	if len(steps) == 0 {
		return nil, fmt.Errorf("%s: op %s has no kernel for formats %v and constants %v: %w",
			d.Name(), k.Name, s.Formats, s.Consts, errors.ErrUnsupported)
	}
	d.compiled.mu.Lock()
	defer d.compiled.mu.Unlock()
	p := &program{kernel: k}
	for _, s := range steps {
		p.steps = append(p.steps, step{d.compiled.unit(k, s), s.Grid})
	}
	return p, nil
}

// unit finds or makes a step's unit.
func (c *compiled) unit(k *device.Kernel, s device.KernelStep) *unit {
	spec := kernels.Unit{Kernel: s.Kernel, Formats: s.Formats, Consts: s.Consts}
	u := c.units[spec.Symbol()]
	if u == nil {
		u = &unit{Unit: spec, symbol: spec.Symbol()}
		c.units[u.symbol] = u
	}
	if !slices.Contains(u.users, k) {
		u.users = append(u.users, k)
	}
	return u
}

// Build compiles the kernels that are bound and not there yet. Each is decoded
// when it is launched for the first time.
func (d *Device) Build(ctx context.Context, progress func(done, total int)) error {
	c := &d.compiled
	c.mu.Lock()
	defer c.mu.Unlock()
	var missing []kernels.Unit
	for _, symbol := range slices.Sorted(maps.Keys(c.units)) {
		u := c.units[symbol]
		if k := c.loaded[symbol]; k != nil && u.module == nil {
			if err := u.attach(k.module, k.Meta); err != nil {
				return err
			}
		}
		if u.module == nil {
			missing = append(missing, u.Unit)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	programs, err := kernels.Programs(d.arch, missing)
	if err != nil {
		return fmt.Errorf("%s: %w", d.Name(), err)
	}
	for i := range programs { // so that reports name source lines
		programs[i].Options = append(programs[i].Options, "-gline-tables-only")
	}
	if err := d.openCompiler(); err != nil {
		return err
	}
	objects, err := c.compiler.Compile(ctx, programs, progress)
	errs := []error{err}
	for i, o := range objects {
		if len(o.Code) > 0 {
			errs = append(errs, d.load(programs[i], o))
			c.programs++
			if o.FromCache {
				c.cached++
			}
		}
	}
	return errors.Join(errs...)
}

// newCompiler is another one in tests.
var newCompiler = jit.New

// openCompiler does with the cache alone where there is no libhiprtc.
func (d *Device) openCompiler() (err error) {
	c := &d.compiled
	if c.compiler != nil {
		return nil
	}
	c.compiler, err = newCompiler(jit.Options{
		Library: hiprtc.Options{Dir: d.options.ROCm}, CacheDir: d.options.CacheDir, NoCache: d.options.NoCache, Offline: true,
		Warn: func(err error) {
			if d.options.Warn != nil {
				d.options.Warn(err.Error())
			}
		},
	})
	if err != nil {
		return fmt.Errorf("%s: kernels cannot be compiled: %w", d.Name(), err)
	}
	return nil
}

// load puts a code object into the device's memory.
func (d *Device) load(p kernels.Program, o jit.Object) error {
	m, err := d.module(p.Name, o.Code)
	if err != nil {
		return fmt.Errorf("%s: kernels %s: %w", d.Name(), p.Name, err)
	}
	for _, symbol := range p.Symbols {
		meta, ok := o.Metadata.Kernel(symbol)
		if !ok {
			return fmt.Errorf("%s: kernels %s: no metadata of %s", d.Name(), p.Name, symbol)
		}
		if err := d.compiled.units[symbol].attach(m, meta); err != nil {
			return err
		}
	}
	return nil
}

// attach gives a unit its code, if that takes what its users give.
func (u *unit) attach(m *module, meta jit.Kernel) error {
	for _, user := range u.users {
		if err := checkParams(user, meta); err != nil {
			return err
		}
	}
	u.module, u.meta = m, meta
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
			return fmt.Errorf("kernel %s: parameter %d is %d bytes at %d, op %s has %s with %d bytes at %d",
				meta.Symbol, i, a.Size, a.Offset, k.Name, p.Name, p.Size, p.Offset)
		}
	}
	return nil
}
