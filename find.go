package rocmforge

import "github.com/rocmforge/rocmforge/stores"

// FoundModel is a model that lies on this machine: its Name, the Store that has
// it, its Kind, and the Path that Open takes. Problem says why it cannot be
// opened, as far as the store tells. Ollama's store adds System, the system
// prompt, Template, and Params, sampling parameters for Options.Params.
type FoundModel = stores.Model

// Find finds a model that this machine already has by its name, such as
// "ORG/NAME" or Ollama's "NAME:TAG", or a file or folder by its path. Package
// stores has the rules and the errors, and lists all models.
func Find(name string) (*FoundModel, error) { return stores.Find(name) }
