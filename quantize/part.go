package quantize

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/rocmforge/rocmforge/convert"
	"github.com/rocmforge/rocmforge/internal/mmap"
	"github.com/rocmforge/rocmforge/models/weights"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/quark"
	"github.com/rocmforge/rocmforge/safetensors"
)

// part is tensors of the output, as they go into a file.
type part struct {
	tensors []output
	reports []TensorReport
}

type output struct {
	quark.Part
	data []byte
}

// add appends a tensor.
func (p *part) add(name, dtype string, shape []int, data []byte) {
	out := output{quark.Part{Name: name, DType: dtype, Shape: []int64{}}, data}
	for _, d := range shape {
		out.Shape = append(out.Shape, int64(d))
	}
	p.tensors = append(p.tensors, out)
}

// copy appends a tensor of the input as it is.
func (p *part) copy(t weights.Tensor) error {
	data, err := t.Bytes()
	if err != nil {
		return err
	}
	own := make([]byte, len(data))
	if err := mmap.Guard(func() error { copy(own, data); return nil }); err != nil {
		return err
	}
	p.add(t.Name, t.Type.String(), t.Shape, own)
	return nil
}

// floats appends numbers as the type that a tensor of the input has.
func (p *part) floats(t weights.Tensor, v []float32) error {
	f, _ := quant.Lookup(floatType(t.Type))
	data := make([]byte, len(v)*f.BlockBytes)
	err := f.Encode(data, v)
	var tooLarge *quant.RangeError
	if errors.As(err, &tooLarge) { // smoothing may have made it larger than it was
		f, _ = quant.Lookup(tooLarge.Holder())
		data = make([]byte, len(v)*f.BlockBytes)
		err = f.Encode(data, v)
	}
	if err != nil {
		return fmt.Errorf("tensor %.128q: %w", t.Name, err)
	}
	p.add(t.Name, f.Name, t.Shape, data)
	return nil
}

// floatType is as what numbers of a type can be written.
func floatType(t quant.Type) quant.Type {
	if f, ok := quant.Lookup(t); ok && f.Encode != nil {
		return t
	}
	return quant.F32
}

// scale appends one number in bfloat16.
func (p *part) scale(name string, s float32) error {
	f, _ := quant.Lookup(quant.BF16)
	data := make([]byte, 2)
	if err := f.Encode(data, []float32{s}); err != nil {
		return fmt.Errorf("tensor %.128q: %w", name, err)
	}
	p.add(name, "BF16", nil, data)
	return nil
}

// static appends the scale of activations whose largest magnitude is most. Of
// activations that overflowed there is none.
func (p *part) static(name string, most float32) error {
	s := quark.FP8Scale(most)
	if err := quark.CheckScale(s); err != nil {
		return &convert.SourceError{Err: fmt.Errorf("tensor %.128q: calibration gives %w", name, err)}
	}
	return p.scale(name, s)
}

// quantized appends a weight's codes and scales.
func (p *part) quantized(name string, e *encoded) error {
	parts := quark.Parts(name, e.typ, []int{e.n, e.k})
	if e.typ == quant.FP8_E4M3 {
		p.tensors = append(p.tensors, output{parts[0], e.data})
		return p.scale(name+quark.WeightScale, e.scale)
	}
	groups := e.n * e.k / quark.Group
	codes, scales := make([]byte, groups*quark.CodeBytes(e.typ)), make([]byte, groups)
	quark.Groups(codes, scales, e.typ, e.data)
	p.tensors = append(p.tensors, output{parts[0], codes}, output{parts[1], scales})
	return nil
}

// save writes the file, with the mark of the run.
func (p *part) save(path, mark string) error {
	w, err := safetensors.Create(path)
	if err != nil {
		return err
	}
	defer w.Close()
	w.SetMetadata(markKey, mark)
	for _, t := range p.tensors {
		w.AddTensor(t.Name, safetensors.DType(t.DType), t.Shape)
	}
	for _, t := range p.tensors {
		if err := w.WriteData(t.Name, t.data); err != nil {
			return err
		}
	}
	return w.Finish()
}

// assemble copies all parts into one file of a folder.
func (j *job) assemble(ctx context.Context, folder string) (bytes int64, err error) {
	w, err := safetensors.Create(filepath.Join(folder, safetensors.SingleName))
	if err != nil {
		return 0, err
	}
	defer w.Close()
	w.SetMetadata("format", "pt")
	var parts []*safetensors.File
	defer func() {
		for _, p := range parts {
			p.Close()
		}
	}()
	for layer := range j.config.Layers + 1 {
		p, err := j.openPart(layer)
		if err != nil {
			return 0, err
		}
		parts = append(parts, p)
		for _, t := range p.Tensors {
			w.AddTensor(t.Name, t.DType, t.Shape)
		}
	}
	for _, p := range parts {
		for _, t := range p.Tensors {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			data, err := t.Bytes()
			if err == nil {
				err = mmap.Guard(func() error { return w.WriteData(t.Name, data) })
			}
			if err != nil {
				return 0, fmt.Errorf("tensor %.128q: %w", t.Name, err)
			}
			bytes += t.Size
		}
	}
	return bytes, w.Finish()
}
