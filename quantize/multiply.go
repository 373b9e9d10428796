package quantize

import (
	"runtime"
	"unsafe"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/cpu"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

// multiplier does products of matrices on the CPU, in float32.
type multiplier struct {
	dev    *cpu.Device
	queue  device.Queue
	repack device.Bound[ops.RepackArgs]
	pack   device.Bound[ops.PackArgs]
	gemm   device.Bound[ops.GEMMArgs]
}

func newMultiplier() (m *multiplier, err error) {
	m = &multiplier{}
	if m.dev, err = cpu.New(0); err != nil {
		return nil, err
	}
	if err := m.bind(); err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

func (m *multiplier) bind() (err error) {
	if m.queue, err = m.dev.NewQueue(); err != nil {
		return err
	}
	if m.repack, err = device.Bind(m.dev, &ops.Repack, device.Spec{}); err != nil {
		return err
	}
	if m.pack, err = device.Bind(m.dev, &ops.Pack, device.Spec{}); err != nil {
		return err
	}
	m.gemm, err = device.Bind(m.dev, &ops.GEMM, device.Spec{})
	return err
}

func (m *multiplier) close() {
	if m.queue != nil {
		m.queue.Close()
	}
	m.dev.Close()
}

// tokensAtOnce bounds the memory of packed activations.
const tokensAtOnce = 2048

// product is x·wᵀ: x is [tokens, w.k], the result [tokens, w.n].
func (m *multiplier) product(w *matrix, x []float32) []float32 {
	tokens := len(x) / w.k
	y := make([]float32, tokens*w.n)
	panels := make([]byte, ops.PanelBytes(quant.F32, w.n, w.k))
	m.repack.Launch(m.queue, &ops.RepackArgs{
		Dst: address(panels), Src: address(w.w), M: int32(w.n), K: int32(w.k),
		SrcType: quant.F32, DstType: quant.F32, Layout: device.Panels,
	})
	packed := make([]byte, ops.PackedBytes(ops.FloatTiles, min(tokens, tokensAtOnce), w.k))
	for at := 0; at < tokens; at += tokensAtOnce {
		n := min(tokensAtOnce, tokens-at)
		m.pack.Launch(m.queue, &ops.PackArgs{
			Dst: address(packed), X: address(x[at*w.k:]), Tokens: int32(n), K: int32(w.k), Stride: int32(w.k), Form: ops.FloatTiles,
		})
		m.gemm.Launch(m.queue, &ops.GEMMArgs{
			Y: address(y[at*w.n:]), X: address(packed), W: address(panels), Tokens: int32(n),
			M: int32(w.n), K: int32(w.k), YStride: int32(w.n), Type: quant.F32, Form: ops.FloatTiles, Layout: device.Panels,
		})
	}
	if err := m.queue.Wait(); err != nil { // shapes are ours, and memory is there
		panic(err)
	}
	for _, v := range [][]float32{w.w, x, y} { // launches knew only addresses
		runtime.KeepAlive(v)
	}
	runtime.KeepAlive(panels)
	runtime.KeepAlive(packed)
	return y
}

// transposed turns x, whose rows have k elements, into [k, rows].
func transposed(x []float32, k int) *matrix {
	rows := len(x) / k
	t := &matrix{k, rows, make([]float32, len(x))}
	parallel(k, 16, func(lo, hi int) {
		for j := lo; j < hi; j++ {
			for i, row := 0, t.row(j); i < rows; i++ {
				row[i] = x[i*k+j]
			}
		}
	})
	return t
}

// gram is xᵀ·x, [k, k], of x [tokens, k].
func (m *multiplier) gram(x []float32, k int) []float32 {
	t := transposed(x, k)
	return m.product(t, t.w)
}

// address is where a slice lies; whoever launches with it keeps it alive.
func address[T any](v []T) device.Ptr {
	return device.Ptr(uintptr(unsafe.Pointer(unsafe.SliceData(v))))
}
