package weights

import (
	"context"
	"fmt"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

// Loaded owns the device memory of a model's weights: one piece, in which they
// lie in the order of use. Pieces of their own would begin and end with small
// pages, which made decoding on a CPU 5 to 15% slower.
type Loaded struct {
	plan   *Plan
	dev    device.Device
	memory device.Ptr
	source Source
	repack map[quant.Type]device.Bound[ops.RepackArgs] // by the type on the device
}

// Load is Allocate and Fill.
func (p *Plan) Load(ctx context.Context, d device.Device, progress func(done, total int)) (*Loaded, error) {
	l, err := p.Allocate(d)
	if err != nil {
		return nil, err
	}
	if err := l.Fill(ctx, progress); err != nil {
		l.free()
		return nil, err
	}
	return l, nil
}

// Allocate takes the memory of all tensors and gives them their places, so that
// a model can be bound to them while Fill is still at work, and binds the
// kernels that Fill needs. The source stays open for as long as the weights are
// used; Close of the result closes it.
func (p *Plan) Allocate(d device.Device) (l *Loaded, err error) {
	l = &Loaded{plan: p, dev: d, source: p.source, repack: map[quant.Type]device.Bound[ops.RepackArgs]{}}
	for i := range p.loads {
		if err := l.bind(&p.loads[i]); err != nil {
			return nil, err
		}
	}
	if n := p.DeviceBytes(); n > 0 {
		if l.memory, err = d.Alloc(n); err != nil {
			return nil, err
		}
	}
	for i := range p.loads {
		if t := &p.loads[i]; t.bytes > 0 {
			t.dst.Ptr = l.memory + device.Ptr(t.offset)
		}
	}
	return l, nil
}

// bind prepares what lays a tensor out, if anything has to.
func (l *Loaded) bind(t *load) (err error) {
	if _, bound := l.repack[t.typ]; bound || !t.repacked() {
		return nil
	}
	l.repack[t.typ], err = device.Bind(l.dev, &ops.Repack, ops.Repack.Spec(&ops.RepackArgs{DstType: t.typ}))
	return err
}

// Fill brings all tensors to the device. It calls progress with the bytes of the
// file done so far. Free is still the caller's if it fails.
func (l *Loaded) Fill(ctx context.Context, progress func(done, total int)) error {
	p := l.plan
	q, err := l.dev.NewQueue()
	if err != nil {
		return err
	}
	defer q.Close()
	f := filler{Loaded: l, queue: q}
	defer f.close()
	done, total := 0, p.FileBytes()
	for i := range p.loads {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f.fill(ctx, &p.loads[i]); err != nil {
			return fmt.Errorf("tensor %.128q: %w", p.loads[i].from.Name, err)
		}
		done += p.fresh(i)
		if progress != nil {
			progress(done, total)
		}
	}
	return p.source.Changed()
}

func (l *Loaded) free() {
	l.dev.Free(l.memory)
	l.memory = 0
}

// Changed gives an error if the file is no longer what it was: weights that
// stay in it are damaged then.
func (l *Loaded) Changed() error { return l.source.Changed() }

// Close frees the weights and closes their source.
func (l *Loaded) Close() error {
	l.free()
	return l.source.Close()
}
