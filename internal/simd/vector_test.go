package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/x448/float16"
)

// lengths cover whole vectors of both widths, unrolled loops and tails.
var lengths = []int{0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 131, 1000}

// eachLength runs a test for every kernel set and length.
func eachLength(t *testing.T, test func(t *testing.T, k *Kernels, n int, rng *rand.Rand)) {
	for _, k := range All() {
		for _, n := range lengths {
			t.Run(fmt.Sprintf("%s/n=%d", k.Name, n), func(t *testing.T) { test(t, k, n, newRand(uint64(n))) })
		}
	}
}

func noise(t testing.TB, n int, rng *rand.Rand) []float32 {
	x := guarded[float32](t, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

func noiseF16(t testing.TB, n int, rng *rand.Rand) []uint16 {
	x := guarded[uint16](t, n)
	for i := range x {
		x[i] = float16.Fromfloat32(float32(rng.NormFloat64())).Bits()
	}
	return x
}

// clone keeps the guard: results are written up to the page's end.
func clone[T any](t testing.TB, x []T) []T {
	c := guarded[T](t, len(x))
	copy(c, x)
	return c
}

// wantAll compares with a tolerance relative to the values, or to least.
func wantAll(t *testing.T, what string, got, want []float32, tolerance, least float64) {
	t.Helper()
	for i := range want {
		g, w := float64(got[i]), float64(want[i])
		if math.IsNaN(g) && math.IsNaN(w) || g == w {
			continue
		}
		if !(math.Abs(g-w) <= tolerance*max(math.Abs(w), least)) {
			t.Fatalf("%s[%d] = %v, want %v", what, i, g, w)
		}
	}
}

func wantSum(t *testing.T, what string, got float32, want, size float64) {
	t.Helper()
	if !(math.Abs(float64(got)-want) <= 1e-6*size) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func TestDot(t *testing.T) {
	eachLength(t, func(t *testing.T, k *Kernels, n int, rng *rand.Rand) {
		a, b, h := noise(t, n, rng), noise(t, n, rng), noiseF16(t, n, rng)
		var ab, ah, aa, size float64
		for i := range a {
			x, y, z := float64(a[i]), float64(b[i]), float64(float16.Frombits(h[i]).Float32())
			ab, ah, aa, size = ab+x*y, ah+x*z, aa+x*x, size+math.Abs(x*y)+math.Abs(x*z)+x*x
		}
		wantSum(t, "Dot", k.Dot(a, b), ab, size)
		wantSum(t, "DotF16", k.DotF16(a, h), ah, size)
		wantSum(t, "SumSquares", k.SumSquares(a), aa, size)
	})
}

func TestMax(t *testing.T) {
	eachLength(t, func(t *testing.T, k *Kernels, n int, rng *rand.Rand) {
		x := noise(t, n, rng)
		for i := range x {
			x[i] -= 10 // below the zeros that masks give
		}
		want := float32(math.Inf(-1))
		if n > 0 {
			want = slices.Max(x)
		}
		if got := k.Max(x); got != want {
			t.Errorf("Max = %v, want %v", got, want)
		}
	})
}

// TestElementwise compares with the portable operations.
func TestElementwise(t *testing.T) {
	eachLength(t, func(t *testing.T, k *Kernels, n int, rng *rand.Rand) {
		x, y, z, h := noise(t, n, rng), noise(t, n, rng), noise(t, n, rng), noiseF16(t, n, rng)
		for _, op := range []struct {
			name string
			run  func(k *Kernels, dst []float32)
		}{
			{"Axpy", func(k *Kernels, dst []float32) { k.Axpy(dst, y, 0.7) }},
			{"AxpyF16", func(k *Kernels, dst []float32) { k.AxpyF16(dst, h, 0.7) }},
			{"Scale", func(k *Kernels, dst []float32) { k.Scale(dst, -1.7) }},
			{"MulScale", func(k *Kernels, dst []float32) { k.MulScale(dst, y, z, 0.7) }},
			{"Add", func(k *Kernels, dst []float32) { k.Add(dst, y) }},
			{"SiLUMul", func(k *Kernels, dst []float32) { k.SiLUMul(dst, y, z) }},
			{"GELUMul", func(k *Kernels, dst []float32) { k.GELUMul(dst, y, z) }},
			{"SiLUMul in place", func(k *Kernels, dst []float32) { k.SiLUMul(dst, dst, z) }},
			{"F16ToF32", func(k *Kernels, dst []float32) { k.F16ToF32(dst, h) }},
		} {
			got, want := clone(t, x), clone(t, x)
			op.run(k, got)
			op.run(&portable, want)
			wantAll(t, op.name, got, want, 1e-6, 1e-1)
		}
	})
}

// special are inputs where exponentials overflow, vanish or are undefined.
func special(t testing.TB) []float32 {
	inf := float32(math.Inf(1))
	x := []float32{0, float32(math.Copysign(0, -1)), 1, -1, 1e-30, -1e-30, 0.5, -0.5, 10, -10, 20, 80, 87, 88, 88.7, -80, -87, -88,
		-89, -100, -103, -103.9, -104, -105, -1000, -1e30, -inf, float32(math.NaN())}
	for v := float32(-100); v < 88; v += 0.37 {
		x = append(x, v)
	}
	return clone(t, x)
}

func TestExpSum(t *testing.T) {
	for _, k := range All() {
		for _, shift := range []float32{0, 3.25, -0.5} {
			x := special(t)
			dst := clone(t, x)
			k.ExpSum(dst, x, shift)
			for i := range x {
				want := math.Exp(float64(x[i] - shift))
				got := float64(dst[i])
				if math.IsNaN(want) && math.IsNaN(got) || got == float64(float32(want)) {
					continue
				}
				if !(math.Abs(got-want) <= 1.5e-7*want+2e-45) {
					t.Errorf("%s: exp(%v) = %v, want %v", k.Name, x[i]-shift, got, want)
				}
			}
		}
	}
	eachLength(t, func(t *testing.T, k *Kernels, n int, rng *rand.Rand) {
		x := noise(t, n, rng)
		dst := clone(t, x)
		want := 0.0
		for _, v := range x {
			want += math.Exp(float64(v - 2))
		}
		wantSum(t, "ExpSum", k.ExpSum(dst, x, 2), want, want)
	})
}

// TestGates: the gates keep their limits where exponentials do not.
func TestGates(t *testing.T) {
	for _, k := range All() {
		x := special(t)
		up, got, want := clone(t, x), clone(t, x), clone(t, x)
		for i := range up {
			up[i] = 1.5
		}
		k.SiLUMul(got, x, up)
		portable.SiLUMul(want, x, up)
		wantGate(t, k.Name+" SiLUMul", x, got, want)
		k.GELUMul(got, x, up)
		portable.GELUMul(want, x, up)
		wantGate(t, k.Name+" GELUMul", x, got, want)
	}
}

func wantGate(t *testing.T, what string, x, got, want []float32) {
	t.Helper()
	for i := range x {
		if math.IsInf(float64(x[i]), -1) {
			continue // -Inf times 0
		}
		wantAll(t, fmt.Sprintf("%s(%v)", what, x[i]), got[i:i+1], want[i:i+1], 2e-6, 1e-3)
	}
}

// TestF16 converts every F16 there and back, and floats between them.
func TestF16(t *testing.T) {
	for _, k := range All() {
		all := guarded[uint16](t, 1<<16)
		for i := range all {
			all[i] = uint16(i)
		}
		f, back := guarded[float32](t, 1<<16), guarded[uint16](t, 1<<16)
		k.F16ToF32(f, all)
		k.F32ToF16(back, f)
		for i, h := range all {
			want := float16.Frombits(h).Float32()
			if want != want {
				if f[i] == f[i] || !float16.Frombits(back[i]).IsNaN() {
					t.Fatalf("%s: NaN %04x became %v, %04x", k.Name, h, f[i], back[i])
				}
			} else if f[i] != want || back[i] != h {
				t.Fatalf("%s: %04x became %v, then %04x", k.Name, h, f[i], back[i])
			}
		}
	}
	eachLength(t, func(t *testing.T, k *Kernels, n int, rng *rand.Rand) {
		x := noise(t, n, rng)
		for i := range x {
			x[i] *= float32(math.Exp2(float64(rng.IntN(50) - 30)))
			if i%5 == 0 { // exactly between two
				x[i] = math.Float32frombits(math.Float32bits(x[i])&^0x1fff | 0x1000)
			}
		}
		got := guarded[uint16](t, n)
		k.F32ToF16(got, x)
		for i := range x {
			if want := float16.Fromfloat32(x[i]).Bits(); got[i] != want {
				t.Fatalf("F32ToF16(%v) = %04x, want %04x", x[i], got[i], want)
			}
		}
	})
}

func TestQuantizeQ8(t *testing.T) {
	for _, k := range All() {
		rng := newRand(9)
		const blocks, ldx = 40, 3
		x := guarded[float32](t, blocks*32)
		for i := range x {
			x[i] = float32(rng.NormFloat64() * math.Exp2(float64(i/32*6-120)))
		}
		clear(x[64:96])
		x[96] = 300
		got, want := guarded[Q8Block](t, (blocks-1)*ldx+1), guarded[Q8Block](t, (blocks-1)*ldx+1)
		got[0].Q[3] = 7
		k.QuantizeQ8(&got[0], &x[0], blocks, ldx)
		quantizeQ8(&want[0], &x[0], blocks, ldx)
		checkNaN(t, k, x[:32])
		for b := range got {
			if got[b] != want[b] {
				t.Fatalf("%s: block %d:\n%+v, want\n%+v", k.Name, b, got[b], want[b])
			}
		}
		checkQ8(t, want, x, ldx)
	}
}

// checkNaN wants a scale that spoils each product, wherever a NaN stands.
func checkNaN(t *testing.T, k *Kernels, x []float32) {
	t.Helper()
	for i, was := range x {
		var got Q8Block
		x[i] = float32(math.NaN())
		k.QuantizeQ8(&got, &x[0], 1, 1)
		if x[i] = was; got.Scale == got.Scale {
			t.Fatalf("%s: element %d is a NaN, the scale %v", k.Name, i, got.Scale)
		}
	}
}

// checkQ8 holds blocks against their definition.
func checkQ8(t *testing.T, q []Q8Block, x []float32, ldx int) {
	t.Helper()
	for b := range len(x) / 32 {
		block, sum, lo := &q[b*ldx], int32(0), int32(0)
		for i, c := range block.Q {
			v := float64(x[32*b+i])
			if block.Scale != 0 && math.Abs(float64(block.Scale)*float64(c)-v) > 0.501*float64(block.Scale) || c == -128 {
				t.Fatalf("block %d, element %d: %d * %v for %v", b, i, c, block.Scale, v)
			}
			sum += int32(c)
			if i < 16 {
				lo += int32(c)
			}
		}
		if block.Neg != -sum || block.NegLo != -lo || block.NegHi != lo-sum || block.Sum != block.Scale*float32(sum) {
			t.Fatalf("block %d: sums %+v, want %d and %d", b, block, sum, lo)
		}
	}
}

func TestTranspose(t *testing.T) {
	for _, k := range All() {
		for _, s := range [][2]int{{1, 1}, {8, 8}, {3, 20}, {16, 24}, {17, 9}, {32, 64}, {31, 33}, {8, 7}} {
			rows, cols := s[0], s[1]
			ldDst, ldSrc := rows+1, cols+2
			src := noise(t, (rows-1)*ldSrc+cols, newRand(1))
			dst := guarded[float32](t, (cols-1)*ldDst+rows)
			k.Transpose(&dst[0], &src[0], rows, cols, ldDst, ldSrc)
			for i, got := range dst {
				want := float32(0)
				if r, c := i%ldDst, i/ldDst; r < rows {
					want = src[r*ldSrc+c]
				}
				if got != want {
					t.Fatalf("%s, %dx%d: dst[%d] = %v, want %v", k.Name, rows, cols, i, got, want)
				}
			}
		}
	}
}

func TestChoose(t *testing.T) {
	for _, k := range All() {
		if got, err := Choose(k.Name); got != k || err != nil {
			t.Errorf("Choose(%q) = %v, %v", k.Name, got, err)
		}
	}
	if _, err := Choose("mmx"); err == nil {
		t.Error("Choose(mmx) gave no error")
	}
	if k, err := Choose(""); err != nil || k != All()[len(All())-1] {
		t.Errorf("Choose() = %v, %v", k, err)
	}
}

func BenchmarkVector(b *testing.B) {
	rng := newRand(1)
	const n = 2048
	x, y, z, h := noise(b, n, rng), noise(b, n, rng), noise(b, n, rng), noiseF16(b, n, rng)
	q := guarded[Q8Block](b, n/32)
	tile := guarded[float32](b, 32*n/32)
	for _, k := range All() {
		for _, op := range []struct {
			name string
			run  func()
		}{
			{"Dot", func() { k.Dot(x, y) }},
			{"DotF16", func() { k.DotF16(x, h) }},
			{"Axpy", func() { k.Axpy(x, y, 1e-9) }},
			{"AxpyF16", func() { k.AxpyF16(x, h, 1e-9) }},
			{"SumSquares", func() { k.SumSquares(x) }},
			{"MulScale", func() { k.MulScale(z, x, y, 1) }},
			{"SiLUMul", func() { k.SiLUMul(z, x, y) }},
			{"ExpSum", func() { k.ExpSum(z, x, 1) }},
			{"QuantizeQ8", func() { k.QuantizeQ8(&q[0], &x[0], n/32, 1) }},
			{"Transpose", func() { k.Transpose(&tile[0], &x[0], 32, 64, 32, 64) }},
		} {
			b.Run(k.Name+"/"+op.name, func(b *testing.B) {
				b.SetBytes(4 * n)
				for range b.N {
					op.run()
				}
			})
		}
	}
}
