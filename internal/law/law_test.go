// Package law holds no code: its test reads docs/ARCHITECTURE.md and keeps the
// folders and their imports true to it.
package law

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	module = "github.com/rocmforge/rocmforge"
	root   = "../.."
)

// block returns the lines of the fenced block of docs/ARCHITECTURE.md that
// begins with ```name.
func block(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "```"+name+"\n")
	body, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatalf("docs/ARCHITECTURE.md has no block %q", name)
	}
	return strings.Split(strings.TrimSpace(body), "\n")
}

// TestMap compares the map with the folders.
func TestMap(t *testing.T) {
	var listed []string
	for _, line := range block(t, "map") {
		if name, _, ok := strings.Cut(line, " "); ok {
			listed = append(listed, strings.TrimSuffix(name, "/"))
		}
	}
	slices.Sort(listed)
	if diff := cmp.Diff(folders(t), listed); diff != "" {
		t.Errorf("the map in docs/ARCHITECTURE.md (+) is not the tree (-):\n%s", diff)
	}
}

// folders lists the folders that hold Go code or are named on their own.
func folders(t *testing.T) []string {
	found := map[string]bool{}
	eachGoFile(t, func(file string) {
		if dir := path.Dir(file); dir != "." {
			found[dir] = true
		}
	})
	return slices.Sorted(maps.Keys(found))
}

func eachGoFile(t *testing.T, f func(file string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, p)
		rel = filepath.ToSlash(rel)
		switch {
		case d.IsDir() && rel != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return fs.SkipDir
		case !d.IsDir() && strings.HasSuffix(rel, ".go"):
			f(rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// law maps a room to the rooms that it may import, directly or through them.
type law map[string]map[string]bool

// readLaw parses lines such as "a, b < c < d, e": whatever stands right of a
// sign may import what stands left of it.
func readLaw(lines []string) law {
	l := law{}
	for _, line := range lines {
		groups := strings.Split(line, "<")
		for i := range len(groups) - 1 {
			for _, b := range rooms(groups[i+1]) {
				for _, a := range rooms(groups[i]) {
					if l[b] == nil {
						l[b] = map[string]bool{}
					}
					l[b][a] = true
				}
			}
		}
	}
	for range len(l) {
		l.close()
	}
	return l
}

func rooms(group string) []string {
	var out []string
	for r := range strings.SplitSeq(group, ",") {
		out = append(out, strings.TrimSpace(r))
	}
	return out
}

// close adds what the imported may import.
func (l law) close() {
	for _, may := range l {
		for a := range maps.Clone(may) {
			maps.Copy(may, l[a])
		}
	}
}

// TestImports compares the imports of every file that is no test with the law.
func TestImports(t *testing.T) {
	l := readLaw(block(t, "law"))
	eachGoFile(t, func(file string) {
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "internal/") || strings.HasPrefix(file, "examples/") {
			return
		}
		room := path.Dir(file)
		if room == "." {
			room = "rocmforge"
		}
		for _, to := range imports(t, file) {
			if !l[room][to] {
				t.Errorf("%s: %s may not import %s (docs/ARCHITECTURE.md)", file, room, to)
			}
		}
	})
}

// imports lists the rooms that a file imports, itself or through internal
// packages.
func imports(t *testing.T, file string) (to []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, imp := range parsed.Imports {
		name, _ := strconv.Unquote(imp.Path.Value)
		if name == module {
			name = module + "/rocmforge"
		}
		dir, ours := strings.CutPrefix(name, module+"/")
		switch {
		case !ours:
		case strings.HasPrefix(dir, "internal/"):
			to = append(to, importsOf(t, dir)...)
		default:
			to = append(to, dir)
		}
	}
	return to
}

// importsOf is imports for all files of a folder that are no tests.
func importsOf(t *testing.T, dir string) (to []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f, "_test.go") {
			to = append(to, imports(t, path.Join(dir, filepath.Base(f)))...)
		}
	}
	return to
}

// TestLawForbids shows that the law is no empty promise.
func TestLawForbids(t *testing.T) {
	l := readLaw(block(t, "law"))
	for _, c := range []struct{ room, to string }{
		{"ops", "device/cpu"}, {"models", "device/cpu"}, {"quant", "gguf"}, {"device", "ops"}, {"runtime", "rocmforge"},
	} {
		if l[c.room][c.to] {
			t.Errorf("%s may import %s", c.room, c.to)
		}
	}
}
