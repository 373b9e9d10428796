package sim

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// A laneCase is an instruction on v0, v1 and v2 with its result in v3, and
// what that is, computed in another way.
type laneCase struct {
	text string
	want func(a, b, c uint32) uint32
}

func big32(x uint32) *big.Float {
	return new(big.Float).SetPrec(2000).SetFloat64(float64(math.Float32frombits(x)))
}

// exactly rounds an exact computation of float32 operands once. Where an
// operand is no finite number, float64 gives what IEEE 754 says.
func exactly(n int, f func(z *big.Float, x []*big.Float), ieee func(x []float64) float64) func(a, b, c uint32) uint32 {
	return func(a, b, c uint32) uint32 {
		words := []uint32{a, b, c}[:n]
		var x []*big.Float
		var y []float64
		finite := true
		for _, w := range words {
			v := float64(math.Float32frombits(w))
			finite = finite && !math.IsNaN(v) && !math.IsInf(v, 0)
			y = append(y, v)
			if finite {
				x = append(x, big32(w))
			}
		}
		if !finite {
			return math.Float32bits(float32(ieee(y)))
		}
		z := new(big.Float).SetPrec(2000)
		f(z, x)
		if z.Sign() == 0 { // big.Float has no rule for the sign of 0
			return math.Float32bits(float32(ieee(y)))
		}
		v, _ := z.Float32()
		return math.Float32bits(v)
	}
}

var (
	sumOf = exactly(2, func(z *big.Float, x []*big.Float) { z.Add(x[0], x[1]) }, func(x []float64) float64 { return x[0] + x[1] })
	subOf = exactly(2, func(z *big.Float, x []*big.Float) { z.Sub(x[0], x[1]) }, func(x []float64) float64 { return x[0] - x[1] })
	mulOf = exactly(2, func(z *big.Float, x []*big.Float) { z.Mul(x[0], x[1]) }, func(x []float64) float64 { return x[0] * x[1] })
	fmaOf = exactly(3, func(z *big.Float, x []*big.Float) { z.Mul(x[0], x[1]).Add(z, x[2]) }, func(x []float64) float64 { return math.FMA(x[0], x[1], x[2]) })
)

func mod32(f func(z, a, b, c *big.Int), signed bool) func(a, b, c uint32) uint32 {
	value := func(x uint32) *big.Int {
		if signed {
			return big.NewInt(int64(int32(x)))
		}
		return big.NewInt(int64(x))
	}
	return func(a, b, c uint32) uint32 {
		z := new(big.Int)
		f(z, value(a), value(b), value(c))
		z.Mod(z, big.NewInt(1<<32))
		return uint32(z.Uint64())
	}
}

// bitwise applies a function of single bits.
func bitwise(f func(a, b, c bool) bool) func(a, b, c uint32) uint32 {
	return func(a, b, c uint32) (z uint32) {
		for i := range 32 {
			if f(a>>i&1 == 1, b>>i&1 == 1, c>>i&1 == 1) {
				z |= 1 << i
			}
		}
		return z
	}
}

func shiftedBy(f func(x *big.Int, n uint) *big.Int) func(x *big.Int, n uint32) uint32 {
	return func(x *big.Int, n uint32) uint32 {
		z := f(x, uint(n%32))
		return uint32(new(big.Int).Mod(z, big.NewInt(1<<32)).Uint64())
	}
}

var (
	shl = shiftedBy(func(x *big.Int, n uint) *big.Int { return new(big.Int).Lsh(x, n) })
	shr = shiftedBy(func(x *big.Int, n uint) *big.Int { return new(big.Int).Rsh(x, n) })
	bu  = func(x uint32) *big.Int { return big.NewInt(int64(x)) }
	bs  = func(x uint32) *big.Int { return big.NewInt(int64(int32(x))) }
)

func fromFloat(f func(x float64) float64) func(a, b, c uint32) uint32 {
	return func(a, _, _ uint32) uint32 { return u32(float32(f(float64(f32(a))))) }
}

var laneCases = []laneCase{
	{"v_mov_b32 v3, v0", func(a, _, _ uint32) uint32 { return a }},
	{"v_not_b32 v3, v0", bitwise(func(a, _, _ bool) bool { return !a })},
	{"v_bfrev_b32 v3, v0", func(a, _, _ uint32) (z uint32) {
		for i := range 32 {
			z |= a >> i & 1 << (31 - i)
		}
		return z
	}},
	{"v_clz_i32_u32 v3, v0", func(a, _, _ uint32) uint32 { return uint32(32-bu(a).BitLen()) | -truth(a == 0) }},
	{"v_cvt_f32_i32 v3, v0", func(a, _, _ uint32) uint32 { v, _ := new(big.Float).SetInt(bs(a)).Float32(); return u32(v) }},
	{"v_cvt_f32_u32 v3, v0", func(a, _, _ uint32) uint32 { v, _ := new(big.Float).SetInt(bu(a)).Float32(); return u32(v) }},
	{"v_cvt_f32_ubyte0 v3, v0", func(a, _, _ uint32) uint32 { return u32(float32(a % 256)) }},
	{"v_cvt_f32_ubyte1 v3, v0", func(a, _, _ uint32) uint32 { return u32(float32(a / 256 % 256)) }},
	{"v_cvt_f32_ubyte2 v3, v0", func(a, _, _ uint32) uint32 { return u32(float32(a / 65536 % 256)) }},
	{"v_cvt_f32_ubyte3 v3, v0", func(a, _, _ uint32) uint32 { return u32(float32(a / 65536 / 256)) }},
	{"v_cvt_i32_f32 v3, v0", func(a, _, _ uint32) uint32 { return uint32(saturated(a, math.MinInt32, math.MaxInt32)) }},
	{"v_cvt_u32_f32 v3, v0", func(a, _, _ uint32) uint32 { return uint32(saturated(a, 0, math.MaxUint32)) }},
	{"v_trunc_f32 v3, v0", fromFloat(math.Trunc)},
	{"v_floor_f32 v3, v0", fromFloat(math.Floor)},
	{"v_ceil_f32 v3, v0", fromFloat(math.Ceil)},
	{"v_rndne_f32 v3, v0", fromFloat(math.RoundToEven)},
	{"v_add_f32 v3, v0, v1", sumOf},
	{"v_sub_f32 v3, v0, v1", subOf},
	{"v_subrev_f32 v3, v0, v1", func(a, b, c uint32) uint32 { return subOf(b, a, c) }},
	{"v_mul_f32 v3, v0, v1", mulOf},
	{"v_fma_f32 v3, v0, v1, v2", fmaOf},
	{"v_fma_f32 v3, -v0, |v1|, -|v2|", func(a, b, c uint32) uint32 { return fmaOf(a^sign, b&^sign, c|sign) }},
	{"v_fmamk_f32 v3, v0, 0x40490fdb, v1", func(a, b, _ uint32) uint32 { return fmaOf(a, 0x40490fdb, b) }},
	{"v_fmaak_f32 v3, v0, v1, 0x40490fdb", func(a, b, _ uint32) uint32 { return fmaOf(a, b, 0x40490fdb) }},
	{"v_mul_f32 v3, 0.5, v1", func(_, b, _ uint32) uint32 { return mulOf(0x3f000000, b, 0) }},
	{"v_add_f32 v3, -4.0, v1", func(_, b, _ uint32) uint32 { return sumOf(0xc0800000, b, 0) }},
	{"v_min_f32 v3, v0, v1", func(a, b, _ uint32) uint32 { return extremum(a, b, -1) }},
	{"v_max_f32 v3, v0, v1", func(a, b, _ uint32) uint32 { return extremum(a, b, 1) }},
	{"v_max3_f32 v3, v0, v1, v2", func(a, b, c uint32) uint32 { return extremum(extremum(a, b, 1), c, 1) }},
	{"v_min3_f32 v3, v0, v1, v2", func(a, b, c uint32) uint32 { return extremum(extremum(a, b, -1), c, -1) }},
	{"v_maxmin_f32 v3, v0, v1, v2", func(a, b, c uint32) uint32 { return extremum(extremum(a, b, 1), c, -1) }},
	{"v_ldexp_f32 v3, v0, v1", func(a, b, _ uint32) uint32 {
		n := max(-2000, min(2000, int(int32(b))))
		return exactly(1, func(z *big.Float, x []*big.Float) { z.SetMantExp(x[0], n) }, func(x []float64) float64 { return x[0] })(a, 0, 0)
	}},
	{"v_add_nc_u32 v3, v0, v1", mod32(func(z, a, b, _ *big.Int) { z.Add(a, b) }, false)},
	{"v_sub_nc_u32 v3, v0, v1", mod32(func(z, a, b, _ *big.Int) { z.Sub(a, b) }, false)},
	{"v_subrev_nc_u32 v3, v0, v1", mod32(func(z, a, b, _ *big.Int) { z.Sub(b, a) }, false)},
	{"v_mul_lo_u32 v3, v0, v1", mod32(func(z, a, b, _ *big.Int) { z.Mul(a, b) }, false)},
	{"v_mul_hi_u32 v3, v0, v1", mod32(func(z, a, b, _ *big.Int) { z.Mul(a, b).Rsh(z, 32) }, false)},
	{"v_mul_hi_i32 v3, v0, v1", mod32(func(z, a, b, _ *big.Int) { z.Mul(a, b).Rsh(z, 32) }, true)},
	{"v_add3_u32 v3, v0, v1, v2", mod32(func(z, a, b, c *big.Int) { z.Add(a, b).Add(z, c) }, false)},
	{"v_mul_u32_u24 v3, v0, v1", func(a, b, _ uint32) uint32 { return uint32(uint64(a%(1<<24)) * uint64(b%(1<<24))) }},
	{"v_mad_u32_u24 v3, v0, v1, v2", func(a, b, c uint32) uint32 { return uint32(uint64(a%(1<<24))*uint64(b%(1<<24)) + uint64(c)) }},
	{"v_mul_i32_i24 v3, v0, v1", func(a, b, _ uint32) uint32 { return uint32(signed24(a) * signed24(b)) }},
	{"v_min_i32 v3, v0, v1", func(a, b, _ uint32) uint32 { return pickInt(bs(a), bs(b), -1) }},
	{"v_max_i32 v3, v0, v1", func(a, b, _ uint32) uint32 { return pickInt(bs(a), bs(b), 1) }},
	{"v_min_u32 v3, v0, v1", func(a, b, _ uint32) uint32 { return pickInt(bu(a), bu(b), -1) }},
	{"v_max_u32 v3, v0, v1", func(a, b, _ uint32) uint32 { return pickInt(bu(a), bu(b), 1) }},
	{"v_med3_i32 v3, v0, v1, v2", func(a, b, c uint32) uint32 {
		least, most := bs(pickInt(bs(pickInt(bs(a), bs(b), -1)), bs(c), -1)), bs(pickInt(bs(pickInt(bs(a), bs(b), 1)), bs(c), 1))
		return uint32(int64(int32(a)) + int64(int32(b)) + int64(int32(c)) - least.Int64() - most.Int64())
	}},
	{"v_and_b32 v3, v0, v1", bitwise(func(a, b, _ bool) bool { return a && b })},
	{"v_or_b32 v3, v0, v1", bitwise(func(a, b, _ bool) bool { return a || b })},
	{"v_xor_b32 v3, v0, v1", bitwise(func(a, b, _ bool) bool { return a != b })},
	{"v_xor3_b32 v3, v0, v1, v2", bitwise(func(a, b, c bool) bool { return a != b != c })},
	{"v_or3_b32 v3, v0, v1, v2", bitwise(func(a, b, c bool) bool { return a || b || c })},
	{"v_and_or_b32 v3, v0, v1, v2", bitwise(func(a, b, c bool) bool { return a && b || c })},
	{"v_bfi_b32 v3, v0, v1, v2", bitwise(func(a, b, c bool) bool { return a && b || !a && c })},
	{"v_lshlrev_b32 v3, v0, v1", func(a, b, _ uint32) uint32 { return shl(bu(b), a) }},
	{"v_lshrrev_b32 v3, v0, v1", func(a, b, _ uint32) uint32 { return shr(bu(b), a) }},
	{"v_ashrrev_i32 v3, v0, v1", func(a, b, _ uint32) uint32 { return shr(bs(b), a) }},
	{"v_lshl_add_u32 v3, v0, v1, v2", func(a, b, c uint32) uint32 { return shl(bu(a), b) + c }},
	{"v_add_lshl_u32 v3, v0, v1, v2", func(a, b, c uint32) uint32 { return shl(new(big.Int).Add(bu(a), bu(b)), c) }},
	{"v_lshl_or_b32 v3, v0, v1, v2", func(a, b, c uint32) uint32 { return shl(bu(a), b) | c }},
	{"v_bfe_u32 v3, v0, v1, v2", func(a, b, c uint32) uint32 { return shr(bu(a), b) % (1 << (c % 32)) }},
	{"v_bfe_i32 v3, v0, v1, v2", func(a, b, c uint32) uint32 { // the field's top bit is its sign
		n := c % 32
		x := int64(uint64(a)>>(b%32)) % (1 << n)
		if n > 0 && x>>(n-1) != 0 {
			x -= 1 << n
		}
		return uint32(x)
	}},
	{"v_alignbit_b32 v3, v0, v1, v2", func(a, b, c uint32) uint32 {
		return uint32(new(big.Int).Rsh(new(big.Int).Add(new(big.Int).Lsh(bu(a), 32), bu(b)), uint(c%32)).Uint64())
	}},
	{"v_perm_b32 v3, v0, v1, v2", permOf},
	{"v_dot4_i32_iu8 v3, v0, v1, v2 neg_lo:[1,1,0]", func(a, b, c uint32) uint32 { return dotOf(a, b, c, true, true) }},
	{"v_dot4_i32_iu8 v3, v0, v1, v2 neg_lo:[0,1,0]", func(a, b, c uint32) uint32 { return dotOf(a, b, c, false, true) }},
	{"v_dot4_u32_u8 v3, v0, v1, v2", func(a, b, c uint32) uint32 { return dotOf(a, b, c, false, false) }},
	{"v_bcnt_u32_b32 v3, v0, v1", func(a, b, _ uint32) uint32 { return uint32(bits.OnesCount32(a)) + b }},
	{"v_xad_u32 v3, v0, v1, v2", func(a, b, c uint32) uint32 { return mod32(func(z, x, y, _ *big.Int) { z.Add(x, y) }, false)(a^b, c, 0) }},
}

func signed24(x uint32) int64 {
	v := int64(x % (1 << 24))
	if v >= 1<<23 {
		v -= 1 << 24
	}
	return v
}

// saturated is the conversion of a float32 to an integer.
func saturated(x uint32, least, most int64) int64 {
	v := f32(x)
	switch {
	case v != v:
		return 0
	case math.IsInf(float64(v), 1):
		return most
	case math.IsInf(float64(v), -1):
		return least
	}
	n, _ := big32(x).Int(nil)
	if n.Cmp(big.NewInt(least)) < 0 {
		return least
	}
	if n.Cmp(big.NewInt(most)) > 0 {
		return most
	}
	return n.Int64()
}

// extremum orders floats by value, -0 before +0; a number beats a NaN.
func extremum(a, b uint32, direction int) uint32 {
	switch {
	case isNaN(a) && isNaN(b):
		return a | 1<<22
	case isNaN(a):
		return b
	case isNaN(b):
		return a
	}
	order := func(x uint32) int64 { // floats are ordered as their bits are
		if x>>31 != 0 {
			return -int64(x&0x7fffffff) - 1
		}
		return int64(x)
	}
	if (order(a) < order(b)) == (direction < 0) {
		return a
	}
	return b
}

func pickInt(a, b *big.Int, direction int) uint32 {
	if a.Cmp(b) == direction {
		return a32(a)
	}
	return a32(b)
}

func a32(x *big.Int) uint32 { return uint32(new(big.Int).Mod(x, big.NewInt(1<<32)).Uint64()) }

func permOf(a, b, c uint32) (z uint32) {
	source := []uint32{b & 255, b >> 8 & 255, b >> 16 & 255, b >> 24, a & 255, a >> 8 & 255, a >> 16 & 255, a >> 24}
	signs := []uint32{b >> 15 & 1, b >> 31, a >> 15 & 1, a >> 31}
	for i := range 4 {
		var v uint32
		switch s := c >> (8 * i) & 255; {
		case s <= 7:
			v = source[s]
		case s <= 11:
			v = signs[s-8] * 255
		case s > 12:
			v = 255
		}
		z |= v << (8 * i)
	}
	return z
}

func dotOf(a, b, c uint32, signedA, signedB bool) uint32 {
	sum := int64(c)
	part := func(x uint32, i int, s bool) int64 {
		v := int64(x >> (8 * i) & 255)
		if s && v > 127 {
			v -= 256
		}
		return v
	}
	for i := range 4 {
		sum += part(a, i, signedA) * part(b, i, signedB)
	}
	return uint32(sum)
}

// equalFloats takes any NaN for any other.
func equalFloats(a, b uint32) bool { return a == b || isNaN(a) && isNaN(b) }

// TestLanes runs every case on many operands, with all lanes and with some.
func TestLanes(t *testing.T) {
	for _, arch := range []Arch{gfx1100, gfx950} {
		for _, c := range laneCases {
			t.Run(arch.Name+"/"+c.text, func(t *testing.T) { testLanes(t, arch, c) })
		}
	}
}

func testLanes(t *testing.T, arch Arch, c laneCase) {
	r := rand.New(rand.NewPCG(1, 7))
	for n := range 40 {
		b := newBench(t, arch, c.text)
		b.operands(r, 0, 1, 2, 3)
		if n%2 == 1 {
			b.s[126], b.s[127] = r.Uint32(), b.s[127]&r.Uint32()
		}
		before := [2]row{b.v[0][3]}
		if b.halves == 2 {
			before[1] = b.v[1][3]
		}
		b.mustRun()
		for l := range arch.Wave {
			x, y, z := b.lane(0, l), b.lane(1, l), b.lane(2, l)
			want := before[l/lanes][l%lanes]
			if b.exec(l/lanes)>>(l%lanes)&1 != 0 {
				want = c.want(x, y, z)
			}
			if got := b.lane(3, l); !equalFloats(got, want) {
				t.Fatalf("lane %d: of %#x, %#x, %#x: %#x, want %#x", l, x, y, z, got, want)
			}
		}
	}
}

// TestInPlace wants the same where the result's register is an operand.
func TestInPlace(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 7))
	for _, text := range []string{"v_add_f32 v%d, v0, v1", "v_fma_f32 v%d, v1, v0, v0", "v_perm_b32 v%d, v0, v1, v0"} {
		x, y := newBench(t, gfx1100, fmt.Sprintf(text, 0)), newBench(t, gfx1100, fmt.Sprintf(text, 3))
		x.operands(r, 0, 1)
		for _, reg := range []int{0, 1} {
			y.v[0][reg] = x.v[0][reg]
		}
		x.mustRun()
		y.mustRun()
		if x.v[0][0] != y.v[0][3] {
			t.Errorf("%s: another result in place", text)
		}
	}
}
