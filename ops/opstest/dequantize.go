package opstest

import (
	"fmt"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

func dequantizeCases() (cases []Case) {
	for _, t := range weightTypes() {
		cases = append(cases, dequantizeCase(t, 3, wholeRow(t, 32), 0), dequantizeCase(t, 2, wholeRow(t, 4224), 0))
	}
	return append(cases, dequantizeCase(quant.FP8_E4M3, 5, 96, 0.37))
}

// dequantizeCase wants the nearest half floats of what a format means.
func dequantizeCase(t quant.Type, m, k int, scale float32) Case {
	return newCase("dequantize", fmt.Sprintf("%s %dx%d scale %g", t, m, k, scale), func(b *bench) {
		w := randomWeight(4, t, m, k)
		placed := device.Tensor{Type: t, Layout: device.Rows}
		if b.device.Caps().Host {
			placed.Ptr = input(b, "W", append([]byte{0}, w.rows...)) + 1
		} else {
			w.scaled(b, scale) // rows on a CPU have none
			placed = w.loaded(b, false)
		}
		if b.err != nil {
			return
		}
		stride := k + 3
		y := output[uint16](b, "Y", (m-1)*stride+k)
		launch(b, &ops.Dequantize, ops.DequantizeArgs{
			Y: y, W: placed.Ptr, M: int32(m), K: int32(k), Type: placed.Type, Layout: placed.Layout, YStride: int32(stride),
		})
		got := make([]float32, 0, m*k)
		f, _ := quant.Lookup(quant.F16)
		bits := download[uint16](b, y, (m-1)*stride+k)
		for row := range m {
			v := make([]float32, k)
			f.Decode(v, asBytes(bits[row*stride:][:k]))
			got = append(got, v...)
		}
		b.compare("Y", got, halves(w.as(placed.Type)), exact)
	})
}
