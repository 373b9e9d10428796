package simd

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// A tile is activations in both the kernels' form and float64.
type tile struct {
	p   unsafe.Pointer
	x   func(k, i int) float64
	ldx int
}

func randomTile(t testing.TB, p *Panel, blocks, n, ldx int, rng *rand.Rand) tile {
	if p.Float {
		x := guarded[float32](t, (blocks-1)*ldx+n)
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
		return tile{unsafe.Pointer(&x[0]), func(k, i int) float64 { return float64(x[k*ldx+i]) }, ldx}
	}
	chunks := blocks * p.K / ChunkElems
	q := guarded[Q8Block](t, (chunks-1)*ldx+n)
	for i := range q {
		fillQ8(&q[i], rng)
	}
	return tile{unsafe.Pointer(&q[0]), func(k, i int) float64 {
		b := &q[k/32*ldx+i]
		return float64(b.Scale) * float64(b.Q[k%32])
	}, ldx}
}

// fillQ8 quantizes noise, and now and then gives zeros or extremes.
func fillQ8(b *Q8Block, rng *rand.Rand) {
	var x [32]float32
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	switch rng.IntN(8) {
	case 0:
		x = [32]float32{}
	case 1:
		for i := range x {
			x[i] = float32(1 - 2*rng.IntN(2))
		}
	case 2:
		for i := range x {
			x[i] = -3
		}
	}
	quantizeBlock(b, &x)
}

// mulShapes are blocks, n, ldx.
var mulShapes = [][3]int{
	{1, 1, 1}, {3, 1, 1}, {4, 1, 5}, {7, 2, 2}, {3, 3, 4}, {5, 4, 4}, {2, 5, 6}, {2, 6, 6}, {5, 7, 32},
	{1, 8, 8}, {3, 15, 15}, {3, 16, 17}, {5, 17, 17}, {3, 23, 24}, {3, 31, 31}, {4, 31, 40}, {1, 32, 32}, {9, 32, 33}, {40, 1, 1},
}

// TestMul compares every kernel with a float64 product of the unpacked
// panel, on tiles that end at a page's end.
func TestMul(t *testing.T) {
	for _, k := range All() {
		for i := range panels {
			p := &panels[i]
			for _, s := range mulShapes {
				t.Run(fmt.Sprintf("%s/%s/blocks=%d/n=%d/ldx=%d", k.Name, p.Name, s[0], s[1], s[2]), func(t *testing.T) {
					blocks := s[0]
					if p.K == 1 {
						blocks *= 5
					}
					rng := newRand(uint64(blocks + s[1]))
					testMul(t, k, p, pack(t, p, randomRows(p, blocks, rng), blocks), blocks, s[1],
						randomTile(t, p, blocks, s[1], s[2], rng))
				})
			}
		}
	}
}

func testMul(t *testing.T, k *Kernels, p *Panel, panel []byte, blocks, n int, x tile) {
	t.Helper()
	w := unpackAll(p, panel, blocks)
	acc := guarded[float32](t, n*Rows)
	for i := range acc {
		acc[i] = float32(i % 7)
	}
	k.MulOf(p)(&acc[0], unsafe.Pointer(&panel[0]), x.p, blocks, n, x.ldx)
	for i := range n {
		for r := range Rows {
			want := float64((i*Rows + r) % 7)
			size := want + 1e-30
			for j := range w[r] {
				product := float64(w[r][j]) * x.x(j, i)
				want += product
				size += math.Abs(product)
			}
			if got := float64(acc[i*Rows+r]); !(math.Abs(got-want) <= 2e-6*size) {
				t.Fatalf("token %d, row %d: %v, want %v ± %v", i, r, got, want, 2e-6*size)
			}
		}
	}
}

// TestMulExtremes sets all codes and activations to their largest.
func TestMulExtremes(t *testing.T) {
	for _, k := range All() {
		for i := range panels {
			p := &panels[i]
			if p.Float {
				continue
			}
			for _, fill := range []byte{0x00, 0x7f, 0x80, 0x81, 0xff, 0x0f, 0xf0} {
				for _, sign := range []float32{1, -1} {
					for _, n := range []int{1, 2, 5} {
						t.Run(fmt.Sprintf("%s/%s/%02x/%v/%d", k.Name, p.Name, fill, sign, n), func(t *testing.T) {
							mulExtreme(t, k, p, fill, sign, n)
						})
					}
				}
			}
		}
	}
}

func mulExtreme(t *testing.T, k *Kernels, p *Panel, fill byte, sign float32, n int) {
	const blocks = 2
	rng := newRand(3)
	rows := randomRows(p, blocks, rng)
	for r := range rows {
		for b := range blocks {
			block := rows[r][b*p.Row:][:p.Row]
			for i := range block {
				block[i] = fill
			}
			setScales(p, block, rng)
		}
	}
	chunks := blocks * p.K / ChunkElems
	q := guarded[Q8Block](t, chunks*n)
	var x [32]float32
	for i := range x {
		x[i] = sign
	}
	for i := range q {
		quantizeBlock(&q[i], &x)
	}
	testMul(t, k, p, pack(t, p, rows, blocks), blocks, n, tile{unsafe.Pointer(&q[0]), func(_, _ int) float64 {
		return float64(q[0].Scale) * float64(q[0].Q[0])
	}, n})
}

// TestMulScales goes through zero, denormal and large scales, one a row.
func TestMulScales(t *testing.T) {
	f16s := []uint16{0, 0x8000, 1, 0x8001, 0x03ff, 0x0400, 0x2e66, 0xae66, 0x7bff, 0xfbff}
	e8m0s := []byte{0, 1, 30, 127, 128, 220}
	at := map[panelID][]int{
		panelQ4_1: {0, 2}, panelQ5_1: {0, 2},
		panelQ2_K: {80, 82}, panelQ3_K: {108}, panelQ4_K: {0, 2}, panelQ5_K: {0, 2}, panelQ6_K: {208},
	}
	for _, k := range All() {
		for i := range panels {
			p := &panels[i]
			if p.Float {
				continue
			}
			rng := newRand(5)
			rows := randomRows(p, 1, rng)
			for r, row := range rows {
				if p.id == panelMXFP4 || p.id == panelMXFP6_E2M3 {
					row[0] = e8m0s[r%len(e8m0s)]
					continue
				}
				offsets := at[p.id]
				if offsets == nil {
					offsets = []int{0}
				}
				for _, o := range offsets {
					binary.LittleEndian.PutUint16(row[o:], f16s[r%len(f16s)])
				}
			}
			for _, n := range []int{1, 5} {
				t.Run(fmt.Sprintf("%s/%s/n=%d", k.Name, p.Name, n), func(t *testing.T) {
					testMul(t, k, p, pack(t, p, rows, 1), 1, n, randomTile(t, p, 1, n, n, rng))
				})
			}
		}
	}
}

// TestMulNoAlloc: kernels allocate nothing.
func TestMulNoAlloc(t *testing.T) {
	for _, k := range All() {
		for i := range panels {
			p := &panels[i]
			rng := newRand(2)
			panel := pack(t, p, randomRows(p, 2, rng), 2)
			x := randomTile(t, p, 2, 3, 3, rng)
			acc := guarded[float32](t, 3*Rows)
			mul := k.MulOf(p)
			for _, n := range []int{1, 3} {
				allocs := testing.AllocsPerRun(10, func() {
					mul(&acc[0], unsafe.Pointer(&panel[0]), x.p, 2, n, 3)
				})
				if allocs != 0 {
					t.Errorf("%s/%s/n=%d: %v allocations", k.Name, p.Name, n, allocs)
				}
			}
		}
	}
}

// BenchmarkMul measures kernels on panels of about 256 KiB, which L2 holds.
// GB/s counts panel bytes, GMAC/s multiplications.
func BenchmarkMul(b *testing.B) {
	for _, k := range All() {
		for i := range panels {
			p := &panels[i]
			for _, n := range []int{1, TileTokens} {
				b.Run(fmt.Sprintf("%s/%s/n=%d", k.Name, p.Name, n), func(b *testing.B) { benchmarkMul(b, k, p, n) })
			}
		}
	}
}

func benchmarkMul(b *testing.B, k *Kernels, p *Panel, n int) {
	elems := 2048
	if n == 1 {
		elems = 256 << 10 * p.K / p.Bytes / 256 * 256
	}
	blocks := elems / p.K
	rng := newRand(1)
	panel := pack(b, p, randomRows(p, blocks, rng), blocks)
	x := randomTile(b, p, blocks, n, n, rng)
	acc := guarded[float32](b, n*Rows)
	mul := k.MulOf(p)
	b.ResetTimer()
	for range b.N {
		mul(&acc[0], unsafe.Pointer(&panel[0]), x.p, blocks, n, n)
	}
	each := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
	b.ReportMetric(float64(len(panel))/each, "GB/s")
	b.ReportMetric(float64(n*Rows*elems)/each, "GMAC/s")
}
