package hipstand

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// build compiles the stand-in into the user's cache folder, under a name made
// of its source, so that each version is built once per machine.
func build(source string) (string, error) {
	key, err := hash(source)
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "rocmforge-test", "hipstand-"+key)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(filepath.Dir(dir), "build-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	if err := compile(source, work); err != nil {
		return "", err
	}
	// Another process may have been faster; its libraries are as good.
	if err := os.Rename(filepath.Join(work, "build"), dir); err != nil {
		if _, other := os.Stat(dir); other != nil {
			return "", err
		}
	}
	return dir, nil
}

// compile runs make on a copy, since the source may be read-only or shared.
func compile(source, work string) error {
	for _, tool := range []string{"make", "gcc"} {
		if _, err := exec.LookPath(tool); err != nil {
			return err
		}
	}
	if err := os.CopyFS(filepath.Join(work, "src"), os.DirFS(filepath.Join(source, "src"))); err != nil {
		return err
	}
	makefile, err := os.ReadFile(filepath.Join(source, "Makefile"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(work, "Makefile"), makefile, 0o600); err != nil {
		return err
	}
	if out, err := exec.Command("make", "-C", work).CombinedOutput(); err != nil {
		return fmt.Errorf("make: %w\n%s", err, out)
	}
	return nil
}

// hash is a name for the content of the Makefile and of src.
func hash(source string) (string, error) {
	files, err := filepath.Glob(filepath.Join(source, "src", "*"))
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, file := range append(files, filepath.Join(source, "Makefile")) {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n", filepath.Base(file), len(text))
		sum.Write(text)
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:8]), nil
}
