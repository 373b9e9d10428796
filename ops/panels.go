package ops

import (
	"fmt"
	"sync"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/simd"
	"github.com/rocmforge/rocmforge/quant"
)

// PanelType says as what a weight of type t is kept on the CPU, for Repack and
// GEMM. Formats with a panel of their own are packed as they are, the rest as
// KeptAs says. With exact nothing is rounded, neither weights nor activations:
// quantized weights stay in rows and are decoded to float32 when they are
// used.
func PanelType(t quant.Type, exact bool) (quant.Type, device.Layout) {
	panel, ok := simd.PanelOf(t)
	switch {
	case ok && panel.Float:
		return t, device.Panels
	case exact:
		return t, device.Rows
	case ok:
		return t, device.Panels
	}
	return KeptAs(t), device.Panels
}

// KeptAs is the float type of weights whose own type a device does not read: one
// that holds all their values, or F16 where that depends on the scales of blocks.
// Repack looks whether it did.
func KeptAs(t quant.Type) quant.Type {
	switch t {
	case quant.F64, quant.I16, quant.I32, quant.I64, quant.Q8_K:
		return quant.F32 // integers of more than 11 bits, and scales in float32
	case quant.MXFP6_E3M2, quant.MXFP6_E2M3, quant.MXFP4:
		return quant.BF16 // a few bits under scales as wide as float32's
	}
	return quant.F16
}

// PanelBytes is the size of an [m, k] weight in panels of type t. It panics if
// t has no panel or k is not a whole number of its blocks.
func PanelBytes(t quant.Type, m, k int) int {
	return panelCount(m) * panelBytes(mustPanel("panels", t), k)
}

// panelBytes is the number of bytes from one panel of a weight to the next. Behind
// a panel whose products have a factor stands what its rows' sums are to be
// multiplied by, [16]float32.
func panelBytes(p *simd.Panel, k int) int {
	if p.Factor != 0 {
		return panelStride(p, k) + 4*simd.Rows
	}
	return panelStride(p, k)
}

// panelCount is the number of panels that m rows fill.
func panelCount(m int) int { return ceilDiv(m, simd.Rows) }

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// panelStride is the number of bytes of k elements in a panel.
func panelStride(p *simd.Panel, k int) int {
	if k%p.K != 0 {
		panic(fmt.Sprintf("ops: panel of %s: K = %d is no multiple of %d", p.Name, k, p.K))
	}
	return k / p.K * p.Bytes
}

func mustPanel(op string, t quant.Type) *simd.Panel {
	p, ok := simd.PanelOf(t)
	if !ok {
		panic(fmt.Sprintf("ops: %s: %s has no panel", op, t))
	}
	return p
}

// decodeElems is how many elements of a row are decoded at a time: a whole
// number of blocks of every format.
const decodeElems = 256

// weightRows is an [m, k] weight as it lies in a file, at any alignment.
type weightRows struct {
	data   []byte
	m      int
	stride int // bytes of a row
	format *quant.Format
}

func newWeightRows(op string, p device.Ptr, t quant.Type, m, k int) weightRows {
	f, ok := quant.Lookup(t)
	if !ok || f.Decode == nil {
		panic(fmt.Sprintf("ops: %s: no weights of type %s", op, t))
	}
	stride, whole := f.RowBytes(k)
	if !whole || decodeElems%f.BlockElems != 0 {
		panic(fmt.Sprintf("ops: %s: K = %d is no multiple of %s's %d", op, k, f.Name, f.BlockElems))
	}
	return weightRows{device.HostSlice[byte](p, m*stride), m, stride, f}
}

// row is row i, or nil past the last one.
func (w *weightRows) row(i int) []byte {
	if i >= w.m {
		return nil
	}
	return w.data[i*w.stride:][:w.stride]
}

var panelDecoders = sync.Pool{New: func() any { return new(panelDecoder) }}

// panelDecoder decodes a piece of 16 rows into an F32 panel.
type panelDecoder struct {
	rows  [simd.Rows][decodeElems]float32
	panel [decodeElems * simd.Rows]float32 // [k][16]
}

// decode returns the panel of elements k0..k0+n-1 of rows 16*p..16*p+15; rows
// past the last are zero. k0 is a multiple of decodeElems, and n at most that.
func (d *panelDecoder) decode(s *simd.Kernels, w *weightRows, p, k0, n int) []float32 {
	f := w.format
	from, to := k0/f.BlockElems*f.BlockBytes, (k0+n)/f.BlockElems*f.BlockBytes
	for r := range d.rows {
		if row := w.row(p*simd.Rows + r); row != nil {
			f.Decode(d.rows[r][:n], row[from:to])
		} else {
			clear(d.rows[r][:n])
		}
	}
	s.Transpose(&d.panel[0], &d.rows[0][0], simd.Rows, n, simd.Rows, decodeElems)
	return d.panel[:n*simd.Rows]
}
