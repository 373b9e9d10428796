package sim

import (
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/device/emu/asm"
	"github.com/rocmforge/rocmforge/mxfp"
)

// Matrix instructions of gfx950 with operands of 8, 6 or 4 bits, of which each
// block of 32 along k has a scale.
var _ = table("CDNA4 ISA \"V_MFMA_SCALE_F32_16X16X128_F8F6F4\"; AMD, \"Matrix Core Programming on AMD CDNA3 and CDNA4\"",
	rule{name: "v_mfma_f32_16x16x128_f8f6f4", dsts: 1, build: scaledMFMA(16, 128, false)},
	rule{name: "v_mfma_f32_32x32x64_f8f6f4", dsts: 1, build: scaledMFMA(32, 64, false)},
	rule{name: "v_mfma_scale_f32_16x16x128_f8f6f4", dsts: 1, build: scaledMFMA(16, 128, true)},
	rule{name: "v_mfma_scale_f32_32x32x64_f8f6f4", dsts: 1, build: scaledMFMA(32, 64, true)},
)

// smallTypes are the types of an operand by cbsz (of A) or blgp (of B).
var smallTypes = []*mxfp.Element{mxfp.E4M3(), mxfp.E5M2(), mxfp.E2M3(), mxfp.E3M2(), mxfp.E2M1()}

// scaleBlock is how many elements share a scale.
const scaleBlock = 32

// smallElement reads elements of 8, 6 or 4 bits; they lie side by side.
func smallElement(e *mxfp.Element) element {
	bits := e.Bits()
	var values [256]float64
	for code := range values[:1<<bits] {
		values[code] = float64(e.Decode(byte(code)))
	}
	return func(to []float64, v []row, from, l, i int) {
		for j := range to {
			to[j] = values[getBits(v[from:], i*bits, bits, l+j)]
		}
	}
}

// smallPlace is where a lane's 32 elements of an operand are: of 8 bits, the
// first 16 and the others in two halves of k; smaller ones in order.
func (m *mfmaInst) smallPlace(bits int) func(l, i int) int {
	if bits < 8 {
		return m.inOrder
	}
	return func(l, i int) int { return m.k/2*(i/16) + 16*(l/m.n) + i%16 }
}

func scaledMFMA(n, k int, scaled bool) builder {
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		m, err := d.mfma(in, n, k, typ{float, 32})
		if err != nil {
			return nil, err
		}
		ta, tb := in.Mods.Number("cbsz", 0), in.Mods.Number("blgp", 0)
		if ta < 0 || ta >= len(smallTypes) || tb < 0 || tb >= len(smallTypes) {
			return nil, fmt.Errorf("a matrix instruction with types %d and %d", ta, tb)
		}
		var sa, sb scaleSource
		if scaled {
			if len(in.Args) != 6 {
				return nil, errOperands(in)
			}
			if sa, err = d.scaleSource(in, 4, 0); err != nil {
				return nil, err
			}
			if sb, err = d.scaleSource(in, 5, 1); err != nil {
				return nil, err
			}
		}
		ea, eb := smallTypes[ta], smallTypes[tb]
		return func(w *wave) {
			x := w.matrices()
			x.a.read(w, n, m.a, scaleBlock, smallElement(ea), 16, m.smallPlace(ea.Bits()))
			x.b.read(w, n, m.b, scaleBlock, smallElement(eb), 16, m.smallPlace(eb.Bits()))
			if scaled {
				x.a.scale(w, m, sa)
				x.b.scale(w, m, sb)
			}
			m.run(w)
		}, nil
	}
}

// A scaleSource has scales in one byte of each lane's word: lane l has that of
// row or column l%n, block l/n.
type scaleSource struct {
	source
	shift int
}

func (d *decoder) scaleSource(in *asm.Inst, arg, i int) (scaleSource, error) {
	s, err := d.source(in.Args[arg], typ{bitsKind, 32}, false)
	byteOf := truth(in.Mods.Bit("op_sel", i, 0)) + 2*truth(in.Mods.Bit("op_sel_hi", i, 0))
	return scaleSource{s, 8 * int(byteOf)}, err
}

// scale multiplies each block by its scale, which is a power of two.
func (m *matrix) scale(w *wave, inst *mfmaInst, s scaleSource) {
	for h := range w.halves {
		words := s.rows(w, h, 0)
		for l := range lanes {
			r, block := (h*lanes+l)%inst.n, (h*lanes+l)/inst.n
			factor := float64(mxfp.E8M0(words[l] >> s.shift).Decode())
			for k := range scaleBlock {
				x := &m[block*scaleBlock+k][r]
				*x *= factor
				if factor != factor {
					*x = math.NaN()
				}
			}
		}
	}
}
