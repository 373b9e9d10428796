package stores

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/rocmforge/rocmforge/internal/fileerr"
	"github.com/rocmforge/rocmforge/internal/strictjson"
)

// Limits on Ollama's files.
const (
	maxManifest = 4 << 20
	maxText     = 1 << 20 // system prompt, template, parameters
	maxLayers   = 4096
)

// A manifest is what Ollama writes of a model, as far as it matters here.
type manifest struct {
	Layers []layer `json:"layers"`
}

// A layer is a blob with its meaning.
type layer struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int64  `json:"size"`
}

const mediaPrefix = "application/vnd.ollama.image."

func parseManifest(data []byte) (*manifest, error) {
	var m manifest
	if err := strictjson.Unmarshal(data, &m); err != nil {
		return nil, err
	}
	if len(m.Layers) == 0 || len(m.Layers) > maxLayers {
		return nil, fmt.Errorf("a manifest of %d layers; from 1 to %d are allowed", len(m.Layers), maxLayers)
	}
	return &m, nil
}

// kind is "model", "system" and so on.
func (l *layer) kind() string {
	kind, _, _ := strings.Cut(l.MediaType, ";")
	return strings.TrimPrefix(kind, mediaPrefix)
}

var sha256 = regexp.MustCompile(`^sha256[:-]([0-9a-f]{64})$`)

// sum is the digest, of which a file's name can be made.
func (l *layer) sum() (string, error) {
	if d := sha256.FindStringSubmatch(l.Digest); d != nil && l.Size >= 0 {
		return d[1], nil
	}
	return "", fmt.Errorf("digest %s of %d bytes; sha256: with 64 hexadecimal digits is allowed", fileerr.Quote(l.Digest), l.Size)
}

// layer is the first of a kind, or nil.
func (m *manifest) layer(kind string) *layer {
	for i := range m.Layers {
		if m.Layers[i].kind() == kind {
			return &m.Layers[i]
		}
	}
	return nil
}

// weights is the layer with the GGUF file, if the model is that and no more. A
// projector is of no use here, and does no harm.
func (m *manifest) weights() (*layer, error) {
	models := 0
	for i := range m.Layers {
		if m.Layers[i].kind() == "model" {
			models++
		}
	}
	switch {
	case m.layer("adapter") != nil:
		return nil, errors.New("an adapter (LoRA) lies over the model, which is not supported: use the model without it")
	case models == 0 && m.layer("tensor") != nil:
		return nil, errors.New("the model lies in single tensors, which are not supported: use one with a GGUF file")
	case models != 1:
		return nil, fmt.Errorf("%d layers with a model; one is allowed", models)
	}
	return m.layer("model"), nil
}
