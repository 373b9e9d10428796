package safefile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/internal/fileerr"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	check(t, os.WriteFile(path, []byte("hello"), 0o666))
	f, info, err := Open(path)
	check(t, err)
	defer f.Close()
	if info.Size() != 5 {
		t.Errorf("%d bytes", info.Size())
	}
	if _, _, err := Open(path + "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
	var fe *fileerr.Error
	if _, _, err := Open(dir); !errors.As(err, &fe) || !errors.Is(err, ErrNotRegular) || !strings.Contains(err.Error(), "folder") {
		t.Errorf("a folder: %v", err)
	}
}

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	check(t, os.WriteFile(path, []byte("hello"), 0o666))
	if b, err := ReadFile(path, 5); string(b) != "hello" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := ReadFile(path, 4); err == nil || !strings.Contains(err.Error(), "5 bytes, at most 4") {
		t.Errorf("too large: %v", err)
	}
}

func TestCreate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	check(t, os.WriteFile(path, []byte("old"), 0o666))

	w, err := Create(path)
	check(t, err)
	_, err = w.WriteString("new")
	check(t, err)
	content(t, dir, path, "old", 2)
	check(t, w.Close())
	check(t, w.Close())
	content(t, dir, path, "old", 1)
	if w.Commit() == nil {
		t.Error("committed after Close")
	}

	w, err = Create(path)
	check(t, err)
	_, err = w.WriteString("new")
	check(t, err)
	check(t, w.Commit())
	check(t, w.Close())
	content(t, dir, path, "new", 1)

	if _, err := Create(dir); !errors.Is(err, ErrNotRegular) {
		t.Errorf("over a folder: %v", err)
	}
	if _, err := Create(filepath.Join(dir, "none", "a")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in no folder: %v", err)
	}
}

func TestCheckFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a")
	check(t, os.WriteFile(file, nil, 0o666))
	for path, good := range map[string]bool{
		file: true, filepath.Join(dir, "new"): true, dir: false, filepath.Join(dir, "none", "a"): false, filepath.Join(file, "a"): false,
	} {
		if err := CheckFile(path); (err == nil) != good {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// content checks a file's text and the number of files in its folder.
func content(t *testing.T, dir, path, want string, files int) {
	t.Helper()
	b, err := os.ReadFile(path)
	check(t, err)
	all, err := os.ReadDir(dir)
	check(t, err)
	if string(b) != want || len(all) != files {
		t.Errorf("%q among %d files, want %q among %d", b, len(all), want, files)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
