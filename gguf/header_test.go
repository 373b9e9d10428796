package gguf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/internal/fileerr"
	"github.com/rocmforge/rocmforge/quant"
)

// raw builds a header field by field, right or wrong.
type raw []byte

var le = binary.LittleEndian

func start(version uint32, tensors, keys uint64) raw {
	return raw("GGUF").u32(version).u64(tensors).u64(keys)
}
func (b raw) u8(v uint8) raw       { return append(b, v) }
func (b raw) u32(v uint32) raw     { return le.AppendUint32(b, v) }
func (b raw) u64(v uint64) raw     { return le.AppendUint64(b, v) }
func (b raw) str(s string) raw     { return append(b.u64(uint64(len(s))), s...) }
func (b raw) zeros(n int) raw      { return append(b, make([]byte, n)...) }
func (b raw) align(n int) raw      { return b.zeros(-len(b) & (n - 1)) }
func (b raw) arch() raw            { return b.str("general.architecture").u32(8).str("x") }
func (b raw) read() (*File, error) { return Read(bytes.NewReader(b), int64(len(b))) }

// tensor describes a tensor of two dimensions.
func (b raw) tensor(name string, d0, d1 uint64, t quant.Type, offset uint64) raw {
	return b.str(name).u32(2).u64(d0).u64(d1).u32(uint32(t)).u64(offset)
}

func TestReadAccepts(t *testing.T) {
	for name, b := range map[string]raw{
		"version 2":     start(2, 0, 1).arch(),
		"no tensors":    start(3, 0, 1).arch().align(32),
		"one":           start(3, 1, 1).arch().tensor("a", 32, 1, quant.Q8_0, 0).align(32).zeros(34),
		"padded":        start(3, 1, 1).arch().tensor("a", 32, 1, quant.Q8_0, 0).align(32).zeros(64),
		"any order":     start(3, 2, 1).arch().tensor("a", 1, 1, quant.F32, 32).tensor("b", 8, 1, quant.F32, 0).align(32).zeros(36),
		"a hole":        start(3, 2, 1).arch().tensor("a", 1, 1, quant.F32, 0).tensor("b", 1, 1, quant.F32, 96).align(32).zeros(100),
		"alignment 64":  start(3, 1, 2).arch().str("general.alignment").u32(uint32(Uint32)).u32(64).tensor("a", 1, 1, quant.F32, 64).align(64).zeros(68),
		"as a uint64":   start(3, 1, 2).arch().str("general.alignment").u32(uint32(Uint64)).u64(64).tensor("a", 1, 1, quant.F32, 64).align(64).zeros(68),
		"split count 0": start(3, 0, 2).arch().str("split.count").u32(uint32(Uint8)).u8(0),
	} {
		if _, err := b.read(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	one := func(name string, d0, d1 uint64, typ quant.Type, offset uint64) raw {
		return start(3, 1, 1).arch().tensor(name, d0, d1, typ, offset).align(32).zeros(1024)
	}
	kv := func(t ValueType) raw { return start(3, 0, 1).str("k").u32(uint32(t)) }
	for name, c := range map[string]struct {
		b    raw
		want string // in the error
	}{
		"empty":           {nil, "not a GGUF file: empty"},
		"magic":           {raw("GGML").zeros(100), "begins with bytes 47474d4c"},
		"version 1":       {raw("GGUF").u32(1).zeros(100), "offset 4: version 1 of GGUF"},
		"big-endian":      {raw("GGUF").u32(3 << 24).zeros(100), "offset 4: a big-endian file (version 3)"},
		"many tensors":    {start(3, 65537, 1).zeros(1 << 22), "offset 8: 65537 tensors; at most 65536"},
		"many keys":       {start(3, 0, math.MaxUint64).zeros(100), "offset 16: 18446744073709551615 keys"},
		"too many keys":   {start(3, 0, 100).zeros(100), "100 keys need 1400 bytes at least, and 100 are left"},
		"no keys":         {start(3, 0, 0), "no metadata"},
		"empty key":       {start(3, 0, 1).zeros(100), "offset 24: a key of 0 bytes"},
		"long key":        {start(3, 0, 1).u64(65536).zeros(1 << 17), "offset 24: a key of 65536 bytes"},
		"control":         {start(3, 0, 1).str("a\x1b").u32(0).u8(1), `key "a\x1b": has bytes`},
		"twice":           {start(3, 0, 2).arch().arch(), `key "general.architecture": appears twice`},
		"value type":      {start(3, 0, 1).str("k").u32(13).zeros(100), `offset 33: key "k": value type 13`},
		"bool":            {kv(Bool).u8(2), `offset 37: key "k": a bool of 2`},
		"string":          {kv(String).u64(1 << 40).zeros(8), `key "k": a string of 1099511627776 bytes; 8 are left`},
		"element type":    {kv(Array).u32(13).u64(0), "array elements of type 13"},
		"array":           {kv(Array).u32(uint32(Uint64)).u64(1 << 61), "an array of 2305843009213693952 elements of uint64"},
		"nested":          {kv(Array).u32(9).u64(1).u32(9).u64(1).u32(9).u64(1).u32(9).u64(1).u32(0).u64(0), "nested deeper than 4"},
		"bools":           {kv(Array).u32(uint32(Bool)).u64(3).u8(1).u8(0).u8(9), "offset 51: key \"k\": a bool of 9"},
		"alignment 48":    {start(3, 0, 1).str("general.alignment").u32(uint32(Uint32)).u32(48), "a power of two"},
		"alignment float": {start(3, 0, 1).str("general.alignment").u32(uint32(Float32)).u32(48), "found float32"},
		"long name":       {one(strings.Repeat("n", 64), 1, 1, quant.F32, 0), "a tensor name of 64 bytes"},
		"zero":            {one("t", 0, 1, quant.F32, 0), `tensor "t": dimension 0 is 0`},
		"negative":        {one("t", 1, math.MaxUint64, quant.F32, 0), "dimension 1 is 18446744073709551615"},
		"wraps":           {one("t", 1<<32, 1<<32, quant.F32, 0), "more bytes than 64 bits"},
		"larger":          {one("t", 1<<20, 1, quant.F32, 0), "has 4194304 bytes, and the file only"},
		"past the end":    {one("t", 128, 1, quant.F32, 992), "truncated: 512 bytes of data are needed, and 32 are left"},
		"block":           {one("t", 33, 32, quant.Q8_0, 0), "rows of 33 elements; Q8_0 has blocks of 32"},
		"unknown":         {one("t", 32, 1, 4, 0), `tensor "t": tensor type 4 is not known`},
		"unaligned":       {one("t", 32, 1, quant.F32, 16), "data at offset 16; a multiple of 32"},
		"wrapped offset":  {one("t", 32, 1, quant.F32, math.MaxUint64-31), "data at offset 18446744073709551584"},
		"dimensions 0":    {start(3, 1, 1).arch().str("t").u32(0).zeros(100), "0 dimensions"},
		"dimensions 5":    {start(3, 1, 1).arch().str("t").u32(5).zeros(100), "5 dimensions"},
		"same name":       {start(3, 2, 1).arch().tensor("t", 1, 1, quant.F32, 0).tensor("t", 1, 1, quant.F32, 32).align(32).zeros(64), `tensor "t": appears twice`},
		"overlap":         {start(3, 2, 1).arch().tensor("t", 16, 1, quant.F32, 0).tensor("u", 1, 1, quant.F32, 32).align(32).zeros(64), `tensor "u": overlaps tensor "t"`},
		"padding":         {start(3, 1, 1).arch().tensor("t", 1, 1, quant.F32, 0).u8(1).align(32).zeros(4), "are not zero"},
		"rest":            {one("t", 1, 1, quant.F32, 0).zeros(1 << 16), "belong to no tensor"},
		"split":           {start(3, 0, 2).arch().str("split.count").u32(uint32(Uint8)).u8(2), "one of 2 parts"},
	} {
		_, err := c.b.read()
		var fe *fileerr.Error
		if !errors.As(err, &fe) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// TestReadTruncated cuts a file at every byte.
func TestReadTruncated(t *testing.T) {
	b := start(3, 1, 3).arch().str("a").u32(uint32(Array)).u32(uint32(String)).u64(2).str("x").str("yz").
		str("b").u32(uint32(Float64)).u64(0).tensor("t", 4, 2, quant.F32, 0).align(32).zeros(32)
	if _, err := b.read(); err != nil {
		t.Fatal(err)
	}
	for n := range b {
		if _, err := b[:n].read(); err == nil {
			t.Errorf("%d of %d bytes are taken for a file", n, len(b))
		}
	}
}

// TestReadShort reads a file that is shorter than it was when it was opened.
func TestReadShort(t *testing.T) {
	b := start(3, 1, 1).arch().tensor("t", 4, 2, quant.F32, 0).align(32).zeros(32)
	for n := range b[:len(b)-32] {
		if _, err := Read(bytes.NewReader(b[:n]), int64(len(b))); err == nil {
			t.Errorf("the header is complete after %d of %d bytes", n, len(b))
		}
	}
	f, err := Read(bytes.NewReader(b[:len(b)-1]), int64(len(b)))
	check(t, err)
	if _, err := f.Tensors[0].Bytes(); err == nil || !strings.Contains(err.Error(), `tensor "t": cannot read 32 bytes`) {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(start(3, 1, 1).arch().tensor("a", 32, 1, quant.Q8_0, 0).align(32).zeros(64)))
	f.Add([]byte(start(2, 0, 1).str("k").u32(9).u32(9).u64(1).u32(9).u64(1).u32(0).u64(1).u8(7)))
	f.Add([]byte(start(3, 0, 2).arch().str("s").u32(9).u32(8).u64(2).str("ab").str("")))
	f.Add([]byte(start(3, 0, 1).str("k").u32(9).u32(uint32(Bool)).u64(2).u8(1).u8(0)))
	f.Fuzz(func(t *testing.T, b []byte) {
		f, err := raw(b).read()
		if err != nil {
			return
		}
		var out bytes.Buffer
		w := NewWriter(&out)
		for k, v := range f.Metadata.All() {
			if _, isInt := toUint(v); k == keyAlignment && isInt {
				continue // any width is read, one is written
			}
			check(t, w.Set(k, v))
		}
		for _, x := range f.Tensors {
			if data, err := x.Bytes(); err != nil || int64(len(data)) != x.Size {
				t.Errorf("%v: %d bytes, %v", x, len(data), err)
			}
			check(t, w.AddTensor(x.Name, x.Type, x.Dims))
		}
	})
}
