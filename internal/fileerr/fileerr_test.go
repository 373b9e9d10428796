package fileerr

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
)

func TestError(t *testing.T) {
	err := New("a.gguf", 12, "key "+Quote("x"), "found %d, at most %d (%w)", 3, 2, fs.ErrInvalid)
	if got, want := err.Error(), `a.gguf: offset 12: key "x": found 3, at most 2 (invalid argument)`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if !errors.Is(err, fs.ErrInvalid) {
		t.Error("the cause is lost")
	}
	if got, want := New("a\x1b[2J", NoOffset, "", "bad").Error(), `"a\x1b[2J": bad`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestQuote(t *testing.T) {
	for name, want := range map[string]string{
		"blk.0":                     `"blk.0"`,
		"a\n\x1b[31m\xff":           `"a\n\x1b[31m\xff"`,
		strings.Repeat("é", 128):    `"` + strings.Repeat("é", 128) + `"`,
		strings.Repeat("é", 129):    `"` + strings.Repeat("é", 128) + `"...`,
		strings.Repeat("\xff", 1e6): `"` + strings.Repeat(`\xff`, 128) + `"...`,
	} {
		if got := Quote(name); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
