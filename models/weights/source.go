// Package weights fills a model's struct from a file: it matches struct tags
// with tensor names, checks presence, shapes and types before any data are
// read, and uploads each tensor in the layout that its device reads best. It
// knows no architecture.
package weights

import (
	"fmt"
	"strings"

	"github.com/rocmforge/rocmforge/quant"
)

// Naming is the family of tensor names that a source uses; it selects the
// struct tag.
type Naming string

// The two families of names.
const (
	GGUF        Naming = "gguf"
	HuggingFace Naming = "hf"
)

// A Source is an opened model file or folder.
type Source interface {
	Naming() Naming
	// Names lists all tensors, in the file's order.
	Names() []string
	Tensor(name string) (Tensor, bool)
	// Mapped says that Bytes returns memory that stays valid until Close, but
	// for tensors that are Copied.
	Mapped() bool
	// Changed returns an error if the file is no longer what it was when it
	// was opened.
	Changed() error
	Close() error
}

// CacheType is the type of KV cache that a model's author asks for: FP8_E4M3,
// MXFP6_E2M3, or 0.
func CacheType(s Source) quant.Type {
	if asks, ok := s.(interface{ cacheType() quant.Type }); ok {
		return asks.cacheType()
	}
	return 0
}

// Tensor describes one tensor of a source. Shape is row-major, outermost
// dimension first.
type Tensor struct {
	Name  string
	Type  quant.Type
	Shape []int
	Size  int // bytes
	// Bytes returns the data in blocks of Type: mapped memory of the file, or
	// a copy.
	Bytes func() ([]byte, error)
	// Copied says that Bytes makes a copy even where the source is mapped.
	Copied bool
	// Scale is what all values are multiplied by, of FP8_E4M3 only; 0 means
	// that there is none.
	Scale float32
	// Input is the format that the weight's author rounds activations to
	// before they meet it; 0 means none.
	Input quant.Type
}

// NamesError says that a file's tensors are not those of its architecture.
type NamesError struct {
	Naming  Naming
	Missing []string
	Unused  []string
}

func (e *NamesError) Error() string {
	var b strings.Builder
	if len(e.Missing) > 0 {
		fmt.Fprintf(&b, "missing tensors: %s", list(e.Missing))
	}
	if len(e.Unused) > 0 {
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "tensors that nothing uses: %s", list(e.Unused))
	}
	if e.Naming == GGUF {
		b.WriteString("; only standard GGUF names are read: convert the model from its Hugging Face folder with `rocmforge convert`")
	}
	return b.String()
}

// list prints the first few names.
func list(names []string) string {
	const most = 8
	if len(names) <= most {
		return quoteAll(names)
	}
	return fmt.Sprintf("%s and %d more", quoteAll(names[:most]), len(names)-most)
}

func quoteAll(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = fmt.Sprintf("%.128q", n)
	}
	return strings.Join(q, ", ")
}
