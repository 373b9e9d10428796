package main

import (
	"context"
	"fmt"
	"io"
	"math"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/mxfp"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/quark"
	"github.com/rocmforge/rocmforge/runtime"
	"github.com/rocmforge/rocmforge/runtime/verify"
)

const (
	maxDequantization = 0.1 // percent
	sampledTensors    = 32
	sampledRows       = 8 // of each
)

// dequantization compares what the device makes of the model's MX weights with
// the specification: some rows of some tensors.
func (s *subject) dequantization(ctx context.Context) (string, bool, error) {
	path, err := s.quantized(ctx)
	if err != nil {
		return "", false, err
	}
	c, err := openContainer(path)
	if err != nil {
		return "", false, modelError(path, err)
	}
	defer c.close()
	found := c.mxTensors()
	if len(found) == 0 {
		return "", false, unmeasuredf("the model has no weights in MX formats")
	}
	d, info, err := runtime.OpenDevice(s.options())
	if err != nil {
		return "", false, err
	}
	defer d.Close()
	worst, values, tensors := 0.0, 0, 0
	for i := 0; i < len(found); i += (len(found) + sampledTensors - 1) / sampledTensors {
		w, n, err := found[i].decodingError(ctx, d)
		if err != nil {
			return "", false, fmt.Errorf("%s: %w", found[i].name, err)
		}
		if worst, values = max(worst, w), values+n; n > 0 {
			tensors++
		}
	}
	if values == 0 {
		return "", false, unmeasuredf("the model's weights in MX formats have no values")
	}
	return fmt.Sprintf("largest error %.4f%% over %d values of %d tensors, decoded on %s", 100*worst, values, tensors, info.Name), 100*worst < maxDequantization, nil
}

// mxTensor is a weight [rows, k] in blocks.
type mxTensor struct {
	tensor
	typ quant.Type
	k   int
}

func (c *container) mxTensors() (found []mxTensor) {
	for _, t := range c.tensors {
		for _, typ := range mxTypes {
			if t.typ == typ.String() && len(t.shape) > 1 {
				found = append(found, mxTensor{t, typ, int(t.shape[len(t.shape)-1])})
			}
		}
	}
	return found
}

// decodingError is the largest relative error of rows spread over the tensor,
// and how many values they have: none where there are no rows.
func (t *mxTensor) decodingError(ctx context.Context, d device.Device) (worst float64, values int, err error) {
	f, _ := quant.Lookup(t.typ)
	rowBytes, whole := f.RowBytes(t.k)
	if !whole || rowBytes == 0 {
		return 0, 0, fmt.Errorf("rows of %d elements are not whole blocks", t.k)
	}
	rows := int(t.size) / rowBytes
	if rows == 0 {
		return 0, 0, nil
	}
	var blocks []byte
	all := t.open()
	for i := 0; i < rows; i += (rows + sampledRows - 1) / sampledRows {
		row := make([]byte, rowBytes)
		if _, err := io.ReadFull(io.NewSectionReader(all, int64(i)*int64(rowBytes), int64(rowBytes)), row); err != nil {
			return 0, 0, err
		}
		blocks = append(blocks, row...)
	}
	got, err := verify.Dequantize(ctx, d, t.typ, t.k, blocks)
	if err != nil {
		return 0, 0, err
	}
	for i := range got {
		worst = max(worst, relativeError(float64(got[i]), specified(t.typ, f, blocks, i)))
	}
	return worst, len(got), nil
}

// specified is value i of blocks as the specification has it.
func specified(t quant.Type, f *quant.Format, blocks []byte, i int) float64 {
	block := blocks[i/f.BlockElems*f.BlockBytes:][:f.BlockBytes]
	var b mxfp.Block
	if t == quant.MXFP4 {
		b.UnpackMXFP4((*[mxfp.MXFP4Bytes]byte)(block))
	} else {
		b.UnpackMXFP6((*[mxfp.MXFP6Bytes]byte)(block))
	}
	return math.Ldexp(float64(quark.Element(t).Decode(b.Codes[i%f.BlockElems])), int(b.Scale)-127)
}

// relativeError is |got-want| / |want|; what should be zero and is not is all wrong.
func relativeError(got, want float64) float64 {
	switch {
	case got == want:
		return 0
	case want == 0 || math.IsNaN(got):
		return 1
	}
	return math.Abs(got-want) / math.Abs(want)
}
