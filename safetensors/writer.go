package safetensors

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rocmforge/rocmforge/internal/fileerr"
	"github.com/rocmforge/rocmforge/internal/safefile"
)

// A Writer writes one safetensors file: first all tensors are described, then
// their data are given in the same order.
//
//	w, err := safetensors.Create(path)
//	defer w.Close()
//	w.SetMetadata("format", "pt")
//	w.AddTensor("model.norm.weight", safetensors.BF16, []int64{256})
//	w.WriteData("model.norm.weight", data) // any number of times
//	err = w.Finish()
//
// After an error all its methods give that error, so that it is enough to
// look at the last one.
type Writer struct {
	file     *safefile.Writer // nil if the caller gave an io.Writer
	out      *bufio.Writer
	name     string
	metadata map[string]string
	tensors  []*Tensor
	names    map[string]bool
	end      int64 // of the last tensor's data, from the start of the data

	began   bool  // the header is written
	current int   // index of the tensor whose data come next
	written int64 // bytes of its data
	err     error
}

var errFinished = errors.New("safetensors: the writer is finished or closed")

// Create starts a file that appears at path when Finish is called, complete.
func Create(path string) (*Writer, error) {
	file, err := safefile.Create(path)
	if err != nil {
		return nil, err
	}
	w := NewWriter(file)
	w.file, w.name = file, path
	return w, nil
}

// NewWriter starts a file that goes to out as it is written.
func NewWriter(out io.Writer) *Writer {
	return &Writer{out: bufio.NewWriterSize(out, 1<<20), metadata: map[string]string{}, names: map[string]bool{metadataName: true}}
}

func (w *Writer) fail(subject, format string, args ...any) error {
	if w.err == nil {
		w.err = fileerr.New(w.name, fileerr.NoOffset, subject, format, args...)
	}
	return w.err
}

// SetMetadata sets a text that travels with the file.
func (w *Writer) SetMetadata(key, value string) error {
	switch {
	case w.err != nil:
		return w.err
	case w.began:
		return w.fail("metadata "+fileerr.Quote(key), "set after the first tensor data")
	case !utf8.ValidString(key) || !utf8.ValidString(value):
		return w.fail("metadata "+fileerr.Quote(key), "is no UTF-8")
	}
	w.metadata[key] = value
	return nil
}

// AddTensor describes the next tensor. shape is row-major, the row length
// last.
func (w *Writer) AddTensor(name string, t DType, shape []int64) error {
	switch {
	case w.err != nil:
		return w.err
	case w.began:
		return w.fail(tensorName(name), "added after the first tensor data")
	case w.names[name]:
		return w.fail(tensorName(name), "added twice, or reserved")
	case !utf8.ValidString(name):
		return w.fail(tensorName(name), "is no UTF-8")
	case len(shape) > maxRank || len(w.tensors) == maxTensors:
		return w.fail(tensorName(name), "at most %d dimensions and %d tensors are allowed", maxRank, maxTensors)
	}
	size, err := dataSize(t, shape)
	if err == nil && w.end+size < 0 {
		err = errors.New("all tensors have more bytes than 64 bits can count")
	}
	if err != nil {
		return w.fail(tensorName(name), "%w", err)
	}
	w.names[name] = true
	w.tensors = append(w.tensors, &Tensor{Name: name, DType: t, Shape: slices.Clone(shape), Offset: w.end, Size: size})
	w.end += size
	return nil
}

// WriteData appends to the data of the tensor called name, which must be the
// first one that is not complete. Nobody has to say when a tensor is, and
// tensors without elements are passed over.
func (w *Writer) WriteData(name string, data []byte) error {
	w.header()
	if w.err != nil {
		return w.err
	}
	if w.current == len(w.tensors) || w.tensors[w.current].Name != name {
		return w.fail(tensorName(name), "its data come out of order")
	}
	t := w.tensors[w.current]
	if left := t.Size - w.written; int64(len(data)) > left {
		return w.fail(tensorName(name), "%d bytes of data, and %d are left of %d", len(data), left, t.Size)
	}
	w.put(data)
	w.written += int64(len(data))
	w.next()
	return w.err
}

// next goes on to the first tensor that is not complete.
func (w *Writer) next() {
	for w.current < len(w.tensors) && w.written == w.tensors[w.current].Size {
		w.current, w.written = w.current+1, 0
	}
}

func (w *Writer) put(p []byte) {
	if w.err == nil {
		_, w.err = w.out.Write(p)
	}
}

// header writes the header once, padded with spaces to 8 bytes.
func (w *Writer) header() {
	if w.began || w.err != nil {
		return
	}
	w.began = true
	var members []string
	if len(w.metadata) > 0 {
		members = append(members, quote(metadataName)+":"+quote(w.metadata))
	}
	for _, t := range w.tensors {
		members = append(members, quote(t.Name)+":"+quote(struct {
			DType   DType    `json:"dtype"`
			Shape   []int64  `json:"shape"`
			Offsets [2]int64 `json:"data_offsets"`
		}{t.DType, append([]int64{}, t.Shape...), [2]int64{t.Offset, t.Offset + t.Size}}))
	}
	text := "{" + strings.Join(members, ",") + "}"
	text += strings.Repeat(" ", -len(text)&7)
	if len(text) > maxHeader {
		w.fail("", "a header of %d bytes; at most %d are allowed", len(text), maxHeader)
		return
	}
	w.put(binary.LittleEndian.AppendUint64(nil, uint64(len(text))))
	w.put([]byte(text))
	w.next()
}

// quote is v as JSON; nothing given to it can fail.
func quote(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("safetensors: " + err.Error())
	}
	return string(b)
}

// Finish checks that all data were written, and puts a file that Create made
// under its name. The Writer is of no more use then.
func (w *Writer) Finish() error {
	w.header()
	if w.err == nil && w.current < len(w.tensors) {
		t := w.tensors[w.current]
		w.fail(tensorName(t.Name), "%d bytes of data were written, and %d are needed", w.written, t.Size)
	}
	if w.err == nil {
		w.err = w.out.Flush()
	}
	if w.err == nil && w.file != nil {
		w.err = w.file.Commit()
	}
	if w.err != nil {
		return errors.Join(w.err, w.Close())
	}
	w.err = errFinished
	return nil
}

// Close removes what Create began, unless Finish was called before. It may be
// called at any time, and twice.
func (w *Writer) Close() error {
	if w.err == nil {
		w.err = errFinished
	}
	if w.file == nil {
		return nil
	}
	return w.file.Close()
}
