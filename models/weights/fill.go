package weights

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"unsafe"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/mmap"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

// stageBytes is how much of a file's rows a device that does not reach them has
// at a time on their way into its layout.
const stageBytes = 64 << 20

// filler brings tensors to a device, one after the other.
type filler struct {
	*Loaded
	queue device.Queue
	stage device.Ptr
}

// close waits for what is under way, so that the stage can be given back.
func (f *filler) close() {
	if f.stage != 0 {
		_ = f.queue.Wait()
		f.dev.Free(f.stage)
	}
}

func (f *filler) fill(ctx context.Context, t *load) error {
	if t.shared {
		return nil
	}
	data, err := t.from.Bytes()
	if err != nil {
		return err
	}
	switch {
	case t.bytes == 0: // stays in the file
		t.dst.Ptr, t.dst.Bytes = hostAddress(data), len(data)
	case t.role == Vector:
		err = uploadVector(f.queue, t.dst.Ptr, t.from, data)
	case t.layout == device.Planes && t.typ != t.from.Type:
		err = f.converted(ctx, t, data)
	case !t.repacked():
		err = f.upload(ctx, t.dst.Ptr, data)
	case t.from.Scale != 0 && t.layout == device.Panels && t.typ != t.from.Type:
		err = f.scaledPanels(ctx, t, data)
	case t.layout == device.Panels && f.reaches():
		err = f.panels(t, data)
	default:
		err = f.staged(ctx, t, data)
	}
	runtime.KeepAlive(data) // a launch knows only its address
	if err == nil && t.bytes > 0 && f.source.Mapped() && !t.from.Copied {
		mmap.Forget(data) // the device's copy is the only one to stay
	}
	return err
}

// panels lays a weight out in the memory that the file's is, too.
func (f *filler) panels(t *load, data []byte) error {
	f.launch(t, t.from.Type, t.dst.Ptr, hostAddress(data), t.from.Shape[0])
	return f.queue.Wait()
}

// reaches tells whether the device can read the program's memory.
func (f *filler) reaches() bool {
	c := f.dev.Caps()
	return c.Host && !c.Remote
}

// scaledPanels multiplies rows by their scale, some whole panels at a time.
func (f *filler) scaledPanels(ctx context.Context, t *load, data []byte) error {
	each := max(stageBytes/4/t.from.Shape[1]/panelRows, 1) * panelRows
	stride := t.rowBytes()
	return decodeRows(ctx, &t.from, data, each, func(row, n int, values []float32) error {
		src, err := f.visible(floatBytes(values))
		if err != nil {
			return err
		}
		f.launch(t, quant.F32, t.dst.Ptr+device.Ptr(row*stride), src, n)
		err = f.queue.Wait()
		runtime.KeepAlive(values)
		return err
	})
}

// visible is where the device finds bytes: here, or in the stage.
func (f *filler) visible(b []byte) (device.Ptr, error) {
	if f.reaches() {
		return hostAddress(b), nil
	}
	if err := f.openStage(); err != nil {
		return 0, err
	}
	if len(b) > stageBytes {
		return 0, fmt.Errorf("%d bytes at a time; the device takes at most %d", len(b), stageBytes)
	}
	f.queue.Upload(f.stage, b)
	return f.stage, nil
}

func (f *filler) openStage() (err error) {
	if f.stage == 0 {
		f.stage, err = f.dev.Alloc(stageBytes)
	}
	return err
}

// staged sends rows to the stage and has the device lay them out, a piece at a
// time. The queue keeps the order; nobody waits in between.
func (f *filler) staged(ctx context.Context, t *load, data []byte) error {
	rows := t.from.Shape[0]
	from, to, unit := len(data)/rows, t.rowBytes(), t.unit()
	if from*unit > stageBytes {
		return fmt.Errorf("a row of %d bytes; the device takes at most %d", from, stageBytes/unit)
	}
	each := stageBytes / from / unit * unit
	for row := 0; row < rows; row += each {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(each, rows-row)
		src, err := f.visible(data[row*from : (row+n)*from])
		if err != nil {
			return err
		}
		f.launch(t, t.from.Type, t.dst.Ptr+device.Ptr(row*to), src, n)
	}
	return f.queue.Wait()
}

const panelRows = 16

// unit is how many rows the device keeps together.
func (t *load) unit() int {
	if t.layout == device.Panels {
		return panelRows
	}
	return 1
}

// rowBytes is what a row takes on the device; the last unit is filled up.
func (t *load) rowBytes() int {
	unit := t.unit()
	return t.bytes / ((t.from.Shape[0] + unit - 1) / unit) / unit
}

// repacked says that a tensor's blocks lie otherwise on the device than in the
// file.
func (t *load) repacked() bool {
	return t.layout == device.Panels || t.layout == device.Planes && t.typ == t.from.Type && !ops.IsFloat(t.typ)
}

// launch repacks rows of type from.
func (f *filler) launch(t *load, from quant.Type, dst, src device.Ptr, rows int) {
	a := ops.RepackArgs{
		Dst: dst, Src: src, M: int32(rows), K: int32(t.from.Shape[1]),
		SrcType: from, DstType: t.typ, Layout: t.layout, Scale: t.from.Scale,
	}
	f.repack[t.typ].Launch(f.queue, &a)
}

// uploadPiece is how much is sent between two looks at the context.
const uploadPiece = 256 << 20

func (f *filler) upload(ctx context.Context, dst device.Ptr, data []byte) error {
	for len(data) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(len(data), uploadPiece)
		f.queue.Upload(dst, data[:n])
		dst, data = dst+device.Ptr(n), data[n:]
	}
	return f.queue.Wait()
}

// converted decodes rows here and rounds them to the type that the device
// reads, some at a time.
func (f *filler) converted(ctx context.Context, t *load, data []byte) error {
	dst, _ := quant.Lookup(t.typ)
	k, to := t.from.Shape[1], t.bytes/t.from.Shape[0]
	each := max(stageBytes/8/k, 1)
	out := make([]byte, each*to)
	return decodeRows(ctx, &t.from, data, each, func(row, n int, values []float32) error {
		for i := range n {
			if err := dst.Encode(out[i*to:(i+1)*to], values[i*k:(i+1)*k]); err != nil {
				return fmt.Errorf("row %d: %w; the device keeps %s as %s", row+i, err, t.from.Type, t.typ)
			}
		}
		f.queue.Upload(t.dst.Ptr+device.Ptr(row*to), out[:n*to])
		return f.queue.Wait()
	})
}

// decodeRows calls use with at most each rows of a matrix at a time, as float32
// with their scale.
func decodeRows(ctx context.Context, t *Tensor, data []byte, each int, use func(row, n int, values []float32) error) error {
	f, _ := quant.Lookup(t.Type)
	rows, k := t.Shape[0], t.Shape[1]
	from := len(data) / rows
	values := make([]float32, min(each, rows)*k)
	for row := 0; row < rows; row += each {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(each, rows-row)
		err := mmap.Guard(func() error {
			f.Decode(values[:n*k], data[row*from:(row+n)*from])
			return mustBeFinite(t, values[:n*k])
		})
		if err != nil {
			return err
		}
		t.scaleBy(values[:n*k])
		if err := use(row, n, values[:n*k]); err != nil {
			return err
		}
	}
	return nil
}

// mustBeFinite refuses numbers of F64 that float32 cannot hold.
func mustBeFinite(t *Tensor, v []float32) error {
	if t.Type != quant.F64 {
		return nil
	}
	for i, x := range v {
		if math.IsInf(float64(x), 0) {
			return fmt.Errorf("element %d is beyond %v, and F64 is computed in float32", i, math.MaxFloat32)
		}
	}
	return nil
}

// scaleBy multiplies decoded values by the tensor's scale.
func (t *Tensor) scaleBy(values []float32) {
	if t.Scale == 0 {
		return
	}
	for i := range values {
		values[i] *= t.Scale
	}
}

// uploadVector decodes a small tensor to float32.
func uploadVector(q device.Queue, dst device.Ptr, t Tensor, data []byte) error {
	v := make([]float32, t.Shape[0])
	f, _ := quant.Lookup(t.Type)
	err := mmap.Guard(func() error {
		f.Decode(v, data)
		return mustBeFinite(&t, v)
	})
	if err != nil {
		return err
	}
	q.Upload(dst, floatBytes(v))
	return q.Wait()
}

func hostAddress(b []byte) device.Ptr {
	return device.Ptr(uintptr(unsafe.Pointer(unsafe.SliceData(b))))
}

func floatBytes(v []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v))
}
