package convert

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"

	"github.com/rocmforge/rocmforge/internal/mmap"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/quark"
)

// chunkElems is how many elements a worker takes at a time: enough to keep it
// busy, little enough that memory stays small.
const chunkElems = 1 << 18

// rowsOf gives the bytes of row i of a tensor; it hides a reordering.
type rowsOf func(i int) []byte

// transcoder turns rows of one type into rows of another, on all cores, and
// hands the results on in order.
type transcoder struct {
	from, to *quant.Format
	row      int // elements
	rows     int
	src      rowsOf

	fromScale float32 // what decoded values are multiplied by; 0: nothing
	scale     float32 // what encoded values of FP8_E4M3 are multiplied by; 0: nothing
}

// decode gives the values of row i.
func (t *transcoder) decode(values []float32, i int) error {
	t.from.Decode(values, t.src(i))
	if t.fromScale != 0 {
		for i := range values {
			values[i] *= t.fromScale
		}
	}
	if err := finite(values); err != nil {
		return fmt.Errorf("row %d: %w", i, err)
	}
	return nil
}

// encode appends row i. A *quant.RangeError says that it does not fit.
func (t *transcoder) encode(out []byte, values []float32, size, i int) ([]byte, error) {
	n := len(out)
	out = append(out, make([]byte, size)...)
	if t.to.Type == quant.FP8_E4M3 && t.scale != 0 {
		quark.EncodeFP8(out[n:], values, t.scale)
	} else if err := t.to.Encode(out[n:], values); err != nil {
		return nil, fmt.Errorf("row %d: %w", i, err)
	}
	return out, nil
}

// fp8Scale finds the scale of an FP8_E4M3 tensor, for which all of it has to be
// read once more.
func (t *transcoder) fp8Scale(ctx context.Context) (float32, error) {
	values, most := make([]float32, t.row), float32(0)
	err := mmap.Guard(func() error {
		for i := range t.rows {
			if err := errors.Join(ctx.Err(), t.decode(values, i)); err != nil {
				return err
			}
			for _, v := range values {
				most = max(most, v, -v)
			}
		}
		return nil
	})
	return quark.FP8Scale(most), err
}

// run calls write with consecutive pieces of the result.
func (t *transcoder) run(ctx context.Context, write func([]byte) error) error {
	perChunk := max(chunkElems/t.row, 1)
	workers := runtime.GOMAXPROCS(0)
	outputs := make([][]byte, workers)
	errs := make([]error, workers)
	for first := 0; first < t.rows; first += perChunk * workers {
		if err := ctx.Err(); err != nil {
			return err
		}
		var wg sync.WaitGroup
		for w := range workers {
			lo := min(first+w*perChunk, t.rows)
			hi := min(lo+perChunk, t.rows)
			wg.Go(func() { outputs[w], errs[w] = t.chunk(outputs[w][:0], lo, hi) })
		}
		wg.Wait()
		for w := range workers {
			if errs[w] != nil {
				return errs[w]
			}
			if len(outputs[w]) == 0 { // the rows were fewer than the workers
				continue
			}
			if err := write(outputs[w]); err != nil {
				return err
			}
		}
	}
	return nil
}

// chunk appends rows lo..hi-1 to out.
func (t *transcoder) chunk(out []byte, lo, hi int) (_ []byte, err error) {
	defer func() { // a worker's panic would end the program
		if r := recover(); r != nil {
			err = fmt.Errorf("internal error: %s to %s: %v", t.from.Name, t.to.Name, r)
		}
	}()
	values := make([]float32, t.row)
	size, _ := t.to.RowBytes(t.row)
	err = mmap.Guard(func() error {
		for i := lo; i < hi; i++ {
			if t.from == t.to {
				out = append(out, t.src(i)...)
				continue
			}
			if err := t.decode(values, i); err != nil {
				return err
			}
			if out, err = t.encode(out, values, size, i); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// finite refuses what no block format can hold.
func finite(v []float32) error {
	for i, x := range v {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return &SourceError{Err: fmt.Errorf("element %d is %v; only finite weights can be converted", i, x)}
		}
	}
	return nil
}
