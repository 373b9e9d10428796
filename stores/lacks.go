package stores

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/internal/fileerr"
	"github.com/rocmforge/rocmforge/internal/safefile"
	"github.com/rocmforge/rocmforge/internal/strictjson"
)

// A LackError says what a Hugging Face folder does not have, and what to do.
type LackError struct {
	What string // "no config.json"
	Do   string // "fetch it from ..."
}

func (e *LackError) Error() string { return e.What + "; " + e.Do }

const (
	indexName = "model.safetensors.index.json"
	maxIndex  = 16 << 20
)

// Lacks says what a Hugging Face folder lacks that a model needs to load, or
// nil: all the files are there. It does not look into them. The error is a
// *LackError; one that is nothing but an adapter says which model it is for.
func Lacks(dir string) error {
	if info, err := os.Lstat(filepath.Join(dir, "config.json")); err == nil && info.Mode()&(fs.ModeType&^fs.ModeSymlink) != 0 {
		return nil // what is wrong with it, its reader says
	}
	has := func(name string) bool { _, err := os.Stat(filepath.Join(dir, name)); return err == nil }
	names := fileNames(dir)
	any := func(suffixes ...string) (found []string) {
		for _, n := range names {
			if slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(n, s) }) {
				found = append(found, n)
			}
		}
		return found
	}
	safetensors, python, ggufs := any(".safetensors"), any(".bin", ".pth", ".pt"), any(".gguf")
	switch {
	case has("adapter_config.json") && !has("model.safetensors") && !has(indexName):
		return adapterLack(dir)
	case len(safetensors) == 0 && !has(indexName) && len(ggufs) > 0:
		return &LackError{fmt.Sprintf("the folder holds %d GGUF files and no safetensors", len(ggufs)), "name one of the files, such as " + fileerr.Quote(filepath.Join(dir, ggufs[0]))}
	case !has("config.json"):
		return &LackError{"no config.json in the folder", "fetch it from where the model is from; it has the model's shapes"}
	case len(safetensors) == 0 && !has(indexName) && len(python) > 0:
		return &LackError{"only PyTorch files (" + fileerr.Quote(python[0]) + "), which are programs and are not read", "fetch the model's safetensors, or load it with transformers and save_pretrained"}
	case len(safetensors) == 0 && !has(indexName):
		return &LackError{"no weights in the folder", "fetch " + fileerr.Quote("model.safetensors") + " or the shards and their index"}
	case has("model.safetensors"):
		return pointers(dir, []string{"model.safetensors"})
	case !has(indexName):
		return &LackError{fmt.Sprintf("%s lies there without %s", fileerr.Quote(safetensors[0]), indexName), "fetch the index, or name a single file model.safetensors"}
	}
	return shardLack(dir)
}

// fileNames lists a folder's first names.
func fileNames(dir string) []string {
	f, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer f.Close()
	names, _ := f.Readdirnames(maxEntries)
	slices.Sort(names)
	return names
}

func adapterLack(dir string) error {
	var c struct {
		Base string `json:"base_model_name_or_path"`
	}
	e := &LackError{"only an adapter (LoRA), of use with its model alone", "merge it into the model with peft's merge_and_unload, and save that"}
	if strictjson.ReadFile(filepath.Join(dir, "adapter_config.json"), 1<<20, &c) == nil && c.Base != "" {
		e.What += ", which is " + fileerr.Quote(c.Base)
	}
	return e
}

// shardLack compares the index with the files. What is wrong with the index
// itself is said by whoever reads it.
func shardLack(dir string) error {
	var index struct {
		Map map[string]string `json:"weight_map"`
	}
	if strictjson.ReadFile(filepath.Join(dir, indexName), maxIndex, &index) != nil {
		return nil
	}
	var shards, missing []string
	for _, s := range index.Map {
		if filepath.IsLocal(s) {
			shards = append(shards, s)
		}
	}
	slices.Sort(shards)
	shards = slices.Compact(shards)
	for _, s := range shards {
		if _, err := os.Stat(filepath.Join(dir, s)); errors.Is(err, fs.ErrNotExist) {
			missing = append(missing, s)
		}
	}
	if len(missing) == 0 {
		return pointers(dir, shards)
	}
	what := fmt.Sprintf("%d of %d shards are missing: %s", len(missing), len(shards), quoted(missing[:min(3, len(missing))], ", "))
	if len(missing) > 3 {
		what += ", ..."
	}
	return &LackError{what, "fetch them: the download is incomplete"}
}

// lfsPointer is how a file of Git LFS begins where its content was not fetched
// (github.com/git-lfs/git-lfs, docs/spec.md).
const lfsPointer = "version https://git-lfs.github.com/spec/"

// pointers looks for files that stand for others.
func pointers(dir string, files []string) error {
	for _, name := range files {
		f, _, err := safefile.Open(filepath.Join(dir, name))
		if err != nil {
			continue // its reader says why, whatever its name is
		}
		var b [len(lfsPointer)]byte
		n, _ := io.ReadFull(f, b[:])
		f.Close()
		if bytes.Equal(b[:n], []byte(lfsPointer)) {
			return &LackError{fileerr.Quote(name) + " is a pointer of Git LFS and has no weights", "run `git lfs pull` in the folder"}
		}
	}
	return nil
}
