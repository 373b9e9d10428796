// Package examples holds no code: its tests run the programs in the folders
// below, keep README.md true to them, and follow docs/MXFP_GUIDE.md.
package examples

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rocmforge/rocmforge/internal/hipstand"

	// What the programs are made of: changes there make cached results stale.
	_ "github.com/rocmforge/rocmforge"
	_ "github.com/rocmforge/rocmforge/convert"
	_ "github.com/rocmforge/rocmforge/gopher"
)

// goTool runs the go tool in the repository's root, which takes its own time
// to build.
func goTool(t *testing.T, args ...string) string {
	t.Helper()
	c := exec.Command("go", args...)
	c.Dir = ".."
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return string(out)
}

// TestExamplesRun runs each example as README.md says.
func TestExamplesRun(t *testing.T) {
	for _, c := range []struct {
		args string
		want string // expression for the output
	}{
		{"hello", `^(?s).+$`},
		{"stream -n 8 func main", `^(?s)func main.+$`},
		{"perplexity", `^perplexity \d+\.\d\d over \d+ of \d+ tokens\n$`},
		{"perplexity go.mod", `^perplexity \d+\.\d\d over \d+ of \d+ tokens\n$`},
		{"gpu -device cpu", `^(?s)on cpu \(.+\)\nfunc \(s \*Stack\) Push\(.+$`},
		{"inspect", `^GGUF version 3, \d+ keys, 74 tensors, (?s).*blk\.7\.ffn_down\.weight +MXFP4 +\[768 256\]\n`},
	} {
		t.Run(c.args, func(t *testing.T) {
			args := strings.Fields(c.args)
			out := goTool(t, append([]string{"run", "./examples/" + args[0]}, args[1:]...)...)
			if !regexp.MustCompile(c.want).MatchString(out) {
				t.Errorf("printed %q; want a match of %s", out, c.want)
			}
		})
	}
}

// TestExampleKernel: without ROCm, or without a GPU, it says so; on a GPU that
// computes nothing it gets through to the result.
func TestExampleKernel(t *testing.T) {
	bin := t.TempDir()
	goTool(t, "build", "-o", bin, "./examples/kernel")
	c := exec.Command(filepath.Join(bin, "kernel"))
	out, err := c.CombinedOutput()
	want := regexp.MustCompile(`: 999 \+ 1998 = 2997\n$`)
	if err != nil {
		want = regexp.MustCompile(`libamdhip64 could not be opened|no ROCm-capable device`)
	}
	if !want.Match(out) && os.Getenv("HIPSTAND_NULL") == "" {
		t.Errorf("%v: %s", err, out)
	}
	root := t.TempDir()
	if err := os.Symlink(hipstand.Dir(t), filepath.Join(root, "lib")); err != nil {
		t.Fatal(err)
	}
	c = exec.Command(filepath.Join(bin, "kernel"))
	c.Env = append(os.Environ(), "ROCM_PATH="+root, "HIPSTAND_NULL=1")
	if out, err := c.CombinedOutput(); err != nil || string(out) != "hipstand null device (gfx1100): 999 + 1998 = 0\n" {
		t.Errorf("%v: %s", err, out)
	}
}

// fence finds the fenced blocks of README.md: the language, and the text.
var fence = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func readmeBlocks(t *testing.T, language string) (blocks []string) {
	t.Helper()
	for _, m := range fence.FindAllStringSubmatch(readme(t), -1) {
		if m[1] == language {
			blocks = append(blocks, m[2])
		}
	}
	return blocks
}

// TestREADMEShowsEveryExample compares README.md's Go code with the files. It
// has a link to each of them.
func TestREADMEShowsEveryExample(t *testing.T) {
	files, err := filepath.Glob("*/main.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	shown := map[string]string{} // by the first line, which names the example
	for _, b := range readmeBlocks(t, "go") {
		first, _, _ := strings.Cut(b, "\n")
		shown[first] = b
	}
	for _, f := range files {
		source, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(source), "\n")
		if link := "(examples/" + filepath.ToSlash(f) + ")"; !strings.Contains(readme(t), link) {
			t.Errorf("README.md has no link to %s", link)
		}
		if shown[first] == "" {
			continue
		}
		if diff := cmp.Diff(string(source), shown[first]); diff != "" {
			t.Errorf("README.md (+) does not show examples/%s (-):\n%s", filepath.ToSlash(f), diff)
		}
		delete(shown, first)
	}
	for first := range shown {
		t.Errorf("README.md has Go code that is no example: %s", first)
	}
}

// TestREADMECommands runs the commands in README.md's console blocks and
// compares what they print. What differs from machine to machine is shown
// there as plain text instead.
func TestREADMECommands(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a POSIX shell")
	}
	if files, _ := filepath.Glob("../cmd/rocmforge/*.go"); !canStat(files) {
		t.Fatal("cmd/rocmforge is not there")
	}
	bin := t.TempDir()
	goTool(t, "build", "-o", bin, "./cmd/rocmforge")
	blocks := readmeBlocks(t, "console")
	if len(blocks) == 0 {
		t.Fatal("README.md has no console blocks")
	}
	for _, b := range blocks {
		for command := range strings.SplitSeq("\n"+b, "\n$ ") {
			line, want, _ := strings.Cut(command, "\n")
			if line == "" {
				continue
			}
			t.Run(line, func(t *testing.T) { runLine(t, bin, line, want) })
		}
	}
}

// canStat looks at files, by which the go tool learns that cached results of a
// test depend on them.
func canStat(files []string) bool {
	for _, f := range files {
		if _, err := os.Stat(f); err != nil {
			return false
		}
	}
	return len(files) > 0
}

func runLine(t *testing.T, bin, line, want string) {
	c := exec.Command("sh", "-c", line)
	c.Dir = ".."
	c.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got := strings.TrimRight(string(out), "\n")
	if diff := cmp.Diff(strings.TrimRight(want, "\n"), got); diff != "" {
		t.Errorf("README.md (-) is not what the command prints (+):\n%s", diff)
	}
}
