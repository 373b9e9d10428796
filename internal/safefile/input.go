package safefile

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// partName is how llama.cpp calls the parts of a split file.
var partName = regexp.MustCompile(`^(.*)-\d{5}-of-(\d{5})\.gguf$`)

// CheckNotInput says why nothing may be written to out: it is an input, a part
// of an input that is split, or a file of an input folder, by whatever name,
// symbolic or hard link. An out that is not there is none.
func CheckNotInput(out string, inputs ...string) error {
	there, err := os.Stat(out)
	if err != nil {
		return nil
	}
	for _, in := range inputs {
		for _, file := range filesOf(in) {
			if info, err := os.Stat(file); err == nil && os.SameFile(info, there) {
				return fmt.Errorf("%s is the input %s; input and output must differ: choose another name", out, file)
			}
		}
	}
	return nil
}

// filesOf lists what a model is made of.
func filesOf(path string) []string {
	files := []string{path}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		filepath.WalkDir(resolved(path), func(file string, _ fs.DirEntry, err error) error {
			files = append(files, file)
			return nil // what cannot be read cannot be compared, and is not written to
		})
		return files
	}
	// The parts are where the name is, and where a link leads to.
	for _, p := range []string{path, resolved(path)} {
		dir, base := filepath.Split(p)
		part := partName.FindStringSubmatch(base)
		if part == nil {
			continue
		}
		entries, _ := os.ReadDir(filepath.Clean(dir + "."))
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), part[1]+"-") && strings.HasSuffix(e.Name(), "-of-"+part[2]+".gguf") {
				files = append(files, filepath.Join(dir, e.Name()))
			}
		}
	}
	return files
}

func resolved(path string) string {
	if r, err := filepath.EvalSymlinks(path); err == nil {
		return r
	}
	return path
}
