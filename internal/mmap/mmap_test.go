package mmap

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestOpen(t *testing.T) {
	for _, want := range []string{"", "x", strings.Repeat("0123456789", 10000)} {
		path := filepath.Join(t.TempDir(), "a")
		check(t, os.WriteFile(path, []byte(want), 0o666))
		m, err := Open(path)
		check(t, err)
		if string(m.Bytes()) != want || m.Size() != int64(len(want)) || m.Name() != path {
			t.Errorf("%d bytes, want %d", len(m.Bytes()), len(want))
		}
		check(t, m.Changed())
		check(t, m.Close())
		check(t, m.Close())
	}
}

func TestChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	check(t, os.WriteFile(path, []byte("hello"), 0o666))
	m, err := Open(path)
	check(t, err)
	defer m.Close()
	later := time.Now().Add(time.Hour)
	check(t, os.Chtimes(path, later, later))
	if err := m.Changed(); err == nil || !strings.Contains(err.Error(), "changed while") {
		t.Errorf("touched: %v", err)
	}
}

func TestGuard(t *testing.T) {
	want := errors.New("own error")
	if err := Guard(func() error { return want }); err != want {
		t.Error(err)
	}
	for _, f := range []func(){
		func() { panic("own panic") },
		func() { var p *int; *p = 1 },
		func() { var b []byte; i := 1; b[i] = 1 },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("Guard hides a panic that is no fault of a file")
				}
			}()
			Guard(func() error { f(); return nil })
		}()
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestForget drops pages, which come back as they were; what stands beside
// the forgotten part is not touched.
func TestForget(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789abcdef"), 1<<12)
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, want, 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for _, r := range [][2]int{{0, len(want)}, {1, 5000}, {4096, 8192}, {100, 200}, {7, 7}} {
		Forget(m.Bytes()[r[0]:r[1]])
		if !bytes.Equal(m.Bytes(), want) {
			t.Errorf("after forgetting %v the bytes are others", r)
		}
	}
}
