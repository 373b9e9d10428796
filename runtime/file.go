package runtime

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/models/weights"
	"github.com/rocmforge/rocmforge/stores"
	"github.com/rocmforge/rocmforge/tokenizer"
)

// file is a model's file or folder, opened and understood as far as headers
// go.
type file struct {
	path   string
	source weights.Source
	config *models.Config
	tok    *tokenizer.Tokenizer // nil if there is none
	eos    []int32
	meta   *gguf.Metadata // of a GGUF file
}

// openFile opens a GGUF file or a Hugging Face folder. What is wrong with it is
// a *ModelError.
func openFile(path string) (f *file, err error) {
	defer contain(&err)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &ModelError{path, missingError{err}}
	}
	if err != nil {
		return nil, &ModelError{path, err}
	}
	f = &file{path: path}
	if info.IsDir() {
		if err = f.openFolder(path); err != nil {
			err = cmp.Or(stores.Lacks(path), err) // what is not there goes before what its absence leads to
		}
	} else {
		err = f.openGGUF(path)
	}
	return f.opened(err)
}

// missingError says that there is nothing at a path; the path is the
// ModelError's.
type missingError struct{ err error }

func (missingError) Error() string   { return "no such file or folder" }
func (e missingError) Unwrap() error { return e.err }

// readFile opens a GGUF file through a reader.
func readFile(r io.ReaderAt, size int64) (f *file, err error) {
	defer contain(&err)
	f = &file{}
	g, err := gguf.Read(r, size)
	if err == nil {
		err = f.useGGUF(g, false)
	}
	return f.opened(err)
}

func (f *file) opened(err error) (*file, error) {
	if err != nil {
		if f.source != nil {
			f.source.Close()
		}
		return nil, &ModelError{f.path, err}
	}
	return f, nil
}

func (f *file) openGGUF(path string) error {
	g, err := gguf.Open(path)
	if err != nil {
		return err
	}
	return f.useGGUF(g, true)
}

func (f *file) useGGUF(g *gguf.File, mapped bool) (err error) {
	f.meta = g.Metadata
	if f.source, err = weights.FromGGUF(g, mapped); err != nil {
		return errors.Join(err, g.Close())
	}
	if f.config, err = models.ReadGGUFConfig(g); err != nil {
		return err
	}
	if f.tok, err = tokenizer.FromGGUF(g.Metadata); err != nil {
		return err
	}
	return f.checkTokenizer()
}

func (f *file) openFolder(dir string) (err error) {
	if f.config, err = models.ReadHFConfig(dir); err != nil {
		return err
	}
	f.config.Name = filepath.Base(filepath.Clean(dir))
	if f.eos, err = models.HFEndOfText(dir); err != nil {
		return err
	}
	if f.source, err = weights.OpenFolder(dir); err != nil {
		return err
	}
	if err := f.readTokenizer(dir); err != nil {
		return err
	}
	return f.checkTokenizer()
}

// readTokenizer reads a folder's tokenizer. A folder that has none, or nothing
// about its special tokens, runs ids, but no text.
func (f *file) readTokenizer(dir string) (err error) {
	config := filepath.Join(dir, "tokenizer_config.json")
	if _, err := os.Lstat(config); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := checkChatTemplate(config); err != nil {
		return err
	}
	f.tok, err = tokenizer.FromDir(dir)
	return err
}

// warn tells what the tokenizer has to say.
func (f *file) warn(tell func(string)) {
	if tell == nil {
		return
	}
	if key := f.config.Architecture + ".context_length"; f.meta != nil && !f.meta.Has(key) {
		tell(fmt.Sprintf("the file has no key %s: the model is taken to serve %d tokens", key, f.config.Context))
	}
	if f.tok == nil {
		return
	}
	for _, w := range f.tok.Warnings() {
		tell(w)
	}
	key := f.config.Architecture + ".vocab_size"
	if n, err := f.meta.Uint(key, math.MaxUint64); err == nil && n != uint64(f.config.Vocab) {
		tell(fmt.Sprintf("key %s is %d, and the file's list of tokens has %d; the key is ignored", key, n, f.config.Vocab))
	}
	if n := f.tok.Size(); n > f.config.Vocab {
		tell(fmt.Sprintf("the tokenizer has %d tokens, the model's vocabulary %d: prompts with the others are refused", n, f.config.Vocab))
	}
}

// checkTokenizer compares the tokenizer and the ids it names with the
// vocabulary. A vocabulary may have rows that no token uses, and a folder's
// tokenizer tokens that have no row, as fine-tunes do that add one for padding.
func (f *file) checkTokenizer() error {
	vocab := f.config.Vocab
	if f.tok != nil && f.tok.Size() > vocab && f.meta != nil {
		return fmt.Errorf("the tokenizer has %d tokens, the model's vocabulary %d", f.tok.Size(), vocab)
	}
	for _, id := range f.eos {
		if id < 0 || int(id) >= vocab {
			return fmt.Errorf("end-of-text id %d is outside the vocabulary of %d", id, vocab)
		}
	}
	return nil
}
