package jit

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/hiprtc"
	"github.com/rocmforge/rocmforge/kernels"
)

// withoutCompiler opens a compiler on a machine that has none.
func withoutCompiler(t *testing.T, o Options) (*Compiler, error) {
	t.Helper()
	old := openCompiler
	openCompiler = func(hiprtc.Options) (compiler, error) { return nil, errors.New("no libhiprtc") }
	defer func() { openCompiler = old }()
	return New(o)
}

// TestOffline gives from the disk what a compiler made that is gone.
func TestOffline(t *testing.T) {
	dir := t.TempDir()
	c := fake(t, Options{CacheDir: dir})
	p, q := program("a"), program("b")
	compileOne(t, c, p)
	c, err := withoutCompiler(t, Options{CacheDir: dir, Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	p.Name = "another name"
	if o := compileOne(t, c, p); !o.FromCache || string(o.Code) != "code of a" || o.Program != p.Name {
		t.Errorf("%+v", o)
	}
	before := fakeCompiles.Load()
	_, err = c.Compile(t.Context(), []kernels.Program{q}, nil)
	if err == nil || !strings.Contains(err.Error(), "the cache does not have them, and no libhiprtc") || fakeCompiles.Load() != before {
		t.Errorf("%v", err)
	}
	p.Options = []string{"-O0"}
	if _, err := c.Compile(t.Context(), []kernels.Program{p}, nil); err == nil {
		t.Error("other options gave something")
	}
	for _, o := range []Options{{CacheDir: dir}, {CacheDir: dir, Offline: true, NoCache: true}, {CacheDir: filepath.Join(dir, "lock", "x"), Offline: true}} {
		os.WriteFile(filepath.Join(dir, "lock"), nil, 0o600)
		if _, err := withoutCompiler(t, o); err == nil || !strings.Contains(err.Error(), "no libhiprtc") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// TestDerived keeps bytes beside code objects, and takes none that are damaged.
func TestDerived(t *testing.T) {
	dir := t.TempDir()
	c := fake(t, Options{CacheDir: dir})
	made := 0
	get := func(c *Compiler, kind, code string) string {
		t.Helper()
		used := ""
		err := c.Derived(kind, []byte(code), func() ([]byte, error) { made++; return []byte("of " + code), nil },
			func(b []byte) error { used = string(b); return nil })
		if err != nil {
			t.Fatal(err)
		}
		return used
	}
	for range 2 {
		if got := get(c, "text 1", "a"); got != "of a" || made != 1 {
			t.Errorf("%q, made %d times", got, made)
		}
	}
	get(c, "text 2", "a")
	get(c, "text 1", "b")
	get(fake(t, Options{NoCache: true}), "text 1", "a")
	if made != 4 {
		t.Errorf("made %d times", made)
	}
	path := c.cache.derivedPath("text 1", []byte("a"))
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range [][]byte{nil, good[:20], good[:len(good)-1], append(good[:len(good):len(good)], 0), []byte("rocmforge derived 2" + string(good[19:]))} {
		os.WriteFile(path, bad, 0o600)
		before := made
		if got := get(c, "text 1", "a"); got != "of a" || made != before+1 {
			t.Errorf("from %q: %q", bad, got)
		}
	}
	fails := errors.New("fails")
	if err := c.Derived("text 1", []byte("c"), func() ([]byte, error) { return nil, fails }, nil); !errors.Is(err, fails) {
		t.Error(err)
	}
	refuse := func([]byte) error { return fails }
	for range 2 { // what is on the disk, and what was made in its place
		before := made
		if err := c.Derived("text 1", []byte("a"), func() ([]byte, error) { made++; return []byte("bad"), nil }, refuse); !errors.Is(err, fails) || made != before+1 {
			t.Error(err)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("what was refused is still there")
	}
	get(c, "text 1", "a")
	compileOne(t, c, program("a"))
	entries, err := c.cache.List()
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
	if n, _, err := c.cache.Clean(); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("it is still there")
	}
}

func FuzzDerived(f *testing.F) {
	dir := f.TempDir()
	writeDerived(filepath.Join(dir, "x"), []byte("text"))
	good, _ := os.ReadFile(filepath.Join(dir, "x"))
	f.Add(good)
	f.Add([]byte(derivedMagic))
	f.Fuzz(func(t *testing.T, b []byte) { decodeDerived(b) })
}
