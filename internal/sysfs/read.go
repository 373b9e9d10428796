package sysfs

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/rocmforge/rocmforge/internal/safefile"
)

const (
	maxFile = 64 << 10
	maxText = 128
)

// Text is a word or a name of the kernel's; empty, and null in JSON, where it
// is unknown.
type Text string

// MarshalJSON writes null for what is unknown.
func (t Text) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return []byte(strconv.Quote(string(t))), nil
}

// read returns a file's bytes, or nothing.
func (f FS) read(name string) []byte {
	b, err := safefile.ReadFile(f.Path(name), maxFile)
	if err != nil {
		return nil
	}
	return b
}

// Text reads a file of one line. A card's product name comes from its EEPROM,
// so what could steer a terminal is taken out, and what is long is cut.
func (f FS) Text(name string) Text {
	line, _, _ := strings.Cut(string(f.read(name)), "\n")
	return clean(line)
}

func clean(s string) Text {
	s = strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	return Text(strings.TrimSpace(s[:min(len(s), maxText)]))
}

// number reads a file that holds one decimal number from low to high.
func (f FS) number(name string, low, high int64) *int64 {
	n, ok := parse(strings.TrimSuffix(string(f.read(name)), "\n"), low, high)
	if !ok {
		return nil
	}
	return &n
}

// scaled is number in a unit that is so many times larger.
func (f FS) scaled(name string, low, high int64, unit float64) *float64 {
	n := f.number(name, low, high)
	if n == nil {
		return nil
	}
	v := float64(*n) / unit
	return &v
}

// parse reads a decimal number and nothing else.
func parse(s string, low, high int64) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n >= low && n <= high && s[0] != '+'
}

// id reads a file that holds a number such as 0x744c.
func (f FS) id(name string) (uint64, bool) {
	s, ok := strings.CutPrefix(strings.TrimSuffix(string(f.read(name)), "\n"), "0x")
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 16, 16)
	return n, err == nil
}
