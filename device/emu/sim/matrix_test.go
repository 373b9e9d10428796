package sim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/rocmforge/rocmforge/mxfp"
)

// The tests of matrix instructions put numbers that are all different into
// matrices, and those into lanes by the layouts of AMD's documents, written
// down once more. All sums are exact in float32, so that nothing but the
// layout can make a difference; a permutation of lanes or elements shows.

// product is the definition.
func product(a, b, c [][]float64) [][]float64 {
	d := make([][]float64, len(a))
	for i := range a {
		d[i] = make([]float64, len(b[0]))
		for j := range d[i] {
			d[i][j] = c[i][j]
			for k := range b {
				d[i][j] += a[i][k] * b[k][j]
			}
		}
	}
	return d
}

func filled(rows, cols int, f func(i, j int) float64) [][]float64 {
	m := make([][]float64, rows)
	for i := range m {
		for j := range cols {
			m[i] = append(m[i], f(i, j))
		}
	}
	return m
}

// halfOf is a small integer or half of one as a half float.
func halfOf(x float64) uint32 {
	if x == 0 {
		return 0
	}
	frac, exp := math.Frexp(math.Abs(x)) // 0.5 <= frac < 1
	h := uint32(exp+14)<<10 | uint32(frac*2048)&0x3ff
	if x < 0 {
		h |= 0x8000
	}
	return h
}

func bfloatOf(x float64) uint32 { return math.Float32bits(float32(x)) >> 16 }

func TestWMMA(t *testing.T) {
	for name, encode := range map[string]func(float64) uint32{"f16": halfOf, "bf16": bfloatOf} {
		b := newBench(t, gfx1100, fmt.Sprintf("v_wmma_f32_16x16x16_%s v[40:47], v[0:7], v[8:15], v[16:23]", name))
		m := filled(16, 16, func(i, j int) float64 { return float64((16*i+j)%251 - 125) })
		n := filled(16, 16, func(i, j int) float64 { return float64((7*(16*i+j))%241 - 120) })
		c := filled(16, 16, func(i, j int) float64 { return float64(1000*i + j) })
		for l := range 32 {
			for e := range 16 {
				b.set(e/2, l, b.lane(e/2, l)&^(0xffff<<(e%2*16))|encode(m[l%16][e])<<(e%2*16))
				b.set(8+e/2, l, b.lane(8+e/2, l)&^(0xffff<<(e%2*16))|encode(n[e][l%16])<<(e%2*16))
			}
			for r := range 8 {
				b.set(16+r, l, u32(float32(c[2*r+l/16][l%16])))
			}
		}
		b.mustRun()
		want := product(m, n, c)
		for l := range 32 {
			for r := range 8 {
				if got := float64(f32(b.lane(40+r, l))); got != want[2*r+l/16][l%16] {
					t.Fatalf("%s: register %d of lane %d: %v, want %v", name, r, l, got, want[2*r+l/16][l%16])
				}
			}
		}
	}
}

func TestWMMAInt(t *testing.T) {
	b := newBench(t, gfx1100, "v_wmma_i32_16x16x16_iu8 v[40:47], v[0:3], v[4:7], v[16:23] neg_lo:[1,0,0]")
	m := filled(16, 16, func(i, j int) float64 { return float64((16*i+j)%256 - 128) })
	n := filled(16, 16, func(i, j int) float64 { return float64((7 * (16*i + j)) % 256) })
	c := filled(16, 16, func(i, j int) float64 { return float64(100000*i - j) })
	for r := range 8 {
		b.v[0][r] = row{}
	}
	for l := range 32 {
		for e := range 16 {
			b.set(e/4, l, b.lane(e/4, l)|uint32(uint8(int8(m[l%16][e])))<<(e%4*8))
			b.set(4+e/4, l, b.lane(4+e/4, l)|uint32(uint8(n[e][l%16]))<<(e%4*8))
		}
		for r := range 8 {
			b.set(16+r, l, uint32(int32(c[2*r+l/16][l%16])))
		}
	}
	b.mustRun()
	want := product(m, n, c)
	for l := range 32 {
		for r := range 8 {
			if got := float64(int32(b.lane(40+r, l))); got != want[2*r+l/16][l%16] {
				t.Fatalf("register %d of lane %d: %v, want %v", r, l, got, want[2*r+l/16][l%16])
			}
		}
	}
}

// accumulators puts C into a[16:..] and gives what D, in a[64:..], must be.
func accumulators(size int, c [][]float64, encode func(float64) uint32, b *bench) func(d [][]float64) (lane, reg int) {
	place := func(l, r int) (row, col int) {
		if size == 16 {
			return l/16*4 + r, l % 16
		}
		return r/4*8 + l/32*4 + r%4, l % 32
	}
	regs := size * size / 64
	for l := range 64 {
		for r := range regs {
			i, j := place(l, r)
			b.set(agprs+16+r, l, encode(c[i][j]))
		}
	}
	return func(d [][]float64) (int, int) {
		for l := range 64 {
			for r := range regs {
				i, j := place(l, r)
				if b.lane(agprs+64+r, l) != encode(d[i][j]) {
					return l, r
				}
			}
		}
		return -1, -1
	}
}

func float32Bits(x float64) uint32 { return math.Float32bits(float32(x)) }

func TestMFMA(t *testing.T) {
	for _, c := range []struct {
		name   string
		size   int
		k      int
		bits   int
		encode func(float64) uint32
		limit  int
	}{
		{"f32_16x16x16_f16", 16, 16, 16, halfOf, 200}, {"f32_16x16x32_f16", 16, 32, 16, halfOf, 200},
		{"f32_32x32x8_f16", 32, 8, 16, halfOf, 200}, {"f32_32x32x16_f16", 32, 16, 16, halfOf, 200},
		{"f32_16x16x32_bf16", 16, 32, 16, bfloatOf, 100}, {"f32_32x32x16_bf16", 32, 16, 16, bfloatOf, 100},
		{"f32_16x16x4_f32", 16, 4, 32, float32Bits, 200}, {"f32_32x32x2_f32", 32, 2, 32, float32Bits, 200},
		{"i32_16x16x64_i8", 16, 64, 8, byteOf, 120}, {"i32_32x32x32_i8", 32, 32, 8, byteOf, 120},
		{"i32_16x16x32_i8", 16, 32, 8, byteOf, 120}, {"i32_32x32x16_i8", 32, 16, 8, byteOf, 120},
	} {
		t.Run(c.name, func(t *testing.T) {
			perLane := c.k * c.size / 64
			words := perLane * c.bits / 32
			b := newBench(t, gfx950, fmt.Sprintf("v_mfma_%s a[64:%d], v[0:%d], v[8:%d], a[16:%d]",
				c.name, 63+c.size*c.size/64, words-1, 7+words, 15+c.size*c.size/64))
			m := filled(c.size, c.k, func(i, k int) float64 { return float64((31*i+k*7)%(2*c.limit) - c.limit) })
			n := filled(c.k, c.size, func(k, j int) float64 { return float64((13*j+k*11)%(2*c.limit) - c.limit) })
			z := filled(c.size, c.size, func(i, j int) float64 { return float64(100*i - 3*j) })
			encode := float32Bits
			if c.name[0] == 'i' {
				encode = func(x float64) uint32 { return uint32(int32(x)) }
			}
			b.clear(0, 16)
			wrong := accumulators(c.size, z, encode, b)
			for l := range 64 {
				for e := range perLane {
					k := l/c.size*perLane + e
					at, shift := e*c.bits/32, e*c.bits%32
					b.set(at, l, b.lane(at, l)|c.encode(m[l%c.size][k])<<shift)
					b.set(8+at, l, b.lane(8+at, l)|c.encode(n[k][l%c.size])<<shift)
				}
			}
			b.mustRun()
			if l, r := wrong(product(m, n, z)); l >= 0 {
				t.Errorf("register %d of lane %d: %#x", r, l, b.lane(agprs+64+r, l))
			}
		})
	}
}

func byteOf(x float64) uint32 { return uint32(uint8(int8(x))) }

func (b *bench) clear(from, to int) {
	for h := range b.halves {
		clear(b.v[h][from:to])
	}
}

// TestScaledMFMA goes through all pairs of types and all bytes of the scales.
// Elements are random codes; each block of 32 has its own scale. Sums are
// compared with exact ones, rounded once.
func TestScaledMFMA(t *testing.T) {
	types := []*mxfp.Element{mxfp.E4M3(), mxfp.E5M2(), mxfp.E2M3(), mxfp.E3M2(), mxfp.E2M1()}
	r := rand.New(rand.NewPCG(8, 8))
	for _, size := range []int{16, 32} {
		for ta, ea := range types {
			for tb, eb := range types {
				scaledCase(t, r, size, [2]int{ta, tb}, [2]*mxfp.Element{ea, eb})
			}
		}
	}
}

func scaledCase(t *testing.T, r *rand.Rand, size int, codes [2]int, types [2]*mxfp.Element) {
	k := 2048 / size
	byteA, byteB := r.IntN(4), r.IntN(4)
	text := fmt.Sprintf("v_mfma_scale_f32_%dx%dx%d_f8f6f4 a[64:%d], v[0:7], v[8:15], a[16:%d], v20, v21 op_sel:[%d,%d,0] op_sel_hi:[%d,%d,0] cbsz:%d blgp:%d",
		size, size, k, 63+size*size/64, 15+size*size/64, byteA&1, byteB&1, byteA>>1, byteB>>1, codes[0], codes[1])
	b := newBench(t, gfx950, text)
	b.clear(0, 22)
	operand := func(first, scaleReg, scaleByte int, e *mxfp.Element) [][]float64 {
		m := filled(size, k, func(int, int) float64 { return 0 })
		for l := range 64 {
			scale := 120 + r.IntN(14)
			b.set(scaleReg, l, r.Uint32()&^(0xff<<(8*scaleByte))|uint32(scale)<<(8*scaleByte))
		}
		for l := range 64 {
			for i := range 32 {
				code := finiteCode(r, e)
				place := l/size*32 + i // of 6 and 4 bits
				if e.Bits() == 8 {
					place = i/16*(k/2) + l/size*16 + i%16
				}
				at := i * e.Bits()
				word := uint64(code) << (at % 32)
				b.set(first+at/32, l, b.lane(first+at/32, l)|uint32(word))
				if word>>32 != 0 {
					b.set(first+at/32+1, l, b.lane(first+at/32+1, l)|uint32(word>>32))
				}
				scale := b.lane(scaleReg, place/32*size+l%size) >> (8 * scaleByte) & 255
				m[l%size][place] = math.Ldexp(float64(e.Decode(code)), int(scale)-127)
			}
		}
		return m
	}
	m := operand(0, 20, byteA, types[0])
	nt := operand(8, 21, byteB, types[1])
	n := filled(k, size, func(i, j int) float64 { return nt[j][i] })
	c := filled(size, size, func(i, j int) float64 { return float64(i - j) })
	wrong := accumulators(size, c, float32Bits, b)
	b.mustRun()
	if l, reg := wrong(product(m, n, c)); l >= 0 {
		t.Errorf("%s: register %d of lane %d: %v", text, reg, l, f32(b.lane(agprs+64+reg, l)))
	}
}

// finiteCode is a code of a number whose products are exact in float64 sums.
func finiteCode(r *rand.Rand, e *mxfp.Element) byte {
	for {
		code := byte(r.Uint32()) & byte(1<<e.Bits()-1)
		if v := float64(e.Decode(code)); !math.IsNaN(v) && !math.IsInf(v, 0) && (v == 0 || math.Abs(v) >= 1.0/64) && math.Abs(v) <= 64 {
			return code
		}
	}
}
