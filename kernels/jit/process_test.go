package jit

import (
	"context"
	"errors"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/rocmforge/rocmforge/internal/self"
	"github.com/rocmforge/rocmforge/kernels"
)

// TestDeadChild lets children die in several ways: only the program at work
// fails, and its error says all there is to know.
func TestDeadChild(t *testing.T) {
	for _, test := range []struct{ source, want string }{
		{"die", "LLVM ERROR: Cannot select: intrinsic"},
		{"die", "exit status 3"},
		{"hang", "took longer than 500ms"},
		{"memory", "out of memory|failed to allocate"}, // or what the race detector says
	} {
		t.Run(test.source, func(t *testing.T) {
			if test.source == "memory" && runtime.GOOS != "linux" {
				t.Skip("no limit on this system")
			}
			o := Options{Processes: 1, Timeout: 500 * time.Millisecond, Memory: 1 << 30}
			if test.source != "hang" {
				o.Timeout = time.Minute
			}
			objects, err := fake(t, o).Compile(t.Context(), []kernels.Program{program("a"), program(test.source), program("b")}, nil)
			var e *CompileError
			if !errors.As(err, &e) {
				t.Fatalf("error %v", err)
			}
			for _, want := range []string{test.want, test.source, "gfx1100", "-O3"} {
				if !regexp.MustCompile(want).MatchString(err.Error()) {
					t.Errorf("%q is not in %q", want, err)
				}
			}
			if len(e.Log) > 2*self.MaxEnd+100 {
				t.Errorf("%d bytes of log", len(e.Log))
			}
			if string(objects[0].Code) != "code of a" || string(objects[2].Code) != "code of b" {
				t.Errorf("the other programs: %q, %q", objects[0].Code, objects[2].Code)
			}
		})
	}
}

// TestAbortedChild: of a compiler that a signal ended there are its own words,
// and no trace of goroutines.
func TestAbortedChild(t *testing.T) {
	_, err := fake(t, Options{Processes: 1}).Compile(t.Context(), []kernels.Program{program("abort")}, nil)
	var e *CompileError
	if !errors.As(err, &e) {
		t.Fatalf("error %v", err)
	}
	if want := "free(): invalid pointer\nSIGABRT: abort"; e.Log != want {
		t.Errorf("log %q, want %q", e.Log, want)
	}
}

func TestTimeoutIsDeadline(t *testing.T) {
	_, err := fake(t, Options{Timeout: 100 * time.Millisecond}).Compile(t.Context(), []kernels.Program{program("hang")}, nil)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

// TestCancel ends a compilation under way within a second, and leaves no files.
func TestCancel(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	c := fake(t, Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := c.Compile(ctx, []kernels.Program{program("hang 1"), program("hang 2"), program("hang 3")}, nil)
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 3*time.Second {
		t.Errorf("error %v after %v", err, time.Since(start))
	}
	if left, _ := os.ReadDir(temp); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestWorkerServesSeveral wants one child for many programs, and not this
// process.
func TestWorkerServesSeveral(t *testing.T) {
	before := fakeCompiles.Load()
	objects, err := fake(t, Options{Processes: 1}).Compile(t.Context(),
		[]kernels.Program{program("pid 1"), program("print"), program("pid 2")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if fakeCompiles.Load() != before {
		t.Error("compiled in the parent")
	}
	if a, b := string(objects[0].Code), string(objects[2].Code); a != b || a == strconv.Itoa(os.Getpid()) {
		t.Errorf("processes %s and %s", a, b)
	}
}

func TestInProcess(t *testing.T) {
	c := fake(t, Options{InProcess: true})
	objects, err := c.Compile(t.Context(), []kernels.Program{program("pid")}, nil)
	if err != nil || string(objects[0].Code) != strconv.Itoa(os.Getpid()) {
		t.Errorf("%v, %v", objects, err)
	}
	unknown := program("pid 2")
	unknown.Arch = "gfx1250"
	if _, err := c.Compile(t.Context(), []kernels.Program{unknown}, nil); err == nil {
		t.Error("compiled in this process for an arch that may end it")
	}
}

func TestRefused(t *testing.T) {
	c := fake(t, Options{})
	for _, p := range []kernels.Program{
		{Name: "x", Arch: "native"},
		{Name: "x", Arch: "gfx1100", Options: []string{"-fcoverage-mapping"}},
		{Name: "x", Arch: "gfx1100", Options: []string{"-mllvm", "-bogus"}},
		{Name: "x", Arch: "gfx1100", Options: []string{"-mllvm"}},
		{Name: "x", Arch: "gfx1100", Options: []string{"-Wl,--version"}},
		{Name: "x", Arch: "gfx1100", Options: []string{"-DX=1\x00-S"}},
	} {
		if _, err := c.Compile(t.Context(), []kernels.Program{p}, nil); err == nil {
			t.Errorf("%s %q was compiled", p.Arch, p.Options)
		}
	}
}

func TestCompileErrorText(t *testing.T) {
	_, err := fake(t, Options{}).Compile(t.Context(), []kernels.Program{program("error")}, nil)
	const want = `kernels error for gfx1100: compilation failed: kernels/src/x.hip:3:7: error: unknown type name 'flaot' (options: -O3)
    x.hip:1:1: warning: hm
    kernels/src/x.hip:3:7: error: unknown type name 'flaot'`
	if err == nil || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
}

func TestProgress(t *testing.T) {
	var got []int
	_, err := fake(t, Options{}).Compile(t.Context(), []kernels.Program{program("a"), program("b"), program("c")},
		func(done, total int) { got = append(got, done*10+total) })
	if err != nil || len(got) != 3 || got[0] != 13 || got[2] != 33 {
		t.Errorf("%v, %v", got, err)
	}
}
