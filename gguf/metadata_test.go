package gguf

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func meta(values map[string]any) *Metadata {
	m := &Metadata{file: "f.gguf", values: values}
	for k := range values {
		m.keys = append(m.keys, k)
	}
	return m
}

func TestUint(t *testing.T) {
	for _, v := range []any{uint8(7), int8(7), uint16(7), int16(7), uint32(7), int32(7), uint64(7), int64(7)} {
		m := meta(map[string]any{"k": v})
		if n, err := m.Uint("k", 7); n != 7 || err != nil {
			t.Errorf("%T: %d, %v", v, n, err)
		}
		if _, err := m.Uint("k", 6); err == nil || !strings.Contains(err.Error(), `f.gguf: key "k": found `+describe(v)+" 7; it should be an integer from 0 to 6") {
			t.Errorf("%T: %v", v, err)
		}
	}
	for _, v := range []any{int8(-1), int16(-1), int32(-1), int64(-1), float32(1), true, "1", []uint8{1}} {
		if n, err := meta(map[string]any{"k": v}).Uint("k", math.MaxUint64); err == nil {
			t.Errorf("%T %v is taken for %d", v, v, n)
		}
	}
}

func TestGetters(t *testing.T) {
	m := meta(map[string]any{
		"f32": float32(0.5), "f64": 0.25, "s": "a\x1b", "b": true, "u": uint32(3),
		"af32": []float32{1}, "af64": []float64{2}, "as": []string{"x"}, "ab": []bool{true}, "ai": []int16{-3}, "au": []uint64{1 << 63},
	})
	get := func(v any, err error) any {
		t.Helper()
		check(t, err)
		return v
	}
	for _, c := range []struct{ got, want any }{
		{get(m.Float("f32")), 0.5}, {get(m.Float("f64")), 0.25}, {get(m.String("s")), "a\x1b"}, {get(m.Bool("b")), true},
		{get(m.Floats("af32")), []float32{1}}, {get(m.Floats("af64")), []float32{2}}, {get(m.Strings("as")), []string{"x"}},
		{get(m.Bools("ab")), []bool{true}}, {get(m.Ints("ai")), []int64{-3}},
		{get(m.UintOr("u", 9, 1)), uint64(3)}, {get(m.UintOr("none", 9, 1)), uint64(1)}, {get(m.FloatOr("none", 2)), 2.0},
		{get(m.StringOr("none", "d")), "d"}, {get(m.BoolOr("none", true)), true},
	} {
		if d := cmp.Diff(c.want, c.got); d != "" {
			t.Error(d)
		}
	}
	for want, err := range map[string]error{
		`key "s": found string "a\x1b"; it should be a float`:             second(m.Float("s")),
		`key "u": found uint32 3; it should be a string`:                  second(m.String("u")),
		`key "as": found array of string; it should be a bool`:            second(m.Bool("as")),
		`key "ai": found array of int16; it should be an array of floats`: second(m.Floats("ai")),
		`key "au": found array of uint64; it should be an array of integ`: second(m.Ints("au")),
		`key "u": found uint32 3; it should be an array of strings`:       second(m.Strings("u")),
		`key "s": found string`:                                           second(m.FloatOr("s", 1)),
	} {
		if err == nil || errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := m.String("none"); !errors.Is(err, ErrMissing) || err.Error() != `f.gguf: key "none": missing; it should be a string` {
		t.Error(err)
	}
	if (*Metadata)(nil).Len() != 0 || (*Metadata)(nil).Has("x") {
		t.Error("nil metadata have keys")
	}
}

func second[T any](_ T, err error) error { return err }
