package opstest

import (
	"math"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/cpu"
)

type copyArgs struct {
	Y, X device.Ptr
	N    int32
}

// TestBenchFindsFaults runs ops with a fault each and wants every one found.
func TestBenchFindsFaults(t *testing.T) {
	const n = 5
	for name, c := range map[string]struct {
		op   func(y, x []float32) // both reach one element past n
		want string               // part of the error; "" for none
	}{
		"none":          {func(y, x []float32) { copy(y[:n], x) }, ""},
		"writes past":   {func(y, x []float32) { copy(y[:n], x); y[n] = 0 }, "outside Y: byte 0 behind its 20"},
		"writes input":  {func(y, x []float32) { copy(y[:n], x); x[2]++ }, "wrote to X, an input, at byte 8 of 20"},
		"leaves out":    {func(y, x []float32) { copy(y[:n-1], x) }, "Y[4] = NaN"},
		"wrong value":   {func(y, x []float32) { copy(y[:n], x); y[3] += 0.01 }, "Y[3]"},
		"infinite":      {func(y, x []float32) { copy(y[:n], x); y[3] = float32(math.Inf(1)) }, "Y[3] = +Inf"},
		"panics":        {func(y, x []float32) { panic("no such id") }, "no such id"},
		"within bounds": {func(y, x []float32) { copy(y[:n], x); y[3] += 1e-6 }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			op := device.Op[copyArgs]{
				Name:  "copy",
				Items: func(*copyArgs) int { return 1 },
				Spec:  func(*copyArgs) device.Spec { return device.Spec{} },
				Host: func(a *copyArgs, _, _ int) {
					c.op(device.HostSlice[float32](a.Y, n+1), device.HostSlice[float32](a.X, n+1))
				},
			}
			r := runCase(t, newCase("copy", name, func(b *bench) {
				x := normals(1, n, 1)
				args := copyArgs{X: input(b, "X", x), Y: output[float32](b, "Y", n), N: n}
				launch(b, &op, args)
				b.compare("Y", download[float32](b, args.Y, n), float64s(x), tolerance{abs: 1e-5})
			}))
			switch {
			case c.want == "" && r.Err != nil:
				t.Errorf("found a fault where there is none: %v", r.Err)
			case c.want != "" && (r.Err == nil || !strings.Contains(r.Err.Error(), c.want)):
				t.Errorf("error %v; want %q in it", r.Err, c.want)
			}
		})
	}
}

func runCase(t *testing.T, c Case) Result {
	t.Helper()
	d, err := cpu.New(1)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	return c.Run(d)
}
