package safefile

import (
	"os"
	"path/filepath"
	"testing"
)

// TestMoveFolder: what is there is kept, unless it is an empty folder.
func TestMoveFolder(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, err := range []error{
		os.WriteFile(at("file"), []byte("kept"), 0o600), os.MkdirAll(at("full/inner"), 0o700), os.Mkdir(at("empty"), 0o700),
		os.Mkdir(at("a"), 0o700), os.Mkdir(at("b"), 0o700),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	refused := []string{"file", "full"}
	if os.Symlink("empty", at("link")) == nil {
		refused = append(refused, "link")
	}
	for _, name := range refused {
		if err := MoveFolder(at("a"), at(name)); err == nil {
			t.Errorf("%s was replaced", name)
		}
		if _, err := os.Lstat(at(name)); err != nil {
			t.Error(err)
		}
	}
	for from, to := range map[string]string{"a": "empty", "b": "new"} {
		if err := MoveFolder(at(from), at(to)); err != nil {
			t.Error(err)
		}
	}
}
