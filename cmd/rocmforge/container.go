package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/gopher"
	"github.com/rocmforge/rocmforge/internal/safefile"
	"github.com/rocmforge/rocmforge/models/weights"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/quark"
	"github.com/rocmforge/rocmforge/runtime"
	"github.com/rocmforge/rocmforge/safetensors"
	"github.com/rocmforge/rocmforge/stores"
	"github.com/rocmforge/rocmforge/tokenizer"
)

// container is a model's file or folder, of which only headers are read. Any
// architecture will do.
type container struct {
	format    string
	bytes     int64
	metadata  any // as JSON
	tensors   []tensor
	tokenizer *tokenizer.Tokenizer
	noTokens  error // why there is no tokenizer
	problem   error // why tensors are listed as they lie in the files
	close     func() error
}

// tensor is one tensor of a container.
type tensor struct {
	name   string
	typ    string
	shape  []int64       // row-major
	format *quant.Format // nil where no format reads it
	size   int64         // bytes
	open   func() *io.SectionReader
}

// openContainer opens what -m names, or the built-in model.
func (a *app) openContainer() (*container, error) {
	c, err := openContainer(a.model)
	if err != nil {
		return nil, &runtime.ModelError{Path: a.model, Err: err}
	}
	return c, nil
}

func openContainer(path string) (*container, error) {
	if path == "" {
		r := gopher.Model()
		f, err := gguf.Read(r, r.Size())
		if err != nil {
			return nil, err
		}
		return fromGGUF(f)
	}
	if isFolder(path) {
		c, err := fromFolder(path)
		if err != nil {
			return nil, cmp.Or(stores.Lacks(path), err) // what is not there goes before what its absence leads to
		}
		return c, nil
	}
	f, err := gguf.Open(path)
	if err != nil {
		return nil, err
	}
	return fromGGUF(f)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func fromGGUF(f *gguf.File) (*container, error) {
	source, err := weights.FromGGUF(f, true)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	c := &container{format: fmt.Sprintf("GGUF version %d", f.Version), bytes: f.Size(), metadata: metadataJSON(f.Metadata), close: f.Close}
	c.tokenizer, c.noTokens = tokenizer.FromGGUF(f.Metadata)
	for _, t := range f.Tensors {
		shape := slices.Clone(t.Dims)
		slices.Reverse(shape) // ggml puts the row length first
		format, _ := quant.Lookup(t.Type)
		if whole, ok := source.Tensor(t.Name); ok && whole.Scale != 0 {
			format = quarkFormat(&whole)
		}
		c.tensors = append(c.tensors, tensor{t.Name, t.Type.String(), shape, format, t.Size, t.Reader})
	}
	return c, nil
}

// fromFolder opens a Hugging Face folder. Its metadata is config.json.
func fromFolder(dir string) (*container, error) {
	config, err := safefile.ReadFile(filepath.Join(dir, "config.json"), 16<<20)
	if err != nil {
		return nil, err
	}
	if !json.Valid(config) {
		return nil, fmt.Errorf("config.json is not JSON")
	}
	f, err := safetensors.Open(dir)
	if err != nil {
		return nil, err
	}
	c := &container{format: "Hugging Face folder", bytes: f.Size(), metadata: json.RawMessage(config), close: f.Close}
	c.tokenizer, c.noTokens = tokenizer.FromDir(dir)
	quantized, err := quark.ReadConfig(dir)
	if err == nil && quantized != nil {
		err = c.addQuantized(f, quantized)
	}
	if c.problem = err; err == nil && quantized != nil {
		return c, nil
	}
	for _, t := range f.Tensors {
		c.tensors = append(c.tensors, tensor{t.Name, string(t.DType), slices.Clone(t.Shape), formatOf(t.DType), t.Size, t.Reader})
	}
	return c, nil
}

// addQuantized lists the tensors of a quantized folder: codes and scales are
// one.
func (c *container) addQuantized(f *safetensors.File, config *quark.Config) error {
	source, err := weights.FromQuark(f, config)
	if err != nil {
		return err
	}
	for _, name := range source.Names() {
		t, _ := source.Tensor(name)
		out := tensor{name: name, typ: t.Type.String(), size: int64(t.Size)}
		for _, d := range t.Shape {
			out.shape = append(out.shape, int64(d))
		}
		if plain, ok := f.Tensor(name); ok && quark.DType(t.Type) == "" {
			out.typ, out.format, out.open = string(plain.DType), formatOf(plain.DType), plain.Reader
		} else {
			out.format, out.open = quarkFormat(&t), t.Reader
		}
		c.tensors = append(c.tensors, out)
	}
	return nil
}

// quarkFormat reads a tensor's blocks as Quark does.
func quarkFormat(t *weights.Tensor) *quant.Format {
	found, ok := quant.Lookup(t.Type)
	if !ok || quark.DType(t.Type) == "" {
		return found
	}
	f, typ, scale := *found, t.Type, cmp.Or(t.Scale, 1)
	f.Decode = func(dst []float32, src []byte) { quark.Decode(dst, typ, src, scale) }
	return &f
}

// formatOf is the format that reads an element type of safetensors, or nil:
// packed bytes are numbers only together with the tensors beside them.
func formatOf(t safetensors.DType) *quant.Format {
	switch t {
	case safetensors.F32, safetensors.F16, safetensors.BF16, safetensors.F64:
		f, err := quant.Parse(string(t))
		if err == nil {
			return f
		}
	}
	return nil
}

// openTokenizer reads the tokenizer of what -m names, which need have nothing
// else.
func (a *app) openTokenizer() (t *tokenizer.Tokenizer, err error) {
	if a.model != "" && isFolder(a.model) {
		t, err = tokenizer.FromDir(a.model)
	} else {
		c, e := a.openContainer()
		if e != nil {
			return nil, e
		}
		defer c.close()
		t, err = c.tokenizer, c.noTokens
	}
	if err != nil {
		return nil, modelError(a.model, err)
	}
	for _, w := range t.Warnings() {
		a.printWarning(w)
	}
	return t, nil
}

func modelError(path string, err error) error {
	if err == nil {
		return nil
	}
	return &runtime.ModelError{Path: path, Err: err}
}
