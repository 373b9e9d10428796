//go:build unix

package runtime

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestOpenSpecial: what is no regular file is refused at once, alone and in
// the place of any file of a folder.
func TestOpenSpecial(t *testing.T) {
	fifo := func(path string) error { return unix.Mkfifo(path, 0o600) }
	link := func(to string) func(string) error {
		return func(path string) error { return os.Symlink(to, path) }
	}
	socket := func(path string) error {
		l, err := net.Listen("unix", path)
		if err == nil {
			t.Cleanup(func() { l.Close() })
		}
		return err
	}
	for _, c := range []struct {
		name  string
		make  func(path string) error
		words string
	}{
		{"fifo", fifo, "a named pipe"},
		{"socket", socket, ""}, // some systems refuse to open it
		{"zero", link("/dev/zero"), "a device"},
		{"null", link("/dev/null"), "a device"},
		{"tty", link("/dev/tty"), ""},
		{"loop", link("loop"), "symbolic links"},
		{"dangling", link("nothing"), "no such file"},
		{"folder/config.json", fifo, "a named pipe"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, err := os.MkdirTemp("", "") // a socket's path has to be short
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir)
			path := filepath.Join(dir, c.name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), c.make(path)); err != nil {
				t.Fatal(err)
			}
			if first, _, inside := strings.Cut(c.name, "/"); inside {
				path = filepath.Join(dir, first)
			}
			best := time.Hour
			for range 10 { // others may need the machine, too
				start := time.Now()
				mustRefuse(t, path, c.words)
				best = min(best, time.Since(start))
			}
			if best > 10*time.Millisecond {
				t.Errorf("took %v, at most 10 ms are allowed", best)
			}
		})
	}
}

func TestOpenUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may read everything")
	}
	path := gopherFile(t)
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	mustRefuse(t, path, "permission denied")
}

// TestFileShrinks cuts a mapped file short: while it is loaded, and while it is
// used. Both are errors that name the file, and neither ends the process.
func TestFileShrinks(t *testing.T) {
	for _, exact := range []bool{false, true} {
		path := gopherFile(t)
		cut := func() {
			if err := os.Truncate(path, 1<<20); err != nil {
				t.Fatal(err)
			}
		}
		first := true
		_, err := Open(path, Options{Exact: exact, Progress: func(_, _ int) {
			if first {
				cut()
			}
			first = false
		}})
		mustBeCut(t, path, err)

		path = gopherFile(t)
		m, err := Open(path, Options{Exact: exact})
		if err != nil {
			t.Fatal(err)
		}
		s, err := m.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		cut()
		_, err = s.Forward(context.Background(), []int32{0, 4095, 1})
		mustBeCut(t, path, err)
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}

func mustBeCut(t *testing.T, path string, err error) {
	t.Helper()
	var refused *ModelError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), path) {
		t.Errorf("the file was cut short: %T: %v; a *ModelError that names it was expected", err, err)
	}
}

// TestFileGrows: a file that changes while it is loaded is refused.
func TestFileGrows(t *testing.T) {
	path := gopherFile(t)
	_, err := Open(path, Options{Progress: func(done, _ int) {
		if f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0); err == nil {
			f.WriteString("more")
			f.Close()
		}
	}})
	mustBeCut(t, path, err)
}
