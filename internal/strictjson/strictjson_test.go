package strictjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/internal/fileerr"
)

func TestValidate(t *testing.T) {
	good := []string{
		`null`, ` true `, "\tfalse\r\n", `0`, `-0`, `-1.5e+10`, `1E400`, `"a\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t"`, `""`,
		`[]`, `{}`, `[1, [2, {"a": {}}]]`, `{"a": 1, "A": 2, "": 3}`,
		strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth), strings.Repeat("1", 64),
	}
	for _, s := range good {
		if err := Validate([]byte(s)); err != nil {
			t.Errorf("%.40q: %v", s, err)
		}
	}
	for s, offset := range map[string]int64{
		"":                            0,
		"  ":                          2,
		"\xef\xbb\xbf{}":              0,
		"{}\x00":                      2,
		"[1,]":                        3,
		"[1 2]":                       3,
		`{"a":1,}`:                    7,
		`{"a" 1}`:                     5,
		`{a:1}`:                       1,
		`{"a":1,"\u0061":2}`:          7,
		`[{"a":1,"b":{"c":1,"c":2}}]`: 19,
		"nul":                         0,
		"NaN":                         0,
		"01":                          1,
		"-":                           1,
		"1.":                          2,
		".5":                          0,
		"1e":                          2,
		"+1":                          0,
		`"`:                           1,
		`"\`:                          2,
		`"\x"`:                        2,
		`"\u12"`:                      1,
		`"\ud800"`:                    1,
		`"\ud800\u0041"`:              1,
		`"\udc00\ud800"`:              1,
		`"\u+123"`:                    1,
		"\"\n\"":                      1,
		"[\"\xff\"]":                  2,
		"[\"\xed\xa0\x80\"]":          2,
		`{} {}`:                       3,
		strings.Repeat("1", 65):       0,
		strings.Repeat("[", 200000):   MaxDepth,
	} {
		err := Validate([]byte(s))
		var fe *fileerr.Error
		if !errors.As(err, &fe) {
			t.Errorf("%.40q: %v", s, err)
		} else if fe.Offset != offset {
			t.Errorf("%.40q: %v, want offset %d", s, err, offset)
		}
	}
}

func TestUnmarshal(t *testing.T) {
	var v struct {
		A []int `json:"a"`
	}
	if err := Unmarshal([]byte(`{"a": [1, 2]}`), &v); err != nil || len(v.A) != 2 {
		t.Errorf("%v, %v", v, err)
	}
	err := Unmarshal([]byte(`{"a": ["x"]}`), &v)
	var fe *fileerr.Error
	if !errors.As(err, &fe) || !strings.Contains(err.Error(), `"a"`) {
		t.Errorf("the error does not name the field: %v", err)
	}
}

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.json")
	if err := os.WriteFile(path, []byte(`{"a":1}x`), 0o666); err != nil {
		t.Fatal(err)
	}
	var v any
	if err := ReadFile(path, 100, &v); err == nil || !strings.Contains(err.Error(), "x.json: offset 7: found 'x'") {
		t.Errorf("after the value: %v", err)
	}
	if err := ReadFile(path, 7, &v); err == nil || !strings.Contains(err.Error(), "8 bytes, at most 7") {
		t.Errorf("too large: %v", err)
	}
	if err := ReadFile(path+"y", 7, &v); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
}

func TestParser(t *testing.T) {
	p, err := NewParser([]byte(` {"n": [0, 18446744073709551615], "s": "é\n"} `))
	if err != nil {
		t.Fatal(err)
	}
	var numbers []uint64
	var s string
	err = p.Object(func(name string) error {
		if name == "s" {
			s, err = p.String()
			return err
		}
		return p.Array(func() error {
			n, err := p.Uint()
			numbers = append(numbers, n)
			return err
		})
	})
	if err != nil || p.End() != nil || len(numbers) != 2 || numbers[1] != 1<<64-1 || s != "é\n" {
		t.Errorf("%v %q %v", numbers, s, err)
	}
	for _, s := range []string{"-1", "0.0", "1e3", "18446744073709551616", `"1"`, "null", "true"} {
		p, _ := NewParser([]byte(s))
		if n, err := p.Uint(); err == nil {
			t.Errorf("%s is taken for %d", s, n)
		}
	}
}

// FuzzValidate checks that what Validate accepts, encoding/json accepts, too.
func FuzzValidate(f *testing.F) {
	for _, s := range []string{`{"a":[1,-2.5e3,"\ud83d\ude00",null]}`, `[[[]]]`, `{"a":1,"a":2}`, `"\ud800"`, "\xff", `01`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if Validate(data) == nil && !json.Valid(data) {
			t.Errorf("%q is no JSON", data)
		}
	})
}

func BenchmarkValidate(b *testing.B) {
	vocab := map[string]int{}
	for i := range 128000 {
		vocab[fmt.Sprintf("Ġtoken%d", i)] = i
	}
	data, err := json.Marshal(vocab)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if err := Validate(data); err != nil {
			b.Fatal(err)
		}
	}
}

func TestReadPythonFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.json")
	text := `{"a": [0.0, Infinity], "b": "NaN, \"Infinity\"", "c": -Infinity, "d": NaN, "e": 1}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := ReadPythonFile(path, 1000, &v); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"a": []any{0.0, "Infinity"}, "b": `NaN, "Infinity"`, "c": "-Infinity", "d": "NaN", "e": 1.0}
	if !reflect.DeepEqual(v, want) {
		t.Errorf("read %v", v)
	}
}
