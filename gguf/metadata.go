package gguf

import (
	"errors"
	"fmt"
	"iter"
	"math"

	"github.com/rocmforge/rocmforge/internal/fileerr"
)

// ErrMissing is the cause when a key is not in the file.
var ErrMissing = errors.New("missing")

// Metadata is a file's keys and values in the order in which they are
// written. A nil *Metadata has no keys.
//
// The typed getters take integers of any width as long as the value fits, and
// otherwise only the type that they are named after. Their errors name file,
// key, what was found and what is allowed; errors.Is(err, ErrMissing) tells
// an absent key from a wrong one.
type Metadata struct {
	file   string
	keys   []string
	values map[string]any
}

// Len is the number of keys.
func (m *Metadata) Len() int {
	if m == nil {
		return 0
	}
	return len(m.keys)
}

// All goes through keys and values in the file's order. The Go types of the
// values are those beside the ValueType constants.
func (m *Metadata) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		if m == nil {
			return
		}
		for _, k := range m.keys {
			if !yield(k, m.values[k]) {
				return
			}
		}
	}
}

// Value gives a key's value as it is. Slices are shared: do not write to them.
func (m *Metadata) Value(key string) (any, bool) {
	if m == nil {
		return nil, false
	}
	v, ok := m.values[key]
	return v, ok
}

// Has says whether a key is there.
func (m *Metadata) Has(key string) bool {
	_, ok := m.Value(key)
	return ok
}

// Uint gives an integer between 0 and max.
func (m *Metadata) Uint(key string, max uint64) (uint64, error) {
	want := fmt.Sprintf("an integer from 0 to %d", max)
	v, err := m.need(key, want)
	if err != nil {
		return 0, err
	}
	n, ok := toUint(v)
	if !ok || n > max {
		return 0, m.wrong(key, v, want)
	}
	return n, nil
}

// Float gives a float32 or float64.
func (m *Metadata) Float(key string) (float64, error) {
	v, err := m.need(key, "a float")
	if err != nil {
		return 0, err
	}
	switch f := v.(type) {
	case float32:
		return float64(f), nil
	case float64:
		return f, nil
	}
	return 0, m.wrong(key, v, "a float")
}

// String gives a string. It need not be UTF-8.
func (m *Metadata) String(key string) (string, error) { return exactly[string](m, key, "a string") }

// Bool gives a bool.
func (m *Metadata) Bool(key string) (bool, error) { return exactly[bool](m, key, "a bool") }

// Strings gives an array of strings, which is shared: do not write to it.
func (m *Metadata) Strings(key string) ([]string, error) {
	return exactly[[]string](m, key, "an array of strings")
}

// Bools gives an array of bools, which is shared: do not write to it.
func (m *Metadata) Bools(key string) ([]bool, error) {
	return exactly[[]bool](m, key, "an array of bools")
}

// Floats gives an array of floats as float32. It may be shared: do not write
// to it.
func (m *Metadata) Floats(key string) ([]float32, error) {
	v, err := m.need(key, "an array of floats")
	if err != nil {
		return nil, err
	}
	switch a := v.(type) {
	case []float32:
		return a, nil
	case []float64:
		return convert[float32](a), nil
	}
	return nil, m.wrong(key, v, "an array of floats")
}

// Ints gives an array of integers of any type as int64. It may be shared: do
// not write to it.
func (m *Metadata) Ints(key string) ([]int64, error) {
	const want = "an array of integers that fit in 64 bits with sign"
	v, err := m.need(key, want)
	if err != nil {
		return nil, err
	}
	a, ok := toInts(v)
	if !ok {
		return nil, m.wrong(key, v, want)
	}
	return a, nil
}

// UintOr is Uint, with a default for an absent key.
func (m *Metadata) UintOr(key string, max, def uint64) (uint64, error) {
	v, err := m.Uint(key, max)
	return or(v, def, err)
}

// FloatOr is Float, with a default for an absent key.
func (m *Metadata) FloatOr(key string, def float64) (float64, error) {
	v, err := m.Float(key)
	return or(v, def, err)
}

// StringOr is String, with a default for an absent key.
func (m *Metadata) StringOr(key, def string) (string, error) {
	v, err := m.String(key)
	return or(v, def, err)
}

// BoolOr is Bool, with a default for an absent key.
func (m *Metadata) BoolOr(key string, def bool) (bool, error) {
	v, err := m.Bool(key)
	return or(v, def, err)
}

func or[T any](v, def T, err error) (T, error) {
	if errors.Is(err, ErrMissing) {
		return def, nil
	}
	return v, err
}

func exactly[T any](m *Metadata, key, want string) (T, error) {
	v, err := m.need(key, want)
	t, ok := v.(T)
	if err == nil && !ok {
		err = m.wrong(key, v, want)
	}
	return t, err
}

func (m *Metadata) need(key, want string) (any, error) {
	if v, ok := m.Value(key); ok {
		return v, nil
	}
	var file string
	if m != nil {
		file = m.file
	}
	return nil, fileerr.New(file, fileerr.NoOffset, keyName(key), "%w; it should be %s", ErrMissing, want)
}

func (m *Metadata) wrong(key string, v any, want string) error {
	found := describe(v)
	if n, ok := v.(string); ok {
		found += " " + fileerr.Quote(n)
	} else if t, _, _ := typeOf(v); t != Array {
		found += fmt.Sprintf(" %v", v)
	}
	return fileerr.New(m.file, fileerr.NoOffset, keyName(key), "found %s; it should be %s", found, want)
}

func keyName(key string) string { return "key " + fileerr.Quote(key) }

func toUint(v any) (uint64, bool) {
	switch n := v.(type) {
	case uint8:
		return uint64(n), true
	case uint16:
		return uint64(n), true
	case uint32:
		return uint64(n), true
	case uint64:
		return n, true
	case int8:
		return uint64(n), n >= 0
	case int16:
		return uint64(n), n >= 0
	case int32:
		return uint64(n), n >= 0
	case int64:
		return uint64(n), n >= 0
	}
	return 0, false
}

func toInts(v any) ([]int64, bool) {
	switch a := v.(type) {
	case []uint8:
		return convert[int64](a), true
	case []int8:
		return convert[int64](a), true
	case []uint16:
		return convert[int64](a), true
	case []int16:
		return convert[int64](a), true
	case []uint32:
		return convert[int64](a), true
	case []int32:
		return convert[int64](a), true
	case []int64:
		return a, true
	case []uint64:
		for _, n := range a {
			if n > math.MaxInt64 {
				return nil, false
			}
		}
		return convert[int64](a), true
	}
	return nil, false
}

func convert[To, From int8 | uint8 | int16 | uint16 | int32 | uint32 | int64 | uint64 | float32 | float64](a []From) []To {
	out := make([]To, len(a))
	for i, x := range a {
		out[i] = To(x)
	}
	return out
}
