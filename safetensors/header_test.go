package safetensors

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

// file is a header with its length before it, and size bytes of data.
func file(header string, size int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, size)...)
}

func read(b []byte) (*File, error) { return Read(bytes.NewReader(b), int64(len(b))) }

func TestReadAccepts(t *testing.T) {
	for _, b := range [][]byte{
		file(`{}`, 0),
		file(`{}      `, 0),
		file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8),
		file(`{"b":{"data_offsets":[8,9],"dtype":"BOOL","shape":[]},"a":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]},"__metadata__":{"x":"y"}}`, 9),
		file(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`, 0),
	} {
		if _, err := read(b); err != nil {
			t.Errorf("%q: %v", b, err)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	one := func(fields string) []byte { return file(`{"a":{`+fields+`}}`, 8) }
	for name, c := range map[string]struct {
		b    []byte
		want string // in the error
	}{
		"empty":         {nil, "not a safetensors file: empty"},
		"short":         {[]byte("1234567"), "offset 0: truncated"},
		"length":        {file("{}", 0)[:9], "a header of 2 bytes"},
		"no object":     {file("[]", 0), "begins with byte 0x5b"},
		"after":         {file("{}x", 0), "offset 10: found 'x'"},
		"escaped twin":  {file(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`, 0), `name "a" appears twice`},
		"no dtype":      {one(`"shape":[2],"data_offsets":[0,8]`), `tensor "a": dtype, shape and data_offsets are needed`},
		"extra":         {one(`"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1`), `has a field "x"`},
		"case":          {one(`"Dtype":"F32","shape":[2],"data_offsets":[0,8]`), `has a field "Dtype"`},
		"unknown":       {one(`"dtype":"F4","shape":[2],"data_offsets":[0,8]`), `element type "F4"`},
		"range":         {one(`"dtype":"F32","shape":[3],"data_offsets":[0,8]`), `span 8 bytes; F32 of shape [3] has 12`},
		"descending":    {one(`"dtype":"F32","shape":[2],"data_offsets":[8,0]`), `ascending`},
		"wraps":         {one(`"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]`), `more bytes than 64 bits`},
		"gap":           {one(`"dtype":"F32","shape":[1],"data_offsets":[4,8]`), `gaps and overlaps`},
		"rest":          {one(`"dtype":"F32","shape":[1],"data_offsets":[0,4]`), `the file has`},
		"one offset":    {one(`"dtype":"F32","shape":[2],"data_offsets":[8]`), `1 data_offsets`},
		"three offsets": {one(`"dtype":"F32","shape":[2],"data_offsets":[0,8,8]`), `more than two`},
		"rank":          {one(`"dtype":"F32","shape":[` + strings.Repeat("1,", 16) + `2],"data_offsets":[0,8]`), `at most 16 dimensions`},
		"metadata":      {file(`{"__metadata__":{"a":1}}`, 0), "a string is allowed"},
	} {
		if _, err := read(c.b); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(file(`{"b":{"data_offsets":[8,9],"dtype":"BOOL","shape":[]},"a":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]},"__metadata__":{"x":"y"}}`, 9))
	f.Add(file(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, 0))
	f.Add(file(`{}`, 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		f, err := read(b)
		if err != nil {
			return
		}
		for _, x := range f.Tensors {
			if data, err := x.Bytes(); err != nil || int64(len(data)) != x.Elements()*x.DType.Size() {
				t.Errorf("%v: %d bytes, %v", x, len(data), err)
			}
		}
	})
}
