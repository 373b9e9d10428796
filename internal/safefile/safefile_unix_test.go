//go:build unix

package safefile

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestOpenSpecial(t *testing.T) {
	dir := t.TempDir()
	fifo, link, socket := filepath.Join(dir, "fifo"), filepath.Join(dir, "link"), filepath.Join(dir, "s")
	check(t, unix.Mkfifo(fifo, 0o666))
	check(t, os.Symlink("link", link))
	l, err := net.Listen("unix", socket)
	check(t, err)
	defer l.Close()
	for _, path := range []string{fifo, link, socket, os.DevNull, "/dev/zero"} {
		start := time.Now()
		f, _, err := Open(path)
		if err == nil {
			f.Close()
			t.Errorf("%s was opened", path)
		}
		if took := time.Since(start); took > 100*time.Millisecond {
			t.Errorf("%s: refused after %v", path, took)
		}
	}
	if _, _, err := Open(fifo); !errors.Is(err, ErrNotRegular) {
		t.Error(err)
	}
	if _, err := Create(os.DevNull); !errors.Is(err, ErrNotRegular) {
		t.Errorf("over a device: %v", err)
	}

	file := filepath.Join(dir, "file")
	check(t, os.WriteFile(file, nil, 0o666))
	good := filepath.Join(dir, "good")
	check(t, os.Symlink("file", good))
	f, _, err := Open(good)
	check(t, err)
	f.Close()
}
