package emu

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"unsafe"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/emu/sim"
	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/kernels/jit"
)

// A Profile is what one kernel of a launch does: counted over some of its
// work-groups, which stand for the others.
type Profile struct {
	Op     *device.Kernel // nil: a kernel of nobody's op
	Unit   kernels.Unit
	Meta   jit.Kernel
	Groups [3]int
	Block  int // work items of a group
	Args   []byte
	Counts sim.Profile
}

// Profile counts what some work-groups of a launch do, the first and the last
// among them, for each kernel of an op in turn: at least two where there are as
// many, since one does not tell what groups share. What they compute goes to
// memory as ever. The device must have been opened as Unsafe: nothing is
// checked.
func (d *Device) Profile(ctx context.Context, p device.Program, args []byte, groups int) (all []*Profile, err error) {
	program, ok := p.(*program)
	if !ok {
		return nil, fmt.Errorf("%s: no op of this device", d.Name())
	}
	defer func() { // Grid panics over wrong shapes
		if r := recover(); r != nil {
			err = &device.LaunchError{Op: program.kernel.Name, Value: r}
		}
	}()
	if err := d.Build(ctx, nil); err != nil {
		return nil, err
	}
	own := slices.Clone(args)
	for _, s := range program.steps {
		if err := s.unit.decode(d.simArch()); err != nil {
			return nil, fmt.Errorf("%s: %w", d.Name(), err)
		}
		grid := s.grid(unsafe.Pointer(unsafe.SliceData(own)))
		r := &Profile{Op: program.kernel, Unit: s.unit.Unit, Args: own}
		if err := d.profile(ctx, r, s.unit.program, s.unit.module, s.unit.meta, grid, groups); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// Profile counts what some groups of the kernel do.
func (k *Kernel) Profile(ctx context.Context, groups [3]int, block int, args []byte, some int) (*Profile, error) {
	if err := k.decode(); err != nil {
		return nil, err
	}
	r := &Profile{Args: args}
	return r, k.d.profile(ctx, r, k.program, k.module, k.Meta, device.Grid{Groups: groups, Block: block}, some)
}

func (d *Device) profile(ctx context.Context, r *Profile, p *sim.Program, m *module, meta jit.Kernel, grid device.Grid, groups int) error {
	if !d.options.Unsafe {
		return fmt.Errorf("%s: opened to check kernels, not to count what they do", d.Name())
	}
	r.Meta, r.Groups, r.Block = meta, grid.Groups, grid.Block
	r.Counts.Card, r.Counts.Groups = sim.CardOf(d.arch.Name), spread(r.Total(), groups)
	l, err := d.prepare(p, m, meta, grid.Groups, [3]int{grid.Block, 1, 1}, 0, r.Args)
	if err != nil {
		return err
	}
	l.Profile, l.Done = &r.Counts, ctx.Done()
	if err := l.Run(); err != nil {
		return err
	}
	return ctx.Err()
}

// spread picks n of total numbers, or two if that is more: the first, the last,
// and some between.
func spread(total, n int) (picked []int64) {
	n = min(max(n, 2), total)
	for i := range n {
		picked = append(picked, int64(i)*int64(total-1)/int64(max(n-1, 1)))
	}
	return picked
}

// Total is the number of work-groups of the launch.
func (p *Profile) Total() int { return p.Groups[0] * p.Groups[1] * p.Groups[2] }

// Scale is how many work-groups each one that was executed stands for.
func (p *Profile) Scale() float64 { return float64(p.Total()) / float64(max(p.Counts.Executed, 1)) }

// Arg is an argument of the op, by its field's name: a number of 4 or 8 bytes.
func (p *Profile) Arg(name string) (v int64, ok bool) {
	if p.Op == nil {
		return 0, false
	}
	for _, f := range p.Op.Params {
		switch {
		case f.Name != name || f.Offset+f.Size > len(p.Args):
		case f.Size == 4:
			return int64(int32(binary.LittleEndian.Uint32(p.Args[f.Offset:]))), true
		case f.Size == 8:
			return int64(binary.LittleEndian.Uint64(p.Args[f.Offset:])), true
		}
	}
	return 0, false
}
