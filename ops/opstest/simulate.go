package opstest

import (
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

func simulateCases() (cases []Case) {
	for _, f := range smallFloats {
		for _, rows := range []int{1, 3, 33} {
			for _, dim := range []int{32, 96, 512} {
				for _, size := range []float64{1, 1e-30, 1e30} {
					cases = append(cases, simulateCase(f, rows, dim, size, rows == 3))
				}
			}
		}
	}
	return append(cases, simulateCase(smallFloats[3], 5, 17, 1, false), simulateCase(smallFloats[0], 2, 64, 0, false))
}

// A smallFloat is an element format by its figures in OCP MX 1.0 and OFP8 1.0.
type smallFloat struct {
	t       quant.Type
	man     int     // bits of mantissa
	least   int     // the least exponent of a number with a leading one
	largest float64 // that is finite
	blocks  bool    // each 32 elements have a scale, and not all one
}

var smallFloats = []smallFloat{
	{quant.MXFP4, 1, 0, 6, true},
	{quant.MXFP6_E2M3, 3, 0, 7.5, true},
	{quant.MXFP6_E3M2, 2, -2, 28, true},
	{quant.FP8_E4M3, 3, -6, 448, false},
}

// round gives the nearest number of the format, of two the one with an even
// mantissa.
func (f *smallFloat) round(x float64) float64 {
	_, exp := math.Frexp(x) // |x| in [2^(exp-1), 2^exp)
	step := math.Ldexp(1, max(exp-1, f.least)-f.man)
	return max(min(math.RoundToEven(x/step)*step, f.largest), -f.largest)
}

// scale is Quark's "even" for a block: amax is rounded to the format's bits of
// mantissa, half away from zero, and its exponent is brought to that of the
// largest number. The least scale is 2^-126.
func (f *smallFloat) scale(block []float32) float64 {
	amax := largest(block)
	if amax == 0 {
		return 0x1p-126
	}
	_, exp := math.Frexp(amax)
	step := math.Ldexp(1, exp-1-f.man)
	_, exp = math.Frexp(math.Round(amax/step) * step)
	_, top := math.Frexp(f.largest)
	return math.Ldexp(1, max(exp-top, -126))
}

// rounded rounds numbers, those of FP8 as they are.
func (f *smallFloat) rounded(x []float32) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		scale := 1.0
		if f.blocks {
			scale = f.scale(x[i/32*32:][:32])
		}
		y[i] = float32(f.round(float64(v)/scale) * scale)
	}
	return y
}

func simulateCase(f smallFloat, rows, dim int, size float64, inPlace bool) Case {
	name := fmt.Sprintf("%s %dx%d size %g in place %t", f.t, rows, dim, size, inPlace)
	return newCase("simulate", name, func(b *bench) {
		x := normals(31, rows*dim, size)
		args := ops.SimulateArgs{Rows: int32(rows), Dim: int32(dim), Type: f.t}
		if !f.blocks {
			args.Scale = float32(3 * max(size, 1e-9) / 448) // some are clipped
		}
		if inPlace {
			args.X = inout(b, "X", x)
			args.Y = args.X
		} else {
			args.X, args.Y = input(b, "X", x), output[float32](b, "Y", len(x))
		}
		launch(b, &ops.Simulate, args)
		want := make([]float64, len(x))
		for i, v := range x {
			scale := float64(args.Scale)
			if f.blocks {
				scale = f.scale(x[i/32*32:][:32])
			}
			want[i] = f.round(float64(float32(float64(v)/scale))) * scale
		}
		b.compare("Y", download[float32](b, args.Y, len(x)), want, tolerance{rel: 1e-7})
	})
}
