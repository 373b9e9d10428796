package safefile

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestSweep: what killed processes left is removed by the next one that writes
// the same file; what is being written, is new, or is another's is not.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	old := time.Now().Add(-2 * sweepAge)
	put := func(name string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
		return path
	}
	left := put(".o.gguf.ABCDEFG2.tmp")
	others := []string{
		put(".other.gguf.ABCDEFG2.tmp"), put(".o.gguf.mine.tmp"), put(".o.gguf.ABCDEFG1.tmp"), put("o.gguf.ABCDEFG2.tmp"),
	}
	writing, err := Create(filepath.Join(dir, "o.gguf"))
	if err != nil {
		t.Fatal(err)
	}
	defer writing.Close()
	os.Chtimes(writing.Name(), old, old)
	if _, err := os.Stat(left); err == nil {
		t.Error("what was left is still there")
	}
	second, err := Create(filepath.Join(dir, "o.gguf"))
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	for _, path := range append(others, writing.Name()) {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%v", err)
		}
	}
	if err := writing.Commit(); err != nil {
		t.Error(err)
	}
}
