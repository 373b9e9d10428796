package ops

import (
	"fmt"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/simd"
	"github.com/rocmforge/rocmforge/quant"
)

// planeBytes says how many bytes a format takes on a GPU: for every 32 elements,
// for every 256, and for a row. A row's planes lie one behind the other, and rows
// begin at multiples of 16 bytes; kernels/src/quant has a picture of each.
type planeBytes struct{ chunk, block, row int }

var planes = map[quant.Type]planeBytes{
	quant.F32:    {128, 0, 0},
	quant.F16:    {64, 0, 0},
	quant.BF16:   {64, 0, 0},
	quant.Q4_0:   {18, 0, 0},
	quant.Q4_1:   {20, 0, 0},
	quant.Q5_0:   {22, 0, 0},
	quant.Q5_1:   {24, 0, 0},
	quant.Q8_0:   {34, 0, 0},
	quant.Q2_K:   {10, 4, 0},
	quant.Q3_K:   {14, 2, 0},
	quant.Q4_K:   {18, 4, 0},
	quant.Q5_K:   {22, 4, 0},
	quant.Q6_K:   {26, 2, 0},
	quant.IQ4_NL: {18, 0, 0},
	quant.IQ4_XS: {17, 2, 0},
	quant.MXFP4:  {17, 0, 0},

	quant.MXFP6_E2M3: {25, 0, 0},
	quant.MXFP6_E3M2: {25, 0, 0},
	quant.FP8_E4M3:   {32, 0, 4}, // the row's scale
}

// multipliesBytes says that a GPU multiplies a type's codes as signed bytes, with
// activations of 8 bits.
func multipliesBytes(t quant.Type) bool {
	return !IsFloat(t) && t != quant.MXFP6_E3M2 && t != quant.FP8_E4M3
}

// planeRow is the size of a row of k elements, which kernels take only in whole
// chunks of 32.
func planeRow(t quant.Type, k int) (bytes int, ok bool) {
	p, known := planes[t]
	if !known || k%32 != 0 {
		return 0, false
	}
	return (p.chunk*(k/32) + p.block*(k/256) + p.row + 15) / 16 * 16, true
}

// hasPlanes says whether kernels read rows of k elements in a format.
func hasPlanes(format string, k int) bool {
	f, err := quant.Parse(format)
	if err != nil {
		return false
	}
	_, ok := planeRow(f.Type, k)
	return ok
}

func mustPlaneRow(op string, t quant.Type, k int) int {
	n, ok := planeRow(t, k)
	if !ok {
		panic(fmt.Sprintf("ops: %s: no planes of type %s with rows of %d", op, t, k))
	}
	return n
}

// PlaceWeight says as what a weight of type t is kept on a device, for Repack,
// GEMV and GEMM. Formats that the device's kernels do not read become what KeptAs says. With
// exact, nothing is rounded that the file does not round.
func PlaceWeight(c device.Caps, t quant.Type, exact bool) (quant.Type, device.Layout) {
	if c.Host {
		return PanelType(t, exact)
	}
	if _, ok := planes[t]; ok {
		return t, device.Planes
	}
	return KeptAs(t), device.Planes
}

// KeepsScale says that a weight of type t is kept as it is although it has a
// scale, which stands with its rows or panels. Others are multiplied by it.
func KeepsScale(c device.Caps, t quant.Type) bool {
	if c.Host {
		panel, ok := simd.PanelOf(t)
		return ok && panel.Factor != 0
	}
	return planes[t].row > 0
}

// PlaceTable is PlaceWeight for an embedding. A CPU reads it as it lies in the
// file.
func PlaceTable(c device.Caps, t quant.Type) (quant.Type, device.Layout) {
	if c.Host {
		return t, device.Rows
	}
	return PlaceWeight(c, t, false)
}

// WeightBytes is the size of an [m, k] weight of type t in a layout. It fails
// where the layout cannot hold such rows.
func WeightBytes(l device.Layout, t quant.Type, m, k int) (int, error) {
	switch l {
	case device.Panels:
		return PanelBytes(t, m, k), nil
	case device.Planes:
		n, ok := planeRow(t, k)
		if !ok {
			return 0, fmt.Errorf("rows of %d elements; a GPU takes multiples of 32", k)
		}
		return m * n, nil
	}
	f, ok := quant.Lookup(t)
	if !ok {
		return 0, fmt.Errorf("no weights of type %s", t)
	}
	n, whole := f.RowBytes(k)
	if !whole {
		return 0, fmt.Errorf("a row of %d elements is no whole number of %s blocks of %d", k, t, f.BlockElems)
	}
	return m * n, nil
}

// IsFloat says that elements stand for themselves: such a weight's planes are
// the file's rows, and nothing repacks them.
func IsFloat(t quant.Type) bool {
	return t == quant.F32 || t == quant.F16 || t == quant.BF16
}
