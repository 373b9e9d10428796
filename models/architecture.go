package models

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/ops"
)

// An Architecture is a row of the table of families: what files call it, and how
// its hyper-parameters and its blocks differ from the others'.
type Architecture struct {
	GGUF      string      // general.architecture; "" where such files have another row's
	ModelType string      // model_type in config.json
	Class     string      // in config.json's architectures
	Models    string      // some that are of it, as README has them
	WrittenAs string      // the GGUF name of the row that says the same, where GGUF is ""
	Pairing   ops.Pairing // of a head's elements in GGUF files; Hugging Face's are always Halves
	// Folder is what a config.json has beside the keys that all have.
	Folder map[string]any

	gguf  func(*ggufConfig, *Config) // reads the keys of its own
	hf    func(*hfConfig, *Config)
	block func(d *Decoder, layer int) Block
}

// architectures are the rows, by model_type.
var architectures []*Architecture

// register adds a row; an architecture's file does so.
func register(a *Architecture) *Architecture {
	architectures = append(architectures, a)
	slices.SortFunc(architectures, func(a, b *Architecture) int { return cmp.Compare(a.ModelType, b.ModelType) })
	return a
}

// Architectures lists the rows, by model_type.
func Architectures() []*Architecture { return slices.Clone(architectures) }

// GGUFName is the general.architecture that a file gets.
func (a *Architecture) GGUFName() string { return cmp.Or(a.GGUF, a.WrittenAs) }

// ArchitectureError says that a model is of a kind that is not implemented.
type ArchitectureError struct {
	Found     string
	Supported []string
}

func (e *ArchitectureError) Error() string {
	return fmt.Sprintf("architecture %.64q is not supported; supported: %s", e.Found, strings.Join(e.Supported, ", "))
}

// find looks a row up by one of its names.
func find(found string, name func(*Architecture) string) (*Architecture, error) {
	var supported []string
	for _, a := range architectures {
		switch n := name(a); n {
		case "":
		case found:
			return a, nil
		default:
			supported = append(supported, n)
		}
	}
	return nil, &ArchitectureError{found, supported}
}

func ggufName(a *Architecture) string  { return a.GGUF }
func modelType(a *Architecture) string { return a.ModelType }

// Family is the row of a configuration, by whichever name it has.
func (c *Config) Family() (*Architecture, error) {
	if a, err := find(c.Architecture, modelType); err == nil {
		return a, nil
	}
	return find(c.Architecture, ggufName)
}
