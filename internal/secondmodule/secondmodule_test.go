// Package secondmodule holds no code: its test uses this module as others do,
// from a module of their own.
package secondmodule

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/rocmforge/rocmforge"        // whose changes make cached results of this test stale,
	_ "github.com/rocmforge/rocmforge/gopher" // and this one's
)

const module = "github.com/rocmforge/rocmforge"

// TestAnotherModule gets this module into a new one, with a replace directive
// in the place of a download, and runs the ten-line program there.
func TestAnotherModule(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(filepath.Join(root, "examples", "hello", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, dir, "main.go", program)
	write(t, dir, "go.sum", sums)
	write(t, dir, "go.mod", fmt.Appendf(nil, "module example.org/hello\n\ngo 1.26.0\n\nreplace %s => %q\n", module, root))

	goTool(t, dir, "get", module+"@v0.0.0")
	if out := goTool(t, dir, "run", "."); out == "" { // how long the text is, chance decides
		t.Errorf("the program printed %q", out)
	}
	for name := range strings.FieldsSeq(goTool(t, dir, "list", "-deps", ".")) {
		for _, heavy := range []string{"spf13", "liner", "progressbar", "testing", "device/emu"} {
			if strings.Contains(name, heavy) {
				t.Errorf("a program that uses the library links %s", name)
			}
		}
	}
}

// TestStatic: without GPUs the library imports nothing that calls C where there
// is a C compiler, so that a program built with cgo is static, too.
func TestStatic(t *testing.T) {
	c := exec.Command("go", "list", "-deps", "-tags", "nohip", module)
	c.Env = append(os.Environ(), "CGO_ENABLED=1")
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.FieldsSeq(string(out)) {
		switch name {
		case "net", "os/user", "runtime/cgo", "github.com/ebitengine/purego":
			t.Errorf("with -tags nohip the library links %s", name)
		}
	}
}

func write(t *testing.T, dir, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// goTool runs the go tool in a folder. What this module needs is in the module
// cache, since this test was built from it.
func goTool(t *testing.T, dir string, args ...string) string {
	t.Helper()
	c := exec.Command("go", args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	var stderr strings.Builder
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return string(out)
}
