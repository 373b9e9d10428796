package dl

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

// libc opens the C library, which every Linux has.
func libc(t *testing.T) *Library {
	t.Helper()
	if unsupported != "" {
		t.Skip(unsupported)
	}
	if runtime.GOOS != "linux" {
		t.Skip("needs libc.so.6")
	}
	l, err := Open(Search{Name: "libc", Files: []string{"libnothere.so.1", "libc.so.6"}})
	if err != nil {
		t.Skip(err)
	}
	return l
}

func TestOpen(t *testing.T) {
	l := libc(t)
	if !filepath.IsAbs(l.Path()) || !strings.Contains(l.Path(), "libc.so.6") {
		t.Errorf("loaded from %q, which is no path of libc.so.6", l.Path())
	}
	tried := l.Tried()
	if n := len(tried); n < 2 || tried[0].Err == nil || tried[n-1].Err != nil {
		t.Errorf("tried %v", tried)
	}
	again, err := Open(Search{Name: "libc", Path: l.Path()})
	if err != nil || again.handle != l.handle {
		t.Errorf("the same file: %v, %v", again, err)
	}
	inDir, err := Open(Search{Name: "libc", Path: filepath.Dir(l.Path()), Files: []string{"libc.so.6"}})
	if err != nil || inDir.handle != l.handle {
		t.Errorf("the same folder: %v, %v", inDir, err)
	}
}

func TestCall(t *testing.T) {
	l := libc(t)
	var bound struct {
		Exit    uintptr
		Nothing uintptr `dl:"optional"`
	}
	if err := l.Bind("_", &bound); err != nil || bound.Exit == 0 || bound.Nothing != 0 {
		t.Fatalf("%+v, %v", bound, err)
	}
	strlen, err := l.Lookup("strlen")
	if err != nil {
		t.Fatal(err)
	}
	if n := Call(strlen, uintptr(unsafe.Pointer(CString("four\x00five")))); n != 4 {
		t.Errorf("strlen gave %d", n)
	}
	getenv, err := l.Lookup("getenv")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("ROCMFORGE_TEST_DL", "grüß")
	if s := GoString(Call(getenv, uintptr(unsafe.Pointer(CString("ROCMFORGE_TEST_DL"))))); s != "grüß" {
		t.Errorf("getenv gave %q", s)
	}
}

// TestPointersEscape grows the stack between taking a pointer and the call.
func TestPointersEscape(t *testing.T) {
	memcpy, err := libc(t).Lookup("memcpy")
	if err != nil {
		t.Fatal(err)
	}
	for depth := range 50 {
		done := make(chan uint64)
		go func() {
			var out uint64
			in := uint64(depth) + 1
			Call(memcpy, uintptr(unsafe.Pointer(&out)), uintptr(unsafe.Pointer(&in)), uintptr(grow(depth*4))*0+8)
			done <- out
		}()
		if got := <-done; got != uint64(depth)+1 {
			t.Fatalf("copied %d, not %d", got, depth+1)
		}
	}
}

func grow(n int) int {
	var block [256]int
	if n > 0 {
		block[n%256] = grow(n - 1)
	}
	return block[n%256] + n
}

func TestCallAllocs(t *testing.T) {
	abs, err := libc(t).Lookup("abs")
	if err != nil {
		t.Fatal(err)
	}
	var sum uintptr
	if n := testing.AllocsPerRun(1000, func() { sum += CallValues(abs, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) }); n != 0 {
		t.Errorf("a call with values allocates %v times", n)
	}
	list := []uintptr{7: 1}
	if n := testing.AllocsPerRun(1000, func() { sum += CallList(abs, list) }); n != 0 {
		t.Errorf("a call with a list allocates %v times", n)
	}
	if sum == 0 {
		t.Error("abs was not called")
	}
}

func TestMissingSymbols(t *testing.T) {
	l := libc(t)
	var bound struct{ One, Two uintptr }
	err := l.Bind("no_such_", &bound)
	var missing *SymbolError
	if !errors.As(err, &missing) {
		t.Fatalf("%v", err)
	}
	if diff := cmp.Diff([]string{"no_such_One", "no_such_Two"}, missing.Missing); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{l.Path(), "no_such_Two", remedy} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not mention %q", err, want)
		}
	}
}

// TestNothingThere wants every place in the error, and what to do.
func TestNothingThere(t *testing.T) {
	root := t.TempDir()
	t.Setenv("ROCM_PATH", filepath.Join(root, "nowhere"))
	t.Setenv("HIP_PATH", root)
	lib := filepath.Join(root, "lib")
	bad := filepath.Join(lib, "libnothere.so")
	if runtime.GOOS == "windows" {
		lib, bad = filepath.Join(root, "bin"), filepath.Join(root, "bin", "libnothere.so")
	}
	if err := os.Mkdir(lib, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bad, []byte("no library"), 0o644); err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	_, err := Open(Search{Name: "libnothere", Dirs: []string{other}, Files: []string{"libnothere.so.7", "libnothere.so"}})
	var e *NotFoundError
	if !errors.As(err, &e) {
		t.Fatalf("%v", err)
	}
	if unsupported != "" {
		if !errors.Is(err, ErrUnsupported) {
			t.Errorf("%v is not ErrUnsupported", err)
		}
		return
	}
	for _, want := range []string{"libnothere could not be opened: " + bad + ": ", remedy} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not mention %q", err, want)
		}
	}
	if strings.Contains(err.Error(), other) || strings.Contains(err.Error(), "libnothere.so.7") {
		t.Errorf("%q lists places where there is none", err)
	}
	if err := os.Remove(bad); err != nil {
		t.Fatal(err)
	}
	_, gone := Open(Search{Name: "libnothere", Files: []string{"libnothere.so.7", "libnothere.so"}})
	if want := "not found under any of 2 names in "; gone == nil || !strings.Contains(gone.Error(), want) || strings.Contains(gone.Error(), "\n") {
		t.Errorf("%q is not one line with %q", gone, want)
	}
	if !errors.Is(err, errNoFolder) || !errors.Is(err, errNotHere) {
		t.Errorf("%v: the attempts' errors are not in it", err)
	}
	if _, err := Open(Search{Name: "libnothere", Path: bad + ".8"}); err == nil || len(err.(*NotFoundError).Tried) != 1 {
		t.Errorf("an explicit path: %v", err)
	}
}

func TestUntilZero(t *testing.T) {
	for in, want := range map[string]string{"": "", "a": "a", "a\x00b": "a", "\x00": ""} {
		if got := UntilZero([]byte(in)); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	if s := GoString(0); s != "" {
		t.Errorf("NULL gave %q", s)
	}
}

func TestNewestFirst(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a[1]") // a folder's brackets are no pattern
	for _, name := range []string{"rocm-6.9.1", "rocm-6.10.0", "rocm-7.0", "rocm-7.0.2", "rocm", "other"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for _, p := range matches(dir, "rocm-*") {
		names = append(names, filepath.Base(p))
	}
	if diff := cmp.Diff([]string{"rocm-7.0.2", "rocm-7.0", "rocm-6.10.0", "rocm-6.9.1"}, names); diff != "" {
		t.Error(diff)
	}
	s := Search{Files: []string{"x[0-9].so"}}
	if c := s.candidates(); len(c) == 0 || !errors.Is(c[len(c)-1].Err, errNoFolder) && !errors.Is(c[len(c)-1].Err, errNotHere) {
		t.Errorf("a pattern went to the loader: %v", c)
	}
}

func BenchmarkCall(b *testing.B) {
	l, err := Open(Search{Name: "libc", Files: []string{"libc.so.6"}})
	if err != nil {
		b.Skip(err)
	}
	abs, err := l.Lookup("abs")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		CallValues(abs, 1, 2, 3, 4, 5)
	}
}
