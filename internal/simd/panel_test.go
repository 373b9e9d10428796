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
	size := p.Bytes / Rows
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
	case quant.MXFP4:
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
			if f.BlockElems != p.K || f.BlockBytes*Rows != p.Bytes || f.Name != p.Name {
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

// TestMXFP4Scales walks all E8M0 scales: those under 2 count as zero.
func TestMXFP4Scales(t *testing.T) {
	p := &panels[panelMXFP4]
	for e := range 256 {
		row := make([]byte, p.Bytes/Rows)
		row[0], row[1] = byte(e), 0x07 // element 0 is 6
		w := unpackAll(p, pack(t, p, &[Rows][]byte{row}, 1), 1)
		want := float32(math.Ldexp(12, e-128))
		if e < 2 {
			want = 0
		}
		if w[0][0] != want {
			t.Errorf("e = %d: %v, want %v", e, w[0][0], want)
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
