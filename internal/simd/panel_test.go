package simd

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/rocmforge/rocmforge/quant"
	"github.com/x448/float16"
)

// randomRows gives format rows with every code and modest scales.
func randomRows(p *Panel, blocks int, rng *rand.Rand) *[Rows][]byte {
	var rows [Rows][]byte
	size := p.Row
	for r := range rows {
		rows[r] = make([]byte, blocks*size)
		for i := range rows[r] {
			rows[r][i] = byte(rng.Uint32())
		}
		for b := range blocks {
			setScales(p, rows[r][b*size:][:size], rng)
		}
	}
	return &rows
}

// setScales makes the floats of a random block finite.
func setScales(p *Panel, block []byte, rng *rand.Rand) {
	f16 := func(at int) {
		v := float16.Fromfloat32(float32(rng.NormFloat64()) / 64)
		binary.LittleEndian.PutUint16(block[at:], v.Bits())
	}
	switch p.Type {
	case quant.F32:
		binary.LittleEndian.PutUint32(block, math.Float32bits(float32(rng.NormFloat64())))
	case quant.BF16:
		binary.LittleEndian.PutUint16(block, uint16(math.Float32bits(float32(rng.NormFloat64()))>>16))
	case quant.FP8_E4M3:
		if block[0]&0x7f == 0x7f { // a NaN
			block[0]--
		}
	case quant.MXFP4, quant.MXFP6_E2M3:
		block[0] = byte(118 + rng.IntN(10))
	case quant.Q4_1, quant.Q5_1, quant.Q4_K, quant.Q5_K:
		f16(0)
		f16(2)
	case quant.Q2_K:
		f16(80)
		f16(82)
	case quant.Q3_K:
		f16(108)
	case quant.Q6_K:
		f16(208)
	default:
		f16(0)
	}
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

func pack(t testing.TB, p *Panel, rows *[Rows][]byte, blocks int) []byte {
	dst := guarded[byte](t, blocks*p.Bytes)
	p.Pack(dst, rows, blocks)
	return dst
}

func unpackAll(p *Panel, src []byte, blocks int) *[Rows][]float32 {
	var w [Rows][]float32
	for r := range w {
		w[r] = make([]float32, blocks*p.K)
	}
	p.Unpack(&w, src, blocks)
	return &w
}

// TestPack checks each panel against the format's own decoder.
func TestPack(t *testing.T) {
	for i := range panels {
		p := &panels[i]
		t.Run(p.Name, func(t *testing.T) {
			f, ok := quant.Lookup(p.Type)
			if !ok || f.Decode == nil {
				t.Skipf("quant does not decode %s", p.Name)
			}
			if f.BlockElems != p.K || f.BlockBytes != p.Row || f.Name != p.Name {
				t.Fatalf("panel %+v of format %+v", p, f)
			}
			const blocks = 3
			rows := randomRows(p, blocks, newRand(1))
			rows[5] = nil
			got := unpackAll(p, pack(t, p, rows, blocks), blocks)
			for r, row := range rows {
				want := make([]float32, blocks*p.K)
				if row != nil {
					f.Decode(want, row)
				}
				for k := range want {
					if p.Factor != 0 {
						got[r][k] *= p.Factor
					}
					if !close32(got[r][k], want[k], 1e-6*math.Abs(float64(want[k]))+1e-7) {
						t.Fatalf("row %d, k %d: %v, want %v", r, k, got[r][k], want[k])
					}
				}
			}
		})
	}
}

func TestPanelOf(t *testing.T) {
	for i := range panels {
		if p, ok := PanelOf(panels[i].Type); !ok || p != &panels[i] {
			t.Errorf("PanelOf(%v) = %v, %v", panels[i].Type, p, ok)
		}
	}
	if p, ok := PanelOf(quant.Q8_K); ok {
		t.Errorf("PanelOf(Q8_K) = %v", p)
	}
}

// TestE8M0Scales walks all E8M0 scales: those too small for a float32 count as
// zero. Element 0 is the largest.
func TestE8M0Scales(t *testing.T) {
	for id, c := range map[panelID]struct {
		code    byte
		largest float64
		zeros   int
	}{panelMXFP4: {0x07, 6, 2}, panelMXFP6_E2M3: {0x1f, 7.5, 4}} {
		p := &panels[id]
		for e := range 256 {
			row := make([]byte, p.Row)
			row[0], row[1] = byte(e), c.code
			w := unpackAll(p, pack(t, p, &[Rows][]byte{row}, 1), 1)
			want := float32(math.Ldexp(c.largest, e-127))
			if e < c.zeros {
				want = 0
			}
			if w[0][0] != want {
				t.Errorf("%s, e = %d: %v, want %v", p.Name, e, w[0][0], want)
			}
		}
	}
}

func close32(a, b float32, tolerance float64) bool {
	return a == b || math.Abs(float64(a)-float64(b)) <= tolerance
}

// BenchmarkPack counts the bytes of the format's rows.
func BenchmarkPack(b *testing.B) {
	for i := range panels {
		p := &panels[i]
		b.Run(p.Name, func(b *testing.B) {
			blocks := 2048 / p.K
			rows := randomRows(p, blocks, newRand(1))
			dst := make([]byte, blocks*p.Bytes)
			b.SetBytes(int64(len(dst)))
			for range b.N {
				p.Pack(dst, rows, blocks)
			}
		})
	}
}
