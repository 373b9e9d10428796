package simd

import "github.com/rocmforge/rocmforge/quant"

// A Panel is a weight layout for the kernels: 16 rows side by side, so that
// lane r of a 512-bit register belongs to row r, in blocks along k. A panel of
// a matrix with K columns has K/Panel.K blocks of Panel.Bytes bytes: 16 rows of
// the format that it is made of, but for formats that are kept in more bits.
type Panel struct {
	Type  quant.Type // the format that it is packed from
	Name  string     // as quant's
	K     int        // elements of k per block: 1, 32 or 256
	Bytes int        // bytes per block of 16 rows
	Row   int        // bytes per block of a row in the format
	Float bool       // the tile is float32; otherwise Q8Block

	// Factor is what products are to be multiplied by, beside a scale of the
	// whole weight that only formats with a factor have; 0 is none.
	Factor float32

	// Pack lays out 16 rows of blocks format blocks each. A nil row becomes
	// zeros. len(dst) = blocks*Bytes, and each row has blocks*Row bytes.
	Pack func(dst []byte, rows *[Rows][]byte, blocks int)

	id     panelID
	unpack func(dst []float32, block []byte) // one block, [K][16]
	mul    Mul                               // portable
}

// panelID indexes Kernels.mul.
type panelID int

const (
	panelF32 panelID = iota
	panelF16
	panelBF16
	panelFP8_E4M3
	panelQ8_0
	panelQ4_0
	panelQ4_1
	panelQ5_0
	panelQ5_1
	panelIQ4_NL
	panelIQ4_XS
	panelMXFP4
	panelMXFP6_E2M3
	panelQ2_K
	panelQ3_K
	panelQ4_K
	panelQ5_K
	panelQ6_K
	panelCount
)

var panels = [panelCount]Panel{
	panelF32:        floatPanel(quant.F32, "F32", 4, f32At),
	panelF16:        floatPanel(quant.F16, "F16", 2, f16At),
	panelBF16:       floatPanel(quant.BF16, "BF16", 2, bf16At),
	panelFP8_E4M3:   floatPanel(quant.FP8_E4M3, "FP8_E4M3", 1, fp8At),
	panelQ8_0:       chunkPanel(quant.Q8_0, "Q8_0", 32, 544, 7, packQ8_0, unpackQ8_0),
	panelQ4_0:       chunkPanel(quant.Q4_0, "Q4_0", 32, 288, 3, packQ4_0, unpackQ4_0),
	panelQ4_1:       chunkPanel(quant.Q4_1, "Q4_1", 32, 320, noBias, packQ4_1, unpackQ4_1),
	panelQ5_0:       chunkPanel(quant.Q5_0, "Q5_0", 32, 352, 4, packQ5_0, unpackQ5_0),
	panelQ5_1:       chunkPanel(quant.Q5_1, "Q5_1", 32, 384, noBias, packQ5_1, unpackQ5_1),
	panelIQ4_NL:     chunkPanel(quant.IQ4_NL, "IQ4_NL", 32, 288, 7, packQ4_0, unpackIQ4_NL),
	panelIQ4_XS:     chunkPanel(quant.IQ4_XS, "IQ4_XS", 256, 2176, 7, packIQ4_XS, unpackIQ4_XS),
	panelMXFP4:      chunkPanel(quant.MXFP4, "MXFP4", 32, 272, 4, packMXFP4, unpackMXFP4),
	panelMXFP6_E2M3: chunkPanel(quant.MXFP6_E2M3, "MXFP6_E2M3", 32, 528, 7, packMXFP6_E2M3, unpackMXFP6_E2M3),
	panelQ2_K:       chunkPanel(quant.Q2_K, "Q2_K", 256, 1344, noBias, packQ2_K, unpackQ2_K),
	panelQ3_K:       chunkPanel(quant.Q3_K, "Q3_K", 256, 1760, 2, packQ3_K, unpackQ3_K),
	panelQ4_K:       chunkPanel(quant.Q4_K, "Q4_K", 256, 2304, noBias, packQ4_K, unpackQ4_K),
	panelQ5_K:       chunkPanel(quant.Q5_K, "Q5_K", 256, 2816, noBias, packQ5_K, unpackQ5_K),
	panelQ6_K:       chunkPanel(quant.Q6_K, "Q6_K", 256, 3360, 5, packQ6_K, unpackQ6_K),
}

func init() {
	for i := range panels {
		panels[i].id = panelID(i)
		portable.mul[i] = panels[i].mul
	}
	panels[panelFP8_E4M3].Factor = 256
}

// PanelOf finds the panel that a format is packed into; formats without one
// are to be decoded and packed as F16 or F32.
func PanelOf(t quant.Type) (*Panel, bool) {
	for i := range panels {
		if panels[i].Type == t {
			return &panels[i], true
		}
	}
	return nil, false
}

// Unpack gives the weights of a panel back, row by row: len(dst[r]) =
// blocks*K. It is slow and meant as a reference.
func (p *Panel) Unpack(dst *[Rows][]float32, src []byte, blocks int) {
	block := make([]float32, p.K*Rows)
	for b := range blocks {
		p.unpack(block, src[b*p.Bytes:])
		for i, w := range block {
			dst[i%Rows][b*p.K+i/Rows] = w
		}
	}
}
