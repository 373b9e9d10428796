package opstest

import (
	"errors"
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

// packedForms are those in which ops on a GPU write activations for others.
var packedForms = []ops.Form{ops.HalfRows, ops.Q8Rows, ops.MXFP4Rows, ops.MXFP6E2M3Rows, ops.MXFP6E3M2Rows}

// gpuOnly ends a case on a CPU, whose ops write floats.
func gpuOnly(b *bench) bool {
	if b.device.Caps().Host {
		b.fail(fmt.Errorf("packed rows on a CPU: %w", errors.ErrUnsupported))
		return false
	}
	return true
}

// formOutput is room for rows in a form.
func formOutput(b *bench, f ops.Form, rows, dim int) device.Ptr {
	return output[byte](b, "Y", ops.PackedBytes(f, rows, dim))
}

// compareForm compares what an op wrote in a form: besides what was allowed of
// floats, a half may be off by half its last place, and a code by half a step.
func compareForm(b *bench, p device.Ptr, f ops.Form, rows, dim int, want []float64, allowed tolerance) {
	if f == ops.HalfRows {
		bits := download[uint16](b, p, rows*dim)
		got := make([]float32, len(bits))
		half, _ := quant.Lookup(quant.F16)
		half.Decode(got, asBytes(bits))
		b.compare("Y", got, want, tolerance{abs: allowed.abs + 0x1p-24, rel: allowed.rel + 0x1p-11})
		return
	}
	if small, ok := smallFloatOf(f); ok {
		compareSmall(b, p, small, rows, dim, want, allowed)
		return
	}
	got := q8Values(b, p, rows, dim, f)
	for i := 0; i < len(want) && b.err == nil && !b.binding; i += 32 {
		amax := 0.0
		for _, x := range want[i : i+32] {
			amax = max(amax, math.Abs(x))
		}
		step := amax/127*(0.5+1e-4) + allowed.abs + allowed.rel*amax
		for j := i; j < i+32; j++ {
			if !(math.Abs(got[j]-want[j]) <= step) {
				b.fail(fmt.Errorf("row %d, element %d: %g became %g, off by more than %g", j/dim, j%dim, want[j], got[j], step))
			}
		}
	}
}
