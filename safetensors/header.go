package safetensors

import (
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"

	"github.com/rocmforge/rocmforge/internal/fileerr"
	"github.com/rocmforge/rocmforge/internal/filekind"
	"github.com/rocmforge/rocmforge/internal/source"
	"github.com/rocmforge/rocmforge/internal/strictjson"
)

// Limits on what a header may declare.
const (
	maxHeader  = 100_000_000 // bytes; the reference implementation's limit
	maxTensors = 1 << 16     // of one file; a shard of the largest models has some hundreds
	maxRank    = 16          // dimensions of a tensor
	lengthSize = 8           // bytes before the header

	metadataName = "__metadata__"
)

// parse reads one file's header.
func parse(s *source.Source) (*File, error) {
	header, err := readHeader(s)
	if err != nil {
		return nil, err
	}
	h := &headerReader{source: s, file: &File{Metadata: map[string]string{}, byName: map[string]*Tensor{}, parts: source.List{s}}}
	if h.json, err = strictjson.NewParser(header); err == nil {
		err = h.json.Object(h.member)
	}
	if err == nil {
		err = h.json.End()
	}
	if err != nil {
		return nil, h.placed(err)
	}
	if err := h.place(lengthSize + int64(len(header))); err != nil {
		return nil, err
	}
	return h.file, nil
}

// readHeader reads the JSON text. Memory grows as the text is read.
func readHeader(s *source.Source) ([]byte, error) {
	r := s.Section(0, s.Size())
	var length [lengthSize]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		if what := filekind.Of(s, s.Size()); what != "" {
			return nil, fileerr.New(s.Name(), 0, "", "not a safetensors file: %s", what)
		}
		return nil, fileerr.New(s.Name(), 0, "", "truncated: a file has at least %d bytes (%w)", lengthSize, err)
	}
	n := binary.LittleEndian.Uint64(length[:])
	if left := uint64(s.Size() - lengthSize); n < 2 || n > maxHeader || n > left {
		if what := filekind.Of(s, s.Size()); what != "" {
			return nil, fileerr.New(s.Name(), 0, "", "not a safetensors file: %s", what)
		}
		return nil, fileerr.New(s.Name(), 0, "", "a header of %d bytes; from 2 to %d are allowed, and %d are left in the file", n, maxHeader, left)
	}
	var first [1]byte
	if _, err := io.ReadFull(r, first[:]); err != nil {
		return nil, fileerr.New(s.Name(), lengthSize, "", "cannot read: %w", err)
	}
	if first[0] != '{' {
		return nil, fileerr.New(s.Name(), lengthSize, "", "the header begins with byte %#x; '{' is allowed", first[0])
	}
	header, err := io.ReadAll(s.Section(lengthSize, int64(n)))
	if err == nil && uint64(len(header)) < n {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fileerr.New(s.Name(), lengthSize, "", "cannot read the header: %w", err)
	}
	return header, nil
}

// A headerReader fills a File from the header's JSON.
type headerReader struct {
	source *source.Source
	json   *strictjson.Parser
	file   *File
}

// placed gives a JSON error the file's name and the offset in the file.
func (h *headerReader) placed(err error) error {
	var e *fileerr.Error
	if errors.As(err, &e) && e.File == "" {
		e.File = h.source.Name()
		if e.Offset >= 0 {
			e.Offset += lengthSize
		}
	}
	return err
}

func (h *headerReader) fail(subject, format string, args ...any) error {
	return fileerr.New("", int64(h.json.Offset()), subject, format, args...)
}

func (h *headerReader) member(name string) error {
	if name == metadataName {
		return h.json.Object(func(key string) (err error) {
			h.file.Metadata[key], err = h.json.String()
			return err
		})
	}
	if len(h.file.Tensors) == maxTensors {
		return h.fail("", "more than %d tensors", maxTensors)
	}
	t := &Tensor{Name: name, file: h.source}
	var begin, end uint64
	var seen int
	err := h.json.Object(func(field string) (err error) {
		seen++
		switch field {
		case "dtype":
			var s string
			s, err = h.json.String()
			t.DType = DType(s)
		case "shape":
			t.Shape, err = h.shape(name)
		case "data_offsets":
			begin, end, err = h.offsets(name)
		default:
			err = h.fail(tensorName(name), "has a field %s; dtype, shape and data_offsets are allowed", fileerr.Quote(field))
		}
		return err
	})
	if err == nil && seen != 3 {
		err = h.fail(tensorName(name), "dtype, shape and data_offsets are needed, and one is missing")
	}
	if err != nil {
		return err
	}
	return h.add(t, begin, end)
}

func (h *headerReader) shape(tensor string) ([]int64, error) {
	shape := []int64{}
	err := h.json.Array(func() error {
		d, err := h.json.Uint()
		if err == nil && (d > math.MaxInt64 || len(shape) == maxRank) {
			err = h.fail(tensorName(tensor), "dimension %d is %d; at most %d dimensions up to %d are allowed", len(shape), d, maxRank, math.MaxInt64)
		}
		shape = append(shape, int64(d))
		return err
	})
	return shape, err
}

func (h *headerReader) offsets(tensor string) (begin, end uint64, err error) {
	var v []uint64
	err = h.json.Array(func() error {
		n, err := h.json.Uint()
		if err == nil && len(v) == 2 {
			err = h.fail(tensorName(tensor), "more than two data_offsets")
		}
		v = append(v, n)
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	if len(v) != 2 {
		return 0, 0, h.fail(tensorName(tensor), "%d data_offsets; two are needed", len(v))
	}
	return v[0], v[1], nil
}

// add checks a tensor by itself. Offset still counts from the end of the
// header.
func (h *headerReader) add(t *Tensor, begin, end uint64) error {
	size, err := dataSize(t.DType, t.Shape)
	if err != nil {
		return h.fail(tensorName(t.Name), "%w", err)
	}
	if begin > end || end > uint64(h.source.Size()) {
		return h.fail(tensorName(t.Name), "data_offsets %d to %d; an ascending range within the file of %d bytes is allowed", begin, end, h.source.Size())
	}
	if uint64(size) != end-begin {
		return h.fail(tensorName(t.Name), "data_offsets span %d bytes; %s of shape %v has %d", end-begin, t.DType, t.Shape, size)
	}
	t.Offset, t.Size = int64(begin), size
	h.file.byName[t.Name] = t
	h.file.Tensors = append(h.file.Tensors, t)
	return nil
}

// place turns offsets into offsets in the file, and checks that the tensors
// cover everything from start to the file's end, once.
func (h *headerReader) place(start int64) error {
	tensors := h.file.Tensors
	slices.SortStableFunc(tensors, func(a, b *Tensor) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Size, b.Size))
	})
	end := start
	for _, t := range tensors {
		t.Offset += start
		if t.Offset != end {
			return t.fail("data begin here; those before end at %d, and gaps and overlaps are not allowed", end)
		}
		end += t.Size
	}
	if end != h.source.Size() {
		return fileerr.New(h.source.Name(), end, "", "the last tensor ends here; the file has %d bytes", h.source.Size())
	}
	return nil
}
