// Package convert turns model files into GGUF files of another type: from a
// Hugging Face folder or from GGUF. It knows the names of both worlds and the
// order of rows that ggml wants; it computes nothing with a model.
package convert

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/internal/safefile"
	"github.com/rocmforge/rocmforge/models/weights"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/quark"
)

// Options steer a conversion.
type Options struct {
	Recipe *Recipe
	// Name is what a folder's model is called; empty is the folder's name.
	Name string
	// New refuses to write over a file, also over one that came meanwhile.
	New bool
	// Progress is called with bytes of the source done and in all.
	Progress func(done, total int)
	// Warn is told of tensors that get a wider type than the recipe's, as the
	// recipe's cannot hold their numbers; may be nil.
	Warn func(string)

	out string // the name of the output
}

// Report says what was written.
type Report struct {
	Tensors int            `json:"tensors"`
	Bytes   int64          `json:"bytes"` // of tensor data
	Types   map[string]int `json:"types"` // tensors of each type
}

// input is an opened source with everything that the output's header needs.
type input struct {
	source  weights.Source
	header  []keyValue
	layers  int
	tensors []tensor
}

type keyValue struct {
	key   string
	value any
}

// tensor is one tensor on its way: the source's, and what it becomes.
type tensor struct {
	from weights.Tensor
	name string     // in the output
	typ  quant.Type // in the output
	// order maps a row of the output to a row of the source; nil: the same.
	order func(row int) int
	// scaleOf is the tensor whose scale this one is, in place of from's data.
	scaleOf *tensor
	scale   float32 // of an FP8_E4M3 tensor; known once it is written
}

// SourceError says that the model to convert was refused. Path is empty where it
// is not known.
type SourceError struct {
	Path string
	Err  error
}

func (e *SourceError) Error() string {
	if msg := e.Err.Error(); strings.Contains(msg, e.Path) {
		return msg
	}
	return e.Path + ": " + e.Err.Error()
}

// Unwrap returns what is wrong with it.
func (e *SourceError) Unwrap() error { return e.Err }

// Blame says of an error that wraps a *SourceError which model it means.
func Blame(path string, err error) error {
	var e *SourceError
	if errors.As(err, &e) && e.Path == "" {
		return &SourceError{path, err}
	}
	return err
}

// Convert reads in, a Hugging Face folder or a GGUF file, and writes the GGUF
// file out. The file appears complete or not at all. A *SourceError says that in
// is at fault.
func Convert(ctx context.Context, in, out string, o Options) (Report, error) {
	src, err := open(in)
	if err != nil {
		return Report{}, &SourceError{in, err}
	}
	defer src.source.Close()
	if err := safefile.CheckNotInput(out, in); err != nil {
		return Report{}, err
	}
	o.out = out
	if err := o.checkNew(); err != nil {
		return Report{}, err
	}
	if o.Name != "" {
		src.set("general.name", o.Name)
	}
	src.setFileType(o.Recipe)
	src.choose(o.Recipe)
	r, err := src.writeTo(ctx, out, o)
	if errors.Is(err, errWidened) {
		r, err = src.writeTo(ctx, out, o)
	}
	return r, Blame(in, err)
}

// writeTo writes the file, or gives errWidened.
func (in *input) writeTo(ctx context.Context, out string, o Options) (Report, error) {
	w, err := gguf.Create(out)
	if err != nil {
		return Report{}, err
	}
	defer w.Close()
	return in.write(ctx, w, o)
}

// choose gives each tensor its type in the output, and those of FP8_E4M3 a scale.
func (in *input) choose(r *Recipe) {
	var all []tensor
	for _, t := range in.tensors {
		t.typ = r.Type(t.name, in.layers, t.from.Shape, t.from.Type)
		t.scale = t.from.Scale
		all = append(all, t)
		if t.typ == quant.FP8_E4M3 && len(t.from.Shape) > 1 {
			all = append(all, tensor{name: t.name + weights.ScaleSuffix, typ: quant.F32,
				from: weights.Tensor{Name: t.from.Name, Type: quant.F32, Shape: []int{1}}})
		}
	}
	for i := range all {
		if i > 0 && all[i].name == all[i-1].name+weights.ScaleSuffix {
			all[i].scaleOf = &all[i-1]
		}
	}
	in.tensors = all
	if t := weights.CacheType(in.source); t != 0 {
		in.set(weights.CacheKey, t.String())
	}
	if !r.keep { // config.json no longer says what is there
		in.header = slices.DeleteFunc(in.header, func(kv keyValue) bool { return kv.key == carried[0].key })
	}
	in.setActivations()
}

// setActivations says what activations are to be rounded to before they meet
// the tensors of the output.
func (in *input) setActivations() {
	in.header = slices.DeleteFunc(in.header, func(kv keyValue) bool {
		return kv.key == weights.ActivationKey || strings.HasPrefix(kv.key, weights.ActivationKey+".")
	})
	count := map[quant.Type]int{}
	for _, t := range in.tensors {
		if t.rounds() {
			count[t.from.Input]++
		}
	}
	most := quant.Type(0)
	for t, n := range count {
		if n > count[most] || n == count[most] && t > most {
			most = t
		}
	}
	if most != 0 {
		in.set(weights.ActivationKey, most.String())
	}
	for _, t := range in.tensors {
		if t.rounds() && t.from.Input != most {
			in.set(weights.ActivationKey+"."+t.name, activationName(t.from.Input))
		}
	}
}

// rounds says whether the tensor is one that activations may be rounded for.
func (t *tensor) rounds() bool {
	return quark.DType(t.typ) != "" && len(t.from.Shape) > 1
}

func activationName(t quant.Type) string {
	if t == 0 {
		return ""
	}
	return t.String()
}

func open(in string) (*input, error) {
	info, err := os.Stat(in)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return openFolder(in)
	}
	return openGGUF(in)
}

// setFileType says in general.file_type what most of the file is; where ggml has
// no number for it, nothing does.
func (in *input) setFileType(r *Recipe) {
	const key = "general.file_type"
	switch n, ok := r.fileType(); {
	case ok:
		in.set(key, n)
	case !r.keep:
		in.header = slices.DeleteFunc(in.header, func(kv keyValue) bool { return kv.key == key })
	}
}

// set gives a key a value, in its old place if it is there.
func (in *input) set(key string, value any) {
	i := slices.IndexFunc(in.header, func(kv keyValue) bool { return kv.key == key })
	if i >= 0 {
		in.header[i].value = value
		return
	}
	in.header = append(in.header, keyValue{key, value})
}

func (in *input) write(ctx context.Context, w *gguf.Writer, o Options) (Report, error) {
	r := Report{Types: map[string]int{}}
	for _, kv := range in.header {
		w.Set(kv.key, kv.value)
	}
	total := 0
	for _, t := range in.tensors {
		dims := make([]int64, len(t.from.Shape))
		for i, d := range t.from.Shape {
			dims[len(dims)-1-i] = int64(d)
		}
		if err := w.AddTensor(t.name, t.typ, dims); err != nil {
			return r, err
		}
		total += t.from.Size
	}
	done, to := 0, w.WriteData
	var widened error
	for i := range in.tensors {
		t := &in.tensors[i]
		n, err := t.write(ctx, to)
		if err != nil && t.widen(err, &o) { // the others are tried all the same, so that twice is enough
			widened, to, err = errWidened, drop, nil
		}
		if err != nil {
			return r, fmt.Errorf("tensor %.128q: %w", t.from.Name, err)
		}
		r.Tensors++
		r.Bytes += n
		r.Types[t.typ.String()]++
		if done += t.from.Size; o.Progress != nil {
			o.Progress(done, total)
		}
	}
	if err := errors.Join(widened, in.source.Changed()); err != nil {
		return r, err
	}
	return r, w.FinishChecked(func(path string) error {
		return errors.Join(in.readBack(path), o.checkNew())
	})
}

// checkNew says that there is a file where a new one was to be.
func (o *Options) checkNew() error {
	if !o.New {
		return nil
	}
	if _, err := os.Lstat(o.out); err == nil {
		return fmt.Errorf("%s already exists: another process made it meanwhile; choose another name", o.out)
	}
	return nil
}

// readBack opens what was written as a reader does: every key is what it was to
// be.
func (in *input) readBack(path string) error {
	f, err := gguf.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, kv := range in.header {
		if got, ok := f.Metadata.Value(kv.key); !ok || !reflect.DeepEqual(got, kv.value) {
			return fmt.Errorf("key %.128q was not written as it was to be", kv.key)
		}
	}
	return nil
}

// rowElems is the length of a row. A bias goes the way of its matrix's rows: an
// element is a row.
func (t *tensor) rowElems() int {
	if t.order != nil && len(t.from.Shape) == 1 {
		return 1
	}
	return t.from.Shape[len(t.from.Shape)-1]
}

// write streams one tensor's data.
func (t *tensor) write(ctx context.Context, to func(name string, data []byte) error) (written int64, err error) {
	if t.scaleOf != nil {
		data := binary.LittleEndian.AppendUint32(nil, math.Float32bits(t.scaleOf.scale))
		return int64(len(data)), to(t.name, data)
	}
	code, err := t.transcoder()
	if err != nil {
		return 0, err
	}
	if t.typ == quant.FP8_E4M3 && t.scale == 0 && len(t.from.Shape) > 1 {
		if t.scale, err = code.fp8Scale(ctx); err != nil {
			return 0, err
		}
		code.scale = t.scale
	}
	err = code.run(ctx, func(b []byte) error {
		written += int64(len(b))
		return to(t.name, b)
	})
	return written, err
}

// transcoder opens the tensor's data.
func (t *tensor) transcoder() (*transcoder, error) {
	data, err := t.from.Bytes()
	if err != nil {
		return nil, err
	}
	from, ok := quant.Lookup(t.from.Type)
	if !ok || from.Decode == nil {
		return nil, fmt.Errorf("type %s holds no weights", t.from.Type)
	}
	to, _ := quant.Lookup(t.typ)
	row := t.rowElems()
	size, whole := from.RowBytes(row)
	if !whole || size == 0 {
		return nil, fmt.Errorf("a row of %d elements is no whole number of %s blocks", row, t.from.Type)
	}
	return &transcoder{
		from: from, to: to, row: row, rows: t.from.Size / size, fromScale: t.from.Scale, scale: t.scale,
		src: func(i int) []byte {
			if t.order != nil {
				i = t.order(i)
			}
			return data[i*size : (i+1)*size]
		},
	}, nil
}
