package verify

import (
	"context"
	"fmt"
	"unsafe"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

// Dequantize has a device make numbers of a weight's rows of k elements each,
// laid out there as a model's embedding is. blocks are whole rows of type t,
// which the device has to keep as it is.
func Dequantize(ctx context.Context, d device.Device, t quant.Type, k int, blocks []byte) (values []float32, err error) {
	w, err := newTable(d, t, k, blocks)
	if err != nil {
		return nil, err
	}
	defer w.close()
	if err := d.Build(ctx, nil); err != nil {
		return nil, err
	}
	values = make([]float32, w.rows*k)
	w.launch(blocks)
	w.queue.Download(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), 4*len(values)), w.y)
	return values, w.queue.Wait()
}

// table is a weight on its way through a device.
type table struct {
	device      device.Device
	queue       device.Queue
	typ         quant.Type
	layout      device.Layout
	rows, k     int
	src, w      device.Ptr // as in the file, and as the device has it
	ids, y      device.Ptr
	repack      device.Bound[ops.RepackArgs]
	embedding   device.Bound[ops.EmbeddingArgs]
	allocations []device.Ptr
}

func newTable(d device.Device, t quant.Type, k int, blocks []byte) (*table, error) {
	f, ok := quant.Lookup(t)
	if !ok {
		return nil, fmt.Errorf("no weights of type %s", t)
	}
	rowBytes, whole := f.RowBytes(k)
	if !whole || len(blocks) == 0 || len(blocks)%rowBytes != 0 {
		return nil, fmt.Errorf("%d bytes are no rows of %d elements of %s", len(blocks), k, t)
	}
	w := &table{device: d, typ: t, rows: len(blocks) / rowBytes, k: k}
	var kept quant.Type
	if kept, w.layout = ops.PlaceTable(d.Caps(), t); kept != t {
		return nil, fmt.Errorf("%s keeps %s as %s", d.Name(), t, kept)
	}
	if err := w.prepare(len(blocks)); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// prepare binds kernels and allocates memory.
func (w *table) prepare(size int) (err error) {
	if w.queue, err = w.device.NewQueue(); err != nil {
		return err
	}
	if w.embedding, err = device.Bind(w.device, &ops.Embedding, ops.Embedding.Spec(w.lookup())); err != nil {
		return err
	}
	placed, err := ops.WeightBytes(w.layout, w.typ, w.rows, w.k)
	if err != nil {
		return err
	}
	if w.layout != device.Rows {
		if w.repack, err = device.Bind(w.device, &ops.Repack, ops.Repack.Spec(w.placing())); err != nil {
			return err
		}
	}
	for _, a := range []struct {
		to    *device.Ptr
		bytes int
	}{{&w.src, size}, {&w.w, placed}, {&w.ids, 4 * w.rows}, {&w.y, 4 * w.rows * w.k}} {
		if *a.to, err = w.device.Alloc(a.bytes); err != nil {
			return err
		}
		w.allocations = append(w.allocations, *a.to)
	}
	return nil
}

func (w *table) placing() *ops.RepackArgs {
	return &ops.RepackArgs{Dst: w.w, Src: w.src, M: int32(w.rows), K: int32(w.k), SrcType: w.typ, DstType: w.typ, Layout: w.layout}
}

func (w *table) lookup() *ops.EmbeddingArgs {
	return &ops.EmbeddingArgs{
		Y: w.y, W: w.w, IDs: w.ids, Tokens: int32(w.rows), Dim: int32(w.k), Vocab: int32(w.rows), Type: w.typ, Layout: w.layout, Scale: 1,
	}
}

// launch looks every row up.
func (w *table) launch(blocks []byte) {
	ids := make([]int32, w.rows)
	for i := range ids {
		ids[i] = int32(i)
	}
	w.queue.Upload(w.ids, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(ids))), 4*len(ids)))
	if w.layout == device.Rows {
		w.queue.Upload(w.w, blocks)
	} else {
		w.queue.Upload(w.src, blocks)
		w.repack.Launch(w.queue, w.placing())
	}
	w.embedding.Launch(w.queue, w.lookup())
}

func (w *table) close() {
	if w.queue != nil {
		w.queue.Close()
	}
	for _, p := range w.allocations {
		w.device.Free(p)
	}
}
