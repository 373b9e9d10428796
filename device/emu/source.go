package emu

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/emu/sim"
	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/kernels/jit"
)

// A Kernel is one of a program that is no op's: of a user, or of a test.
type Kernel struct {
	Meta jit.Kernel

	d      *Device
	module *module

	once    sync.Once
	program *sim.Program
	err     error
}

// Compile makes the kernels of a program, by their symbols. The program's Arch
// and WAVE are the device's.
func (d *Device) Compile(ctx context.Context, p kernels.Program) (map[string]*Kernel, error) {
	d.compiled.mu.Lock()
	defer d.compiled.mu.Unlock()
	if err := d.openCompiler(); err != nil {
		return nil, err
	}
	p.Arch = d.arch.Name
	p.Options = append(slices.Clone(p.Options), "-gline-tables-only", fmt.Sprintf("-DWAVE=%d", d.arch.Wave))
	objects, err := d.compiled.compiler.Compile(ctx, []kernels.Program{p}, nil)
	if err != nil {
		return nil, err
	}
	m, err := d.module(p.Name, objects[0].Code)
	if err != nil {
		return nil, err
	}
	all := map[string]*Kernel{}
	for _, meta := range objects[0].Metadata.Kernels {
		all[meta.Symbol] = &Kernel{Meta: meta, d: d, module: m}
	}
	return all, nil
}

// Launch runs the kernel and waits. Its arguments are laid out as Meta says;
// those that the runtime fills in need not be there. lds are dynamic bytes.
func (k *Kernel) Launch(groups, block [3]int, lds int, args []byte) error {
	if err := k.decode(); err != nil {
		return err
	}
	return k.d.run(k.program, k.module, k.Meta, groups, block, lds, args)
}

// decode makes the kernel ready to run, once.
func (k *Kernel) decode() error {
	k.once.Do(func() { k.program, k.err = k.module.decode(k.d.simArch(), k.Meta.Symbol) })
	return k.err
}

// run executes a decoded kernel.
func (d *Device) run(p *sim.Program, m *module, meta jit.Kernel, groups, block [3]int, lds int, args []byte) error {
	l, err := d.prepare(p, m, meta, groups, block, lds, args)
	if err != nil {
		return err
	}
	return l.Run()
}

func (d *Device) prepare(p *sim.Program, m *module, meta jit.Kernel, groups, block [3]int, lds int, args []byte) (*sim.Launch, error) {
	if n := block[0] * block[1] * block[2]; n > meta.MaxBlock && meta.MaxBlock > 0 {
		return nil, fmt.Errorf("%d work items in a group; %s takes %d", n, meta.Symbol, meta.MaxBlock)
	}
	l := &sim.Launch{
		Program: p, Memory: &d.memory.Memory, CodeBase: m.image.Base,
		Groups: groups, Block: block, LDS: lds, Args: args, ArgBytes: meta.KernargBytes,
		Check: !d.options.Unsafe, Workers: d.options.Workers, Count: &d.count, Progress: d.options.Progress,
	}
	for _, a := range meta.Args {
		if a.Hidden() {
			l.Hidden = append(l.Hidden, sim.Hidden{Kind: a.Kind, Offset: a.Offset, Size: a.Size})
		}
	}
	return l, nil
}

func (d *Device) simArch() sim.Arch { return sim.Arch{Name: d.arch.Name, Wave: d.arch.Wave} }

// Args lays values out as the kernel takes them: device.Ptr, int32, uint32,
// int64 or float32.
func (k *Kernel) Args(values ...any) ([]byte, error) {
	own := slices.DeleteFunc(slices.Clone(k.Meta.Args), jit.Arg.Hidden)
	if len(own) != len(values) {
		return nil, fmt.Errorf("kernel %s takes %d arguments, not %d", k.Meta.Symbol, len(own), len(values))
	}
	b := make([]byte, k.Meta.KernargBytes)
	for i, v := range values {
		bits, size := argument(v)
		if size != own[i].Size || own[i].Offset+size > len(b) {
			return nil, fmt.Errorf("kernel %s: argument %d takes %d bytes, %T has %d", k.Meta.Symbol, i, own[i].Size, v, size)
		}
		copy(b[own[i].Offset:], binary.LittleEndian.AppendUint64(nil, bits)[:size])
	}
	return b, nil
}

// argument is a value's bits and its size in bytes; 0 for a type that no
// kernel takes.
func argument(v any) (bits uint64, size int) {
	switch v := v.(type) {
	case device.Ptr:
		return uint64(v), 8
	case int64:
		return uint64(v), 8
	case int32:
		return uint64(uint32(v)), 4
	case uint32:
		return uint64(v), 4
	case float32:
		return uint64(math.Float32bits(v)), 4
	}
	return 0, 0
}
