package gguf

import "fmt"

// ValueType is the type of a metadata value, as the GGUF specification
// numbers them.
type ValueType uint32

// The types of metadata values. Beside each, the Go type that holds it.
const (
	Uint8   ValueType = 0  // uint8
	Int8    ValueType = 1  // int8
	Uint16  ValueType = 2  // uint16
	Int16   ValueType = 3  // int16
	Uint32  ValueType = 4  // uint32
	Int32   ValueType = 5  // int32
	Float32 ValueType = 6  // float32
	Bool    ValueType = 7  // bool
	String  ValueType = 8  // string
	Array   ValueType = 9  // a slice of one of these types; []any for arrays of arrays
	Uint64  ValueType = 10 // uint64
	Int64   ValueType = 11 // int64
	Float64 ValueType = 12 // float64
)

// valueTypes has a row for each type: its name and the bytes of a value, or
// of the smallest value where the size varies.
var valueTypes = [...]struct {
	name string
	size int64
}{
	Uint8: {"uint8", 1}, Int8: {"int8", 1}, Uint16: {"uint16", 2}, Int16: {"int16", 2},
	Uint32: {"uint32", 4}, Int32: {"int32", 4}, Float32: {"float32", 4}, Bool: {"bool", 1},
	String: {"string", 8}, Array: {"array", 12}, Uint64: {"uint64", 8}, Int64: {"int64", 8},
	Float64: {"float64", 8},
}

func (t ValueType) known() bool { return int64(t) < int64(len(valueTypes)) }

// String gives the type's name in the specification, in Go's spelling.
func (t ValueType) String() string {
	if t.known() {
		return valueTypes[t].name
	}
	return fmt.Sprintf("type %d", uint32(t))
}

// typeOf gives the GGUF type of a Go value and, for an array, that of its
// elements; ok is false for Go types that no GGUF type has.
func typeOf(v any) (t, elem ValueType, ok bool) {
	switch v.(type) {
	case uint8:
		return Uint8, 0, true
	case int8:
		return Int8, 0, true
	case uint16:
		return Uint16, 0, true
	case int16:
		return Int16, 0, true
	case uint32:
		return Uint32, 0, true
	case int32:
		return Int32, 0, true
	case float32:
		return Float32, 0, true
	case bool:
		return Bool, 0, true
	case string:
		return String, 0, true
	case uint64:
		return Uint64, 0, true
	case int64:
		return Int64, 0, true
	case float64:
		return Float64, 0, true
	}
	elem, ok = elemTypeOf(v)
	return Array, elem, ok
}

func elemTypeOf(v any) (ValueType, bool) {
	switch v.(type) {
	case []uint8:
		return Uint8, true
	case []int8:
		return Int8, true
	case []uint16:
		return Uint16, true
	case []int16:
		return Int16, true
	case []uint32:
		return Uint32, true
	case []int32:
		return Int32, true
	case []float32:
		return Float32, true
	case []bool:
		return Bool, true
	case []string:
		return String, true
	case []any:
		return Array, true
	case []uint64:
		return Uint64, true
	case []int64:
		return Int64, true
	case []float64:
		return Float64, true
	}
	return 0, false
}

// describe says what a value is, for error messages.
func describe(v any) string {
	t, elem, ok := typeOf(v)
	switch {
	case !ok:
		return fmt.Sprintf("%T", v)
	case t == Array:
		return "array of " + elem.String()
	}
	return t.String()
}
