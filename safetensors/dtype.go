package safetensors

// DType is an element type, spelled as in the header.
type DType string

// The element types of safetensors that can be read. F8_E8M0 is the scale
// type of the OCP MX formats.
const (
	F64     DType = "F64"
	F32     DType = "F32"
	F16     DType = "F16"
	BF16    DType = "BF16"
	F8_E4M3 DType = "F8_E4M3"
	F8_E5M2 DType = "F8_E5M2"
	F8_E8M0 DType = "F8_E8M0"
	I64     DType = "I64"
	I32     DType = "I32"
	I16     DType = "I16"
	I8      DType = "I8"
	U64     DType = "U64"
	U32     DType = "U32"
	U16     DType = "U16"
	U8      DType = "U8"
	Bool    DType = "BOOL"
)

// Size is the bytes of one element, or 0 if the type is not known.
func (t DType) Size() int64 {
	switch t {
	case F64, I64, U64:
		return 8
	case F32, I32, U32:
		return 4
	case F16, BF16, I16, U16:
		return 2
	case F8_E4M3, F8_E5M2, F8_E8M0, I8, U8, Bool:
		return 1
	}
	return 0
}
