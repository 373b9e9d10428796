// Package stores finds the models that this machine already has: in Hugging
// Face's cache, Ollama's store, the folders of LM Studio and llama.cpp, and
// those that ROCMFORGE_MODELS names. It reads names, links and small JSON
// files. It opens no weights, knows no architecture and fetches nothing.
//
// What lies there was written by others. Everything is bounded, no link of
// Hugging Face's cache or Ollama's store leads out of it, and what is damaged is
// listed with the reason.
package stores

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The stores, as Model.Store and Place.Store name them.
const (
	HuggingFace = "huggingface"
	Ollama      = "ollama"
	LMStudio    = "lmstudio"
	LlamaCpp    = "llamacpp"
	Folder      = "folder"
)

// FoldersVariable names folders with models, separated as in PATH.
const FoldersVariable = "ROCMFORGE_MODELS"

// A Kind says what a file is.
type Kind string

// The kinds. Only a ModelKind can be opened.
const (
	ModelKind     Kind = "model"
	ProjectorKind Kind = "projector" // turns images or sound into embeddings: mmproj
	AdapterKind   Kind = "adapter"   // LoRA, of use with another model only
)

// A Model is a model that lies on this machine, or something beside one.
type Model struct {
	Name  string // the shortest by which Find finds it
	Store string
	Kind  Kind
	Path  string // of a GGUF file or a Hugging Face folder
	// Problem says why it cannot be opened, as far as the store tells; nil: it
	// tells nothing.
	Problem error

	// What Ollama's manifest adds: the system prompt, its template in Go's
	// text/template, and sampling parameters by Ollama's names, whose values
	// are float64, bool, string or []string. Empty in other stores.
	System, Template string
	Params           map[string]any

	names []string // by which it is found, the shortest first
}

// A Place is a folder in which models of a store may lie.
type Place struct {
	Store   string
	Path    string
	Exists  bool
	Problem error // why not all of it was read
}

// A Listing is what was found, sorted by name, and where.
type Listing struct {
	Models []Model
	Places []Place
}

// A store knows where its models may lie on a system and how.
type store struct {
	name   string
	places func(s *system) []string
	scan   func(s *scan)
}

var all = []store{huggingFace, ollama, lmStudio, llamaCpp, folders}

// List lists the models of this machine. A place that is not there or cannot
// be read is no error: it says so itself.
func List() *Listing { return thisSystem().list() }

// Find finds a model of this machine by its name, as Listing.Find does. The
// file or folder of that path, if there is one, goes before any name.
func Find(name string) (*Model, error) {
	switch _, err := os.Stat(name); {
	case err == nil:
		return &Model{Name: name, Store: Folder, Kind: ModelKind, Path: name}, nil
	case errors.Is(err, fs.ErrPermission):
		return nil, err
	case isPath(name):
		return nil, &NotFoundError{Name: name}
	}
	return List().Find(name)
}

// isPath says whether a name can only be that of a file or folder.
func isPath(name string) bool {
	return filepath.IsAbs(name) || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~")
}

func (s *system) list() *Listing {
	l := &Listing{}
	seen := map[string]bool{}
	for _, st := range all {
		for _, path := range st.places(s) {
			place := Place{Store: st.name, Path: path}
			models := place.read(st, seen)
			l.Places, l.Models = append(l.Places, place), append(l.Models, models...)
		}
	}
	l.setNames()
	return l
}
