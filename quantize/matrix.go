package quantize

import (
	"fmt"
	"math"
	"runtime"
	"sync"

	"github.com/rocmforge/rocmforge/convert"
	"github.com/rocmforge/rocmforge/internal/mmap"
	"github.com/rocmforge/rocmforge/models/weights"
	"github.com/rocmforge/rocmforge/mxfp"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/quark"
)

// matrix is the weight of a linear layer, float32 [n, k].
type matrix struct {
	n, k int
	w    []float32
}

// row is row i.
func (m *matrix) row(i int) []float32 { return m.w[i*m.k : (i+1)*m.k] }

// read decodes a tensor.
func read(t weights.Tensor) ([]float32, error) {
	f, ok := quant.Lookup(t.Type)
	if !ok || f.Decode == nil {
		return nil, fmt.Errorf("type %s holds no weights", t.Type)
	}
	data, err := t.Bytes()
	if err != nil {
		return nil, err
	}
	v := make([]float32, len(data)/f.BlockBytes*f.BlockElems)
	err = mmap.Guard(func() error {
		f.Decode(v, data)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if t.Scale != 0 {
		for i := range v {
			v[i] *= t.Scale
		}
	}
	for i, x := range v {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return nil, &convert.SourceError{Err: fmt.Errorf("element %d is %v; only finite weights can be quantized", i, x)}
		}
	}
	return v, nil
}

// parallel calls do for pieces of 0..n-1, on all cores.
func parallel(n, piece int, do func(lo, hi int)) {
	var wg sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), (n+piece-1)/piece)
	next := make(chan int, (n+piece-1)/piece)
	for lo := 0; lo < n; lo += piece {
		next <- lo
	}
	close(next)
	for range workers {
		wg.Go(func() {
			for lo := range next {
				do(lo, min(lo+piece, n))
			}
		})
	}
	wg.Wait()
}

// encoded is a matrix in a format: blocks as GGUF has them, or codes of
// FP8_E4M3 with a scale.
type encoded struct {
	typ   quant.Type
	n, k  int
	data  []byte
	scale float32
}

// encode rounds a matrix as Quark does.
func encode(m *matrix, t quant.Type) (*encoded, error) {
	f, _ := quant.Lookup(t)
	size, whole := f.RowBytes(m.k)
	if !whole {
		return nil, fmt.Errorf("rows of %d elements; %s takes multiples of %d", m.k, t, f.BlockElems)
	}
	e := &encoded{typ: t, n: m.n, k: m.k, data: make([]byte, m.n*size)}
	if t == quant.FP8_E4M3 {
		e.scale = quark.FP8Scale(largest(m.w))
	}
	parallel(m.n, 16, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			e.encodeRow(e.data[i*size:(i+1)*size], m.row(i))
		}
	})
	return e, nil
}

func (e *encoded) encodeRow(dst []byte, x []float32) {
	if e.typ == quant.FP8_E4M3 {
		quark.EncodeFP8(dst, x, e.scale)
		return
	}
	var b mxfp.Block
	for g := range len(x) / mxfp.BlockSize {
		b.Quantize(quark.Element(e.typ), mxfp.Even, (*[mxfp.BlockSize]float32)(x[g*mxfp.BlockSize:]))
		pack(dst, e.typ, g, &b)
	}
}

// pack writes block g of a row.
func pack(dst []byte, t quant.Type, g int, b *mxfp.Block) {
	if t == quant.MXFP4 {
		b.PackMXFP4((*[mxfp.MXFP4Bytes]byte)(dst[g*mxfp.MXFP4Bytes:]))
	} else {
		b.PackMXFP6((*[mxfp.MXFP6Bytes]byte)(dst[g*mxfp.MXFP6Bytes:]))
	}
}

// decode gives the values back.
func (e *encoded) decode() *matrix {
	m := &matrix{e.n, e.k, make([]float32, e.n*e.k)}
	size := len(e.data) / e.n
	parallel(e.n, 16, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			quark.Decode(m.row(i), e.typ, e.data[i*size:(i+1)*size], e.scale)
		}
	})
	return m
}

// largest is the largest magnitude.
func largest(v []float32) (most float32) {
	for _, x := range v {
		most = max(most, x, -x)
	}
	return most
}
