package weights

import (
	"context"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/mmap"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

// Loaded owns the device memory of a model's weights: one piece, in which they
// lie in the order of use. Pieces of their own would begin and end with small
// pages, which made decoding on a CPU 5 to 15% slower.
type Loaded struct {
	dev    device.Device
	memory device.Ptr
	source Source
}

// Load brings all tensors to the device. It calls progress with the bytes of
// the file done so far. The source stays open for as long as the weights are
// used; Close of the result closes it.
func (p *Plan) Load(ctx context.Context, d device.Device, progress func(done, total int)) (*Loaded, error) {
	l := &Loaded{dev: d, source: p.source}
	if err := p.load(ctx, l, progress); err != nil {
		l.free()
		return nil, err
	}
	return l, nil
}

func (p *Plan) load(ctx context.Context, l *Loaded, progress func(done, total int)) error {
	q, err := l.dev.NewQueue()
	if err != nil {
		return err
	}
	defer q.Close()
	repack, err := device.Bind(l.dev, &ops.Repack, device.Spec{})
	if err != nil {
		return err
	}
	if n := p.DeviceBytes(); n > 0 {
		if l.memory, err = l.dev.Alloc(n); err != nil {
			return err
		}
	}
	done, total := 0, p.FileBytes()
	for i := range p.loads {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := l.one(&p.loads[i], q, repack); err != nil {
			return fmt.Errorf("tensor %.128q: %w", p.loads[i].from.Name, err)
		}
		done += p.fresh(i)
		if progress != nil {
			progress(done, total)
		}
	}
	return p.source.Changed()
}

func (l *Loaded) one(t *load, q device.Queue, repack device.Bound[ops.RepackArgs]) error {
	data, err := t.from.Bytes()
	if err != nil {
		return err
	}
	out := device.Tensor{
		Type: t.typ, Layout: t.layout, Shape: t.from.Shape,
		Bytes: t.bytes, Ptr: l.memory + device.Ptr(t.offset),
	}
	if t.bytes == 0 { // stays in the file
		out.Ptr, out.Bytes = hostAddress(data), len(data)
	}
	switch {
	case t.bytes == 0:
	case t.role == Vector:
		err = uploadVector(q, out.Ptr, t.from, data)
	case t.layout == device.Panels:
		repack.Launch(q, &ops.RepackArgs{
			Dst: out.Ptr, Src: hostAddress(data),
			M: int32(t.from.Shape[0]), K: int32(t.from.Shape[1]),
			SrcType: t.from.Type, DstType: t.typ,
		})
		err = q.Wait()
		if l.source.Mapped() {
			mmap.Forget(data) // the panels are the only copy to stay
		}
	default:
		q.Upload(out.Ptr, data)
		err = q.Wait()
	}
	runtime.KeepAlive(data) // a launch knows only its address
	*t.dst = out
	return err
}

// uploadVector decodes a small tensor to float32.
func uploadVector(q device.Queue, dst device.Ptr, t Tensor, data []byte) error {
	v := make([]float32, t.Shape[0])
	f, _ := quant.Lookup(t.Type)
	err := mmap.Guard(func() error {
		f.Decode(v, data)
		return nil
	})
	if err != nil {
		return err
	}
	q.Upload(dst, unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), 4*len(v)))
	return q.Wait()
}

func hostAddress(b []byte) device.Ptr {
	return device.Ptr(uintptr(unsafe.Pointer(unsafe.SliceData(b))))
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
