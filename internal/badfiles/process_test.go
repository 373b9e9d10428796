//go:build linux

package badfiles

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	Serve(misbehave)
	os.Exit(m.Run())
}

var kept []any

// misbehave does what the case's name says.
func misbehave(c Case) error {
	switch c.Name {
	case "panic":
		panic("as asked")
	case "hang":
		time.Sleep(time.Hour)
	case "refuse":
		return errors.New("as asked")
	case "keep":
		f, err := os.Open(os.Args[0])
		kept = append(kept, f)
		return err
	case "goroutine":
		go time.Sleep(time.Hour)
	case "fat", "huge":
		b := make([]byte, map[string]int{"fat": 64 << 20, "huge": 8 << 30}[c.Name])
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
	}
	return nil
}

// TestWorkers: whatever a case does is seen, and the cases after it still run.
func TestWorkers(t *testing.T) {
	w := NewWorkers(t, AddressSpace)
	w.wait = 3 * time.Second
	for _, c := range []struct {
		name string
		ok   func(r Result) bool
	}{
		{"panic", func(r Result) bool { return strings.Contains(r.Crashed, "panic: as asked") }},
		{"huge", func(r Result) bool { return strings.Contains(r.Crashed, "out of memory") }},
		{"hang", func(r Result) bool { return strings.Contains(r.Crashed, "hung") }},
		{"refuse", func(r Result) bool { return r.Err == "as asked" && r.Crashed == "" && r.Left == "" }},
		{"keep", func(r Result) bool { return strings.Contains(r.Left, os.Args[0]) }},
		{"goroutine", func(r Result) bool { return strings.Contains(r.Left, "goroutines") }},
		{"fat", func(r Result) bool { return r.Peak >= 64<<20 && r.Peak < 128<<20 }},
		{"good", func(r Result) bool { return r.Crashed == "" && r.Err == "" && r.Left == "" && r.Peak < 16<<20 }},
	} {
		if r := w.Run(t, Case{Name: c.name}); !c.ok(r) {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
}
