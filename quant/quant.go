// Package quant knows the block formats of tensors: what a block looks like,
// how it becomes float32 and back. It knows nothing of files or devices.
//
// Each format has a file of its own (q4_k.go, mxfp4.go, ...) and one row in
// the table of formats.go.
package quant

import (
	"fmt"
	"strings"
)

// Type is a tensor type as GGUF numbers it (ggml's ids), or one of the
// project's own, which start at 10001 (docs/FORMATS.md).
type Type uint32

// The tensor types of ggml, and the project's own.
const (
	F32     Type = 0
	F16     Type = 1
	Q4_0    Type = 2
	Q4_1    Type = 3
	Q5_0    Type = 6
	Q5_1    Type = 7
	Q8_0    Type = 8
	Q8_1    Type = 9
	Q2_K    Type = 10
	Q3_K    Type = 11
	Q4_K    Type = 12
	Q5_K    Type = 13
	Q6_K    Type = 14
	Q8_K    Type = 15
	IQ2_XXS Type = 16
	IQ2_XS  Type = 17
	IQ3_XXS Type = 18
	IQ1_S   Type = 19
	IQ4_NL  Type = 20
	IQ3_S   Type = 21
	IQ2_S   Type = 22
	IQ4_XS  Type = 23
	I8      Type = 24
	I16     Type = 25
	I32     Type = 26
	I64     Type = 27
	F64     Type = 28
	IQ1_M   Type = 29
	BF16    Type = 30
	TQ1_0   Type = 34
	TQ2_0   Type = 35
	MXFP4   Type = 39
	NVFP4   Type = 40
	Q1_0    Type = 41
	Q2_0    Type = 42

	MXFP6_E2M3 Type = 10001
	MXFP6_E3M2 Type = 10002
	FP8_E4M3   Type = 10003
)

// A Format is one row of the table: the block's size and its two functions.
type Format struct {
	Type       Type
	Name       string // as ggml's tools print it: "Q4_K"
	BlockElems int    // elements in a block
	BlockBytes int    // bytes in a block

	// Decode turns whole blocks into float32, bit for bit as ggml does. It
	// panics unless len(src) = n*BlockBytes and len(dst) = n*BlockElems. It
	// allocates nothing. It is nil for Q8_1, which ggml does not decode either.
	Decode func(dst []float32, src []byte)

	// Encode is the opposite, byte for byte what ggml writes without an
	// importance matrix; nil where the format cannot be written. It panics
	// as Decode does. A caller passes whole rows: some formats choose scales
	// per block only, so one call may span any number of blocks.
	//
	// A *RangeError says that a number is too large for the format, or that a
	// NaN or an infinity is in a format that has none; what dst holds then is
	// not defined. What is too small for a format becomes zero, as with ggml.
	Encode func(dst []byte, src []float32) error

	decode func(dst []float32, src []byte) // without checks
	encode func(dst []byte, src []float32)
	limit  limit
}

// Lookup finds a type's format.
func Lookup(t Type) (*Format, bool) {
	f, ok := byType[t]
	return f, ok
}

// Parse finds a format by its name, in any case: "q4_k", "MXFP4".
func Parse(name string) (*Format, error) {
	for i := range formats {
		if strings.EqualFold(formats[i].Name, name) {
			return &formats[i], nil
		}
	}
	return nil, fmt.Errorf("unknown tensor type %.64q; known are %s", name, strings.Join(Names(), ", "))
}

// Names lists the names of all formats.
func Names() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.Name
	}
	return names
}

// All lists every format, in order of type.
func All() []Format { return formats }

// RowBytes is the size of n elements, and false if n is not a whole number
// of blocks.
func (f *Format) RowBytes(n int) (int, bool) {
	return n / f.BlockElems * f.BlockBytes, n%f.BlockElems == 0
}

// String gives the type's name, or its number if it is unknown.
func (t Type) String() string {
	if f, ok := byType[t]; ok {
		return f.Name
	}
	return fmt.Sprintf("type %d", uint32(t))
}

var byType = func() map[Type]*Format {
	m := make(map[Type]*Format, len(formats))
	for i := range formats {
		m[formats[i].Type] = &formats[i]
	}
	return m
}()
