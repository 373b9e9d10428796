// Package goldens finds the reference data that tests compare with. Users have
// none of it beyond the small copies in testdata/, so a test that needs more
// skips with a word.
package goldens

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// Dirs lists the goldens folders that are there: the one that
// ROCMFORGE_GOLDENS names, or else goldens/ under ROCMFORGE_SHARED, and then
// the calling package's testdata/goldens.
func Dirs() []string {
	dirs := []string{filepath.Join("testdata", "goldens")}
	if d := os.Getenv("ROCMFORGE_GOLDENS"); d != "" {
		dirs = append([]string{d}, dirs...)
	} else if d := os.Getenv("ROCMFORGE_SHARED"); d != "" {
		dirs = append([]string{filepath.Join(d, "goldens")}, dirs...)
	}
	return dirs
}

// Find looks a file or folder up in Dirs.
func Find(name string) (path string, ok bool) {
	for _, d := range Dirs() {
		p := filepath.Join(d, filepath.FromSlash(name))
		if _, err := os.Stat(p); err == nil {
			return p, true
		}
	}
	return "", false
}

// Path is Find for tests: it skips the test when the file is not there.
func Path(t testing.TB, name string) string {
	t.Helper()
	p, ok := Find(name)
	if !ok {
		t.Skipf("golden %s is not there (set ROCMFORGE_GOLDENS or ROCMFORGE_SHARED)", name)
	}
	return p
}

// Shared finds a file under ROCMFORGE_SHARED (models, badfiles), or skips.
func Shared(t testing.TB, name string) string {
	t.Helper()
	d := os.Getenv("ROCMFORGE_SHARED")
	if d == "" {
		t.Skipf("%s needs ROCMFORGE_SHARED", name)
	}
	p := filepath.Join(d, filepath.FromSlash(name))
	if _, err := os.Stat(p); err != nil {
		t.Skipf("%s is not there: %v", name, err)
	}
	return p
}

// JSON reads a golden JSON file into v.
func JSON(t testing.TB, path string, v any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// Floats reads a file of little-endian float32.
func Floats(t testing.TB, path string) []float32 {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	v := make([]float32, len(b)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return v
}
