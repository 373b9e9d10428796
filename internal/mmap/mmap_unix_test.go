//go:build unix

package mmap

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTruncate cuts a file short while it is mapped: reading what is gone is
// an error and does not end the process.
func TestTruncate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	check(t, os.WriteFile(path, make([]byte, 1<<20), 0o666))
	m, err := Open(path)
	check(t, err)
	defer m.Close()
	check(t, os.Truncate(path, 1<<19))
	sum := 0
	err = Guard(func() error {
		for _, b := range m.Bytes() {
			sum += int(b)
		}
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "cut short") {
		t.Errorf("read to the end: %v", err)
	}
	if _, err := m.ReadAt(make([]byte, 1), 1<<20-1); err == nil {
		t.Error("ReadAt reads what is gone")
	}
	if err := m.Changed(); err == nil || !strings.Contains(err.Error(), "524288 bytes") {
		t.Errorf("Changed: %v", err)
	}
}
