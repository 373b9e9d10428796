package mxfp

import (
	"math"
	"testing"
)

func TestE8M0Decode(t *testing.T) {
	for e := range 255 {
		if got, want := float64(E8M0(e).Decode()), math.Ldexp(1, e-127); got != want {
			t.Errorf("E8M0 %d is %v, want %v", e, got, want)
		}
	}
	if got := NaN.Decode(); got == got {
		t.Errorf("E8M0 255 is %v, want NaN", got)
	}
}

func TestE8M0Encode(t *testing.T) {
	for e := range 255 {
		scale := E8M0(e)
		if got := EncodeE8M0(scale.Decode()); got != scale {
			t.Errorf("%v becomes %d, want %d", scale.Decode(), got, scale)
		}
		if scale == 254 {
			continue
		}
		mid := scale.Decode() * 1.5
		for _, c := range []struct {
			x    float32
			want E8M0
		}{
			{math.Nextafter32(mid, 0), scale},
			{mid, scale + scale&1},
			{math.Nextafter32(mid, math.MaxFloat32), scale + 1},
		} {
			if got := EncodeE8M0(c.x); got != c.want {
				t.Errorf("%v becomes %d, want %d", c.x, got, c.want)
			}
		}
	}
}

func TestE8M0EncodeLimits(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		x    float32
		want E8M0
	}{
		{0, 0}, {float32(math.Copysign(0, -1)), 0}, {math.SmallestNonzeroFloat32, 0},
		{math.MaxFloat32, 254}, {inf, 254},
		{-1, NaN}, {-inf, NaN}, {-math.SmallestNonzeroFloat32, NaN}, {float32(math.NaN()), NaN},
	} {
		if got := EncodeE8M0(c.x); got != c.want {
			t.Errorf("%v becomes %d, want %d", c.x, got, c.want)
		}
	}
}
