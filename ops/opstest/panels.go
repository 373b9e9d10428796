package opstest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

// A weight is a random matrix of some format, [m, k].
type weight struct {
	format *quant.Format
	m, k   int
	rows   []byte    // as in a file
	values []float64 // what rows mean
	scale  float32   // that a device keeps beside them; 0: 1
}

// scaled gives the weight a scale, if the device keeps it.
func (w *weight) scaled(b *bench, by float32) {
	if by == 0 || !ops.KeepsScale(b.device.Caps(), w.format.Type) {
		return
	}
	w.scale = by
	for i := range w.values {
		w.values[i] *= float64(by)
	}
}

// weightTypes are all formats that a weight may have; integers are not.
func weightTypes() (types []quant.Type) {
	integers := []quant.Type{quant.I8, quant.I16, quant.I32, quant.I64}
	for _, f := range quant.All() {
		if f.Decode != nil && !slices.Contains(integers, f.Type) {
			types = append(types, f.Type)
		}
	}
	return types
}

// wholeRow is the least multiple of a format's block that k fits into.
func wholeRow(t quant.Type, k int) int {
	f, _ := quant.Lookup(t)
	return (k + f.BlockElems - 1) / f.BlockElems * f.BlockElems
}

func randomWeight(seed uint64, t quant.Type, m, k int) weight {
	f, _ := quant.Lookup(t)
	r := random(seed)
	w := weight{format: f, m: m, k: k}
	values := make([]float32, f.BlockElems)
	for range m * k / f.BlockElems {
		w.rows = append(w.rows, randomBlock(r, f, values)...)
		w.values = append(w.values, float64s(values)...)
	}
	return w
}

// randomBlock draws bytes until they are a block of moderate weights. It also
// decodes it.
func randomBlock(r *rand.Rand, f *quant.Format, values []float32) []byte {
	if f.Type == quant.F32 || f.Type == quant.F64 {
		return randomFloat(r, f, values)
	}
	block := make([]byte, f.BlockBytes)
	for range 1 << 16 {
		for i := range block {
			block[i] = byte(r.Uint32())
		}
		f.Decode(values, block)
		if size := largest(values); size >= 1.0/64 && size <= 16 {
			return block
		}
	}
	panic("opstest: no moderate block of " + f.Name)
}

// randomFloat draws a number whose bits are too many to guess.
func randomFloat(r *rand.Rand, f *quant.Format, values []float32) []byte {
	values[0] = float32(r.NormFloat64())
	if f.Type == quant.F64 {
		return binary.LittleEndian.AppendUint64(nil, math.Float64bits(float64(values[0])))
	}
	return binary.LittleEndian.AppendUint32(nil, math.Float32bits(values[0]))
}

// largest is the largest magnitude; NaN if one is NaN.
func largest(v []float32) (size float64) {
	for _, x := range v {
		size = max(size, math.Abs(float64(x)))
	}
	return size
}

// as is the weight's values after rounding to another type.
func (w *weight) as(t quant.Type) []float64 {
	if t != quant.F16 || w.format.Type == quant.F16 {
		return w.values
	}
	return halves(w.values)
}

// loaded uploads a weight at an odd address and brings it into the type and
// layout that PlaceWeight says.
func (w *weight) loaded(b *bench, exact bool) device.Tensor {
	out := device.Tensor{Shape: []int{w.m, w.k}, Exact: exact}
	out.Type, out.Layout = ops.PlaceWeight(b.device.Caps(), w.format.Type, exact)
	size, err := ops.WeightBytes(out.Layout, out.Type, w.m, w.k)
	switch {
	case err != nil:
		b.fail(fmt.Errorf("%w: %w", errors.ErrUnsupported, err))
		return out
	case out.Layout == device.Planes && (out.Type != w.format.Type || ops.IsFloat(out.Type)):
		out.Ptr = input(b, "W", w.encoded(out.Type))
		return out
	}
	src := input(b, "rows of W", append([]byte{0}, w.rows...)) + 1
	if out.Layout == device.Rows {
		out.Ptr = src
		return out
	}
	out.Ptr = output[byte](b, "repacked W", size)
	launch(b, &ops.Repack, ops.RepackArgs{
		Dst: out.Ptr, Src: src,
		M: int32(w.m), K: int32(w.k), SrcType: w.format.Type, DstType: out.Type, Layout: out.Layout, Scale: w.scale,
	})
	return out
}

// encoded is the weight's values in rows of another type.
func (w *weight) encoded(t quant.Type) []byte {
	if t == w.format.Type {
		return w.rows
	}
	f, _ := quant.Lookup(t)
	narrow := make([]float32, len(w.values))
	for i, v := range w.values {
		narrow[i] = float32(v)
	}
	bytes := make([]byte, len(narrow)*f.BlockBytes)
	f.Encode(bytes, narrow)
	return bytes
}

// multiplied is the weight's values as GEMM and GEMV see them: kept as type t,
// and rounded to half floats for matrix units.
func (w *weight) multiplied(t quant.Type, form ops.Form) []float64 {
	values := w.as(t)
	if form == ops.HalfRows {
		values = halves(values)
	}
	return values
}

// halves rounds numbers to half floats.
func halves(v []float64) []float64 {
	f, _ := quant.Lookup(quant.F16)
	narrow := make([]float32, len(v))
	for i, x := range v {
		narrow[i] = float32(x)
	}
	bytes := make([]byte, 2*len(narrow))
	f.Encode(bytes, narrow)
	f.Decode(narrow, bytes)
	return float64s(narrow)
}

// panelsCases hold the sizes that PanelType and PanelBytes give.
func panelsCases() []Case {
	return []Case{newCase("panels", "types", func(b *bench) {
		for _, c := range []struct {
			from   quant.Type
			exact  bool
			to     quant.Type
			layout device.Layout
			bytes  int // of [17, 256]
		}{
			{quant.F32, false, quant.F32, device.Panels, 32 * 256 * 4},
			{quant.BF16, true, quant.BF16, device.Panels, 32 * 256 * 2},
			{quant.F64, false, quant.F32, device.Panels, 32 * 256 * 4},
			{quant.FP8_E4M3, true, quant.FP8_E4M3, device.Panels, 32*256 + 32*4},
			{quant.Q8_0, false, quant.Q8_0, device.Panels, 32 * 8 * 34},
			{quant.Q8_0, true, quant.Q8_0, device.Rows, 0},
			{quant.Q4_K, false, quant.Q4_K, device.Panels, 32 * 144},
			{quant.MXFP6_E2M3, false, quant.MXFP6_E2M3, device.Panels, 32 * 8 * 33},
			{quant.IQ2_XXS, false, quant.F16, device.Panels, 32 * 256 * 2},
			{quant.IQ2_XXS, true, quant.IQ2_XXS, device.Rows, 0},
		} {
			to, layout := ops.PanelType(c.from, c.exact)
			if to != c.to || layout != c.layout {
				b.fail(fmt.Errorf("PanelType(%s, %v) = %s, %d", c.from, c.exact, to, layout))
			} else if layout == device.Panels {
				same(b, "PanelBytes", []int{ops.PanelBytes(to, 17, 256)}, []int{c.bytes})
			}
		}
	})}
}
