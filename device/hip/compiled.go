//go:build !nohip

package hip

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/rocmforge/rocmforge/amdhip"
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/hiprtc"
	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/kernels/jit"
)

// program is an op bound to a device: kernels, launched one behind the other.
type program struct {
	kernel *device.Kernel
	steps  []step
	bytes  int         // of parameters, without padding at their end
	ready  atomic.Bool // all units have functions
}

// String names the kernels.
func (p *program) String() string {
	var names []string
	for _, s := range p.steps {
		names = append(names, s.unit.symbol)
	}
	return strings.Join(names, " + ")
}

type step struct {
	unit *unit
	grid func(args unsafe.Pointer) device.Grid
}

// unit is a kernel, specialised. Programs that ask for the same one share it.
type unit struct {
	kernels.Unit
	symbol string
	users  []*device.Kernel // whose parameters it takes

	function amdhip.Function // 0: not loaded; written before a program is ready
	meta     *jit.Kernel     // what the code object says, if it does
}

// compiled is what a device has compiled or has to.
type compiled struct {
	busy chan struct{} // holds one token while a Build works
	dir  string        // of libamdhip64

	mu      sync.Mutex
	units   map[string]*unit
	waiting []*program // not ready

	compiler *jit.Compiler // opened by the first Build

	programs, cached atomic.Int64
}

// Compiled says how many programs were compiled, and how many of these were on
// disk already.
func (d *Device) Compiled() (programs, cached int) {
	return int(d.compiled.programs.Load()), int(d.compiled.cached.Load())
}

// Bind notes which kernels an op needs; Build compiles them. An op without
// kernels for this GPU gives an error that wraps errors.ErrUnsupported.
func (d *Device) Bind(k *device.Kernel, s device.Spec) (device.Program, error) {
	steps := k.Select(d.caps, s)
	if len(steps) == 0 {
		return nil, fmt.Errorf("%s (%s): op %s has no kernel for formats %v and constants %v: %w",
			d.name, d.arch.Name, k.Name, s.Formats, s.Consts, errors.ErrUnsupported)
	}
	if k.ArgSize > amdhip.MaxParams {
		return nil, fmt.Errorf("%s: op %s: argument struct of %d bytes; the most is %d", d.name, k.Name, k.ArgSize, amdhip.MaxParams)
	}
	p := &program{kernel: k, bytes: end(k.Params)}
	d.compiled.mu.Lock()
	defer d.compiled.mu.Unlock()
	for _, s := range steps {
		u, err := d.compiled.unit(k, s)
		if err != nil {
			return nil, err
		}
		p.steps = append(p.steps, step{u, s.Grid})
	}
	if !p.makeReady() {
		d.compiled.waiting = append(d.compiled.waiting, p)
	}
	return p, nil
}

// end is how far parameters reach.
func end(params []device.Param) (n int) {
	for _, p := range params {
		n = max(n, p.Offset+p.Size)
	}
	return n
}

// unit finds or makes a step's unit.
func (c *compiled) unit(k *device.Kernel, s device.KernelStep) (*unit, error) {
	spec := kernels.Unit{Kernel: s.Kernel, Formats: s.Formats, Consts: s.Consts}
	symbol := spec.Symbol()
	u := c.units[symbol]
	if u == nil {
		u = &unit{Unit: spec, symbol: symbol}
		c.units[symbol] = u
	}
	if u.meta != nil {
		if err := checkParams(k, *u.meta); err != nil {
			return nil, err
		}
	}
	u.users = append(u.users, k)
	return u, nil
}

func (p *program) makeReady() bool {
	for _, s := range p.steps {
		if s.unit.function == 0 {
			return false
		}
	}
	p.ready.Store(true)
	return true
}

// Build compiles and loads the kernels that are bound and not there yet.
func (d *Device) Build(ctx context.Context, progress func(done, total int)) error {
	select {
	case d.compiled.busy <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-d.compiled.busy }()
	if f := d.lost.Load(); f != nil {
		return f
	}
	units := d.compiled.missing()
	if len(units) == 0 {
		return nil
	}
	programs, err := kernels.Programs(d.arch, units)
	if err != nil {
		return fmt.Errorf("%s: %w", d.name, err)
	}
	if err := d.openCompiler(); err != nil {
		return err
	}
	objects, err := d.compiled.compiler.Compile(ctx, programs, progress)
	errs := []error{err}
	for i, o := range objects {
		if len(o.Code) > 0 {
			errs = append(errs, d.load(programs[i], o))
			d.compiled.count(o)
		}
	}
	return errors.Join(errs...)
}

func (c *compiled) count(o jit.Object) {
	c.programs.Add(1)
	if o.FromCache {
		c.cached.Add(1)
	}
}

// missing lists what is to be compiled, always in the same order.
func (c *compiled) missing() (units []kernels.Unit) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, symbol := range slices.Sorted(maps.Keys(c.units)) {
		if u := c.units[symbol]; u.function == 0 {
			units = append(units, u.Unit)
		}
	}
	return units
}

func (d *Device) openCompiler() (err error) {
	if d.compiled.compiler != nil {
		return nil
	}
	d.compiled.compiler, err = jit.New(jit.Options{
		Library:  hiprtc.Options{Path: d.options.Compiler, Dir: d.compiled.dir},
		CacheDir: d.options.CacheDir,
		NoCache:  d.options.NoCache,
		Warn:     func(err error) { d.options.warn("%v", err) },
	})
	if err != nil {
		return fmt.Errorf("%s: kernels cannot be compiled: %w", d.name, err)
	}
	return nil
}
