package num

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// nearest rounds an exact value to a format with the given precision and least
// exponent of a unit, to nearest, ties to even.
func nearest(x *big.Float, precision uint, leastUnit, most int) float64 {
	if x.Sign() == 0 {
		return 0
	}
	e := x.MantExp(nil) // x = m * 2^e, 0.5 <= m < 1
	unit := max(e-int(precision), leastUnit)
	scaled := new(big.Float).SetMantExp(x, -unit)
	n, _ := new(big.Float).SetMode(big.ToNearestEven).SetPrec(200).Set(scaled).Int(nil)
	rest := new(big.Float).SetPrec(400).Sub(scaled, new(big.Float).SetInt(n))
	half := big.NewFloat(0.5)
	switch c := new(big.Float).Abs(rest).Cmp(half); {
	case c > 0, c == 0 && n.Bit(0) == 1:
		n.Add(n, big.NewInt(int64(x.Sign())))
	}
	f, _ := new(big.Float).SetMantExp(new(big.Float).SetInt(n), unit).Float64()
	if math.Abs(f) >= math.Ldexp(1, most) {
		return math.Inf(x.Sign())
	}
	return f
}

func exact(x float64) *big.Float { return new(big.Float).SetPrec(400).SetFloat64(x) }

func random32(r *rand.Rand) float32 {
	for {
		x := math.Float32frombits(r.Uint32())
		if x == x && !math.IsInf(float64(x), 0) {
			return x
		}
	}
}

func TestHalf(t *testing.T) {
	for i := range 1 << 16 {
		h := uint16(i)
		v := Widen(h)
		if v != v {
			if got := Narrow(v); got != h|0x200 {
				t.Fatalf("%04x: NaN becomes %04x", h, got)
			}
			continue
		}
		if got := Narrow(v); got != h {
			t.Fatalf("%04x: %v comes back as %04x", h, v, got)
		}
		if h&0x7fff >= 0x7bff {
			continue
		}
		// The middle to the next one, and its neighbours.
		mid := (v + Widen(h+1)) / 2
		even := h + h&1
		if got := Narrow(mid); got != even {
			t.Fatalf("middle after %04x gives %04x", h, got)
		}
		big := math.Float32frombits(math.Float32bits(mid) + 1)
		if got := Narrow(big); got != h+1 {
			t.Fatalf("above the middle after %04x: %04x", h, got)
		}
		if got := NarrowZero(big); got != h {
			t.Fatalf("towards zero after %04x: %04x", h, got)
		}
	}
	for _, c := range []struct {
		x    float32
		want uint16
	}{{65519.996, 0x7bff}, {65520, 0x7c00}, {-1e30, 0xfc00}, {0x1p-25, 0}, {0x1.000002p-25, 1}} {
		if got := Narrow(c.x); got != c.want {
			t.Errorf("%v: %04x, want %04x", c.x, got, c.want)
		}
	}
}

func TestFMA32(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 100000 {
		x, y := random32(r), random32(r)
		z := random32(r)
		if r.IntN(2) == 0 { // near the product, where rounding twice shows
			z = float32(-float64(x) * float64(y) * math.Ldexp(1+r.Float64(), r.IntN(60)-30))
		}
		if z != z || math.IsInf(float64(z), 0) {
			continue
		}
		sum := exact(float64(x))
		sum.Mul(sum, exact(float64(y)))
		sum.Add(sum, exact(float64(z)))
		want := float32(nearest(sum, 24, -149, 128))
		if got := FMA32(x, y, z); got != want {
			t.Fatalf("%x*%x+%x = %x, want %x", x, y, z, got, want)
		}
	}
}

func TestFMA16(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	finite := func() float32 {
		for {
			h := uint16(r.Uint32())
			if h&0x7c00 != 0x7c00 {
				return Widen(h)
			}
		}
	}
	for range 100000 {
		x, y, z := finite(), finite(), finite()
		sum := exact(float64(x))
		sum.Mul(sum, exact(float64(y)))
		sum.Add(sum, exact(float64(z)))
		want := nearest(sum, 11, -24, 16)
		if got := FMA16(x, y, z); float64(Widen(got)) != want {
			t.Fatalf("%x*%x+%x = %x, want %x", x, y, z, Widen(got), want)
		}
	}
}

func TestNarrowExact(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 100000 {
		x := math.Ldexp(r.Float64()*2-1, r.IntN(50)-30)
		if got, want := float64(Widen(NarrowExact(x))), nearest(exact(x), 11, -24, 16); got != want {
			t.Fatalf("%x gives %x, want %x", x, got, want)
		}
	}
}

func TestBfloat(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 100000 {
		x := random32(r)
		if got, want := float64(WidenB(NarrowB(x))), nearest(exact(float64(x)), 8, -133, 128); got != want {
			t.Fatalf("%x gives %x, want %x", x, got, want)
		}
	}
}
