package columns_test

import (
	"testing"

	"github.com/rocmforge/rocmforge/internal/columns"
)

func TestHang(t *testing.T) {
	for _, test := range []struct {
		before string
		indent int
		text   string
		width  int
		want   string
	}{
		{"ok  ", 4, "", 40, "ok\n"},
		{"ok  ", 4, "short", 40, "ok  short\n"},
		{"ok  ", 4, "one two three four five six seven eight", 30, "ok  one two three four five\n    six seven eight\n"},
		{"é   ", 4, "12345678901234567890123456", 30, "é   12345678901234567890123456\n"},
		{"ok  ", 4, "/a/path/that/is/longer/than/a/line/of/text and more", 30, "ok  /a/path/that/is/longer/than/a/line/of/text\n    and more\n"},
		{"0123456789", 2, "some words that need a column", 12, "0123456789some words that\n  need a column\n"},
	} {
		if got := columns.Hang(test.before, test.indent, test.text, test.width); got != test.want {
			t.Errorf("%q, %q: %q, want %q", test.before, test.text, got, test.want)
		}
	}
}
