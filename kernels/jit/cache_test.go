package jit

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rocmforge/rocmforge/kernels"
)

func compileOne(t *testing.T, c *Compiler, p kernels.Program) Object {
	t.Helper()
	o, err := c.Compile(t.Context(), []kernels.Program{p}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return o[0]
}

func TestCacheHit(t *testing.T) {
	c := fake(t, Options{})
	p := program("a")
	if o := compileOne(t, c, p); o.FromCache {
		t.Error("an empty cache had it")
	}
	p.Name = "another name"
	o := compileOne(t, c, p)
	if !o.FromCache || string(o.Code) != "code of a" || o.Program != p.Name || o.Arch != "gfx1100" {
		t.Errorf("second time: %+v", o)
	}
}

// TestKeyHasEverything changes each thing that goes into a code object.
func TestKeyHasEverything(t *testing.T) {
	base := kernels.Program{Name: "n", Arch: "gfx1100", Source: "s", Options: []string{"-DA=1", "-DB=2"},
		Headers: []kernels.Header{{Name: "a.h", Text: "x"}, {Name: "b.h", Text: "y"}}}
	keys := map[string]string{keyOf(base, "v"): "base"}
	for name, change := range map[string]func(p *kernels.Program) string{
		"arch":     func(p *kernels.Program) string { p.Arch = "gfx1101"; return "v" },
		"source":   func(p *kernels.Program) string { p.Source = "t"; return "v" },
		"option":   func(p *kernels.Program) string { p.Options = []string{"-DA=1", "-DB=3"}; return "v" },
		"joined":   func(p *kernels.Program) string { p.Options = []string{"-DA=1-DB=2"}; return "v" },
		"header":   func(p *kernels.Program) string { p.Headers[1].Text = "z"; return "v" },
		"moved":    func(p *kernels.Program) string { p.Headers[0], p.Headers[1] = p.Headers[1], p.Headers[0]; return "v" },
		"compiler": func(p *kernels.Program) string { return "w" },
	} {
		p := base
		p.Headers = slices.Clone(base.Headers)
		key := keyOf(p, change(&p))
		if other, seen := keys[key]; seen {
			t.Errorf("%s gives the key of %s", name, other)
		}
		keys[key] = name
	}
}

// TestCorruptEntry damages an entry in each part: it is compiled again.
func TestCorruptEntry(t *testing.T) {
	c := fake(t, Options{})
	p := program("a")
	compileOne(t, c, p)
	path := c.cache.path(keyOf(p, "fake"))
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range [][]byte{nil, good[:10], good[:len(good)-1], append(slices.Clone(good), 0),
		slices.Replace(slices.Clone(good), len(good)-1, len(good), 'x'), []byte(strings.Replace(string(good), "gfx1100", "gfx1101", 1))} {
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if o := compileOne(t, c, p); o.FromCache || string(o.Code) != "code of a" {
			t.Errorf("from %q: %+v", bad, o)
		}
		if o := compileOne(t, c, p); !o.FromCache {
			t.Error("was not written again")
		}
	}
}

// TestEarlierEntry compiles anew what an earlier version wrote, which did not
// say of what: without a compiler it could not be found.
func TestEarlierEntry(t *testing.T) {
	c := fake(t, Options{})
	p := program("a")
	if err := c.cache.put(keyOf(p, "fake"), "", compileOne(t, c, p)); err != nil {
		t.Fatal(err)
	}
	for _, cached := range []bool{false, true} {
		if o := compileOne(t, c, p); o.FromCache != cached {
			t.Errorf("from the cache: %v, want %v", o.FromCache, cached)
		}
	}
}

// TestNoCache lets the cache fail in several ways: that costs a warning.
func TestNoCache(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	blocked := t.TempDir() // each subfolder is a file
	for i := range 256 {
		os.WriteFile(filepath.Join(blocked, string("0123456789abcdef"[i/16])+string("0123456789abcdef"[i%16])), nil, 0o600)
	}
	for _, dir := range []string{filepath.Join(file, "below"), blocked} {
		var warnings []error
		c := fake(t, Options{CacheDir: dir, Warn: func(err error) { warnings = append(warnings, err) }})
		objects, err := c.Compile(t.Context(), []kernels.Program{program("a"), program("b")}, nil)
		if err != nil || string(objects[1].Code) != "code of b" {
			t.Errorf("%v, %v", objects, err)
		}
		if len(warnings) != 1 || !strings.Contains(warnings[0].Error(), "kernel cache: ") {
			t.Errorf("warnings %v", warnings)
		}
	}
}

// TestEvict keeps what was used last.
func TestEvict(t *testing.T) {
	c := fake(t, Options{})
	var sizes []int64
	for i, name := range []string{"a", "b", "c"} {
		p := program(name)
		compileOne(t, c, p)
		path := c.cache.path(keyOf(p, "fake"))
		used := time.Now().Add(time.Duration(i-10) * time.Hour)
		if err := os.Chtimes(path, used, used); err != nil {
			t.Fatal(err)
		}
		info, _ := os.Stat(path)
		sizes = append(sizes, info.Size())
	}
	compileOne(t, c, program("a")) // now used last
	if err := c.cache.Evict(sizes[0] + sizes[2]); err != nil {
		t.Fatal(err)
	}
	entries, err := c.cache.List()
	if err != nil || len(entries) != 2 || entries[0].Program != "a" || entries[1].Program != "c" {
		t.Errorf("%+v, %v", entries, err)
	}
}

// TestClean removes what the cache wrote, and nothing of anyone else.
func TestClean(t *testing.T) {
	c := fake(t, Options{})
	compileOne(t, c, program("a"))
	compileOne(t, c, program("b"))
	key := keyOf(program("a"), "fake")
	strangers := []string{"notes.txt", filepath.Join(key[:2], "notes.co"), filepath.Join("src", key+".co")}
	os.Mkdir(filepath.Join(c.cache.Dir(), "src"), 0o700)
	for _, name := range strangers {
		if err := os.WriteFile(filepath.Join(c.cache.Dir(), name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n, bytes, err := c.cache.Clean()
	if n != 2 || bytes < 100 || err != nil {
		t.Errorf("%d removed, %d bytes, %v", n, bytes, err)
	}
	for _, name := range strangers {
		if _, err := os.Stat(filepath.Join(c.cache.Dir(), name)); err != nil {
			t.Error(err)
		}
	}
	if entries, err := c.cache.List(); len(entries) != 0 || err != nil {
		t.Errorf("%v, %v", entries, err)
	}
}

// TestOneCompiles lets several compilers, as processes would, want the same
// object at once: one makes it.
func TestOneCompiles(t *testing.T) {
	o := Options{InProcess: true, CacheDir: t.TempDir()}
	var compilers []*Compiler
	for range 8 {
		compilers = append(compilers, fake(t, o))
	}
	before := fakeCompiles.Load()
	var wg sync.WaitGroup
	for _, c := range compilers {
		wg.Go(func() {
			if _, err := c.Compile(t.Context(), []kernels.Program{program("one")}, nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := fakeCompiles.Load() - before; n != 1 {
		t.Errorf("compiled %d times", n)
	}
}
