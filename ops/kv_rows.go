package ops

import (
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/simd"
	"github.com/rocmforge/rocmforge/mxfp"
	"github.com/rocmforge/rocmforge/quant"
)

// kvRowBytes is the size of a key or value of a type that is kept in rows; ok is
// false for other types, and for elements that are no whole number of blocks.
// FP8_E4M3 has a byte for each element. The MX types have blocks of 32 along
// the head, with Quark's scale (mxfp.Even).
func kvRowBytes(t quant.Type, headDim int) (bytes int, ok bool) {
	switch t {
	case quant.FP8_E4M3, quant.MXFP6_E2M3, quant.MXFP4:
		f, _ := quant.Lookup(t)
		return f.RowBytes(headDim)
	}
	return 0, false
}

// isRows says that keys and values are rows, and not panels.
func (c *KV) isRows() bool {
	_, rows := kvRowBytes(c.Type, int(c.HeadDim))
	return rows
}

// row is a token's key (base K) or value (base V), and those of the n-1 tokens
// behind it in the page.
func (c *kvPages) row(base device.Ptr, seq, pos, head, n int) []byte {
	page, slot := c.page(seq, pos)
	size, _ := kvRowBytes(c.Type, int(c.HeadDim))
	at := page*c.pageBytes + (head*int(c.PageTokens)+slot)*size
	return device.HostSlice[byte](base+device.Ptr(at), n*size)
}

// storeRow rounds a key or value to the cache's type.
func (c *kvPages) storeRow(base device.Ptr, x []float32, seq, pos, head int) {
	dst := c.row(base, seq, pos, head, 1)
	if c.Type == quant.FP8_E4M3 {
		for i, v := range x {
			dst[i] = mxfp.E4M3().Encode(v)
		}
		return
	}
	e, _ := simulated(c.Type)
	var b mxfp.Block
	for i := 0; i < len(x); i += mxfp.BlockSize {
		b.Quantize(e, mxfp.Even, (*[mxfp.BlockSize]float32)(x[i:]))
		if c.Type == quant.MXFP4 {
			b.PackMXFP4((*[mxfp.MXFP4Bytes]byte)(dst[i/mxfp.BlockSize*mxfp.MXFP4Bytes:]))
		} else {
			b.PackMXFP6((*[mxfp.MXFP6Bytes]byte)(dst[i/mxfp.BlockSize*mxfp.MXFP6Bytes:]))
		}
	}
}

// kvScratch is 16 rows on their way into a panel.
type kvScratch struct {
	rows  [simd.Rows * MaxHeadDim]float32
	panel [simd.Rows * MaxHeadDim]float32
}

// keyPanel decodes 16 keys into a panel [HeadDim][16]. Rows that nobody has
// written give numbers of no meaning.
func (s *kvScratch) keyPanel(k *simd.Kernels, c *kvPages, seq, pos, head int) *float32 {
	dim := int(c.HeadDim)
	s.decode(c, c.row(c.K, seq, pos, head, simd.Rows), simd.Rows)
	k.Transpose(&s.panel[0], &s.rows[0], simd.Rows, dim, simd.Rows, dim)
	return &s.panel[0]
}

// valuePanels decodes n <= 16 values into panels [HeadDim/16][n][16].
func (s *kvScratch) valuePanels(c *kvPages, seq, pos, head, n int) {
	dim := int(c.HeadDim)
	s.decode(c, c.row(c.V, seq, pos, head, n), n)
	for d := 0; d*simd.Rows < dim; d++ {
		for t := range n {
			to := s.panel[(d*n+t)*simd.Rows:][:simd.Rows]
			clear(to[copy(to, s.rows[t*dim+d*simd.Rows:(t+1)*dim]):])
		}
	}
}

func (s *kvScratch) decode(c *kvPages, rows []byte, n int) {
	f, _ := quant.Lookup(c.Type)
	f.Decode(s.rows[:n*int(c.HeadDim)], rows)
}
