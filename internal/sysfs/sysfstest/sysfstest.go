// Package sysfstest has trees of machines with AMD GPUs, for tests.
package sysfstest

import (
	"embed"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

//go:embed testdata/*.txt
var trees embed.FS

// Names lists the trees.
var Names = []string{"rx7900xtx", "mi300x", "phoenix", "none"}

// Tree writes a tree into a folder of its own and returns that. A tree is one
// text: "-- path --" begins a file, and what follows are its lines. The lines
// of a path that ends in .hex are bytes.
func Tree(t testing.TB, name string) (root string) {
	t.Helper()
	text, err := trees.ReadFile("testdata/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	root = t.TempDir()
	for _, part := range strings.Split("\n"+string(text), "\n-- ")[1:] {
		path, content, _ := strings.Cut(part, "\n")
		path, ok := strings.CutSuffix(path, " --")
		if !ok {
			t.Fatalf("%s: no end of the path in %q", name, path)
		}
		if content != "" {
			content = strings.TrimSuffix(content, "\n") + "\n"
		}
		Write(t, root, path, content)
	}
	return root
}

// Write places one file in a tree, or replaces it.
func Write(t testing.TB, root, path, content string) {
	t.Helper()
	if base, ok := strings.CutSuffix(path, ".hex"); ok {
		b, err := hex.DecodeString(strings.Join(strings.Fields(content), ""))
		if err != nil {
			t.Fatal(err)
		}
		path, content = base, string(b)
	}
	file := filepath.Join(root, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
