package stores

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rocmforge/rocmforge/internal/safefile"
	"github.com/rocmforge/rocmforge/internal/strictjson"
)

// ollama is Ollama's store: manifests/HOST/NAMESPACE/NAME/TAG is JSON that names
// blobs by their digests. A service has its own home: that of the installation
// script, of packages for Arch Linux and NixOS, and of the snap.
var ollama = store{
	name: Ollama,
	places: func(s *system) []string {
		if own := s.env("OLLAMA_MODELS"); own != "" {
			return []string{own}
		}
		list := []string{s.inHome(".ollama", "models")}
		if s.os == "linux" {
			list = append(list, "/usr/share/ollama/.ollama/models", "/var/lib/ollama/.ollama/models",
				"/var/lib/ollama/models", "/var/lib/ollama", "/var/snap/ollama/common/models")
		}
		return distinct(list...)
	},
	scan: func(s *scan) {
		if info, err := os.Stat(filepath.Join(s.root, "manifests")); err == nil && info.IsDir() {
			s.manifests(filepath.Join(s.root, "manifests"), nil)
		}
	},
}

// manifests goes down HOST, NAMESPACE, NAME and TAG.
func (s *scan) manifests(dir string, parts []string) {
	for _, e := range s.readDir(dir) {
		name := e.Name()
		if strings.HasPrefix(name, ".") {
			continue
		}
		path, at := filepath.Join(dir, name), append(parts[:len(parts):len(parts)], name)
		_, err := inside(path, s.root)
		switch info, statErr := os.Stat(path); {
		case len(at) == 4 && err != nil:
			s.add(Model{Path: path, Problem: err, names: ollamaNames(at)})
		case err != nil || statErr != nil:
		case info.IsDir() && len(at) < 4:
			s.manifests(path, at)
		case !info.IsDir() && len(at) == 4:
			s.add(s.ollamaModel(path, at))
		}
	}
}

// ollamaNames are the names as Ollama writes them: without the registry, the
// namespace and the tag where they are the default ones.
func ollamaNames(at []string) []string {
	name := at[2]
	if at[0] != "registry.ollama.ai" {
		name = strings.Join(at[:3], "/")
	} else if at[1] != "library" {
		name = at[1] + "/" + name
	}
	names := []string{name + ":" + at[3]}
	if at[3] == "latest" {
		names = append(names, name)
	}
	return names
}

func (s *scan) ollamaModel(path string, at []string) Model {
	m := Model{Path: path, names: ollamaNames(at)}
	data, err := safefile.ReadFile(path, maxManifest)
	var man *manifest
	if err == nil {
		man, err = parseManifest(data)
	}
	if err == nil {
		err = s.fill(&m, man)
	}
	if err != nil {
		m.Path, m.Problem = path, err
	}
	return m
}

// fill reads the blobs that a manifest names. What is only advice, and cannot
// be read, is a problem all the same: the model would not be what it is.
func (s *scan) fill(m *Model, man *manifest) (err error) {
	weights, err := man.weights()
	if err != nil {
		return err
	}
	if m.Path, err = s.blob(weights); err != nil {
		return err
	}
	if m.System, err = s.text(man, "system"); err != nil {
		return err
	}
	if m.Template, err = s.text(man, "template"); err != nil {
		return err
	}
	params, err := s.text(man, "params")
	if err != nil || params == "" {
		return err
	}
	if m.Params, err = parseParams([]byte(params)); err != nil {
		return fmt.Errorf("params: %w", err)
	}
	return nil
}

// text is the blob of a layer, or "" if there is none.
func (s *scan) text(man *manifest, kind string) (string, error) {
	l := man.layer(kind)
	if l == nil {
		return "", nil
	}
	path, err := s.blob(l)
	if err != nil {
		return "", err
	}
	b, err := safefile.ReadFile(path, maxText)
	return string(b), err
}

// blob is the file of a layer, complete.
func (s *scan) blob(l *layer) (string, error) {
	sum, err := l.sum()
	if err != nil {
		return "", err
	}
	path, err := inside(filepath.Join(s.root, "blobs", "sha256-"+sum), s.root)
	if err != nil {
		return "", fmt.Errorf("%s: %w", l.kind(), err)
	}
	info, err := os.Stat(path)
	if err == nil && info.Size() != l.Size {
		err = fmt.Errorf("%s: the file has %d bytes, and the manifest says %d: fetch it again with `ollama pull`", l.kind(), info.Size(), l.Size)
	}
	return path, err
}

// parseParams reads what a Modelfile's PARAMETER lines became.
func parseParams(data []byte) (map[string]any, error) {
	var raw map[string]any
	if err := strictjson.Unmarshal(data, &raw); err != nil {
		return nil, err
	}
	for key, v := range raw {
		switch v := v.(type) {
		case float64, bool, string:
		case []any:
			list := make([]string, len(v))
			for i, x := range v {
				text, ok := x.(string)
				if !ok {
					return nil, fmt.Errorf("parameter %.64q has an element that is no text", key)
				}
				list[i] = text
			}
			raw[key] = list
		default:
			return nil, errors.New("a parameter is neither a number, a text nor a list of texts")
		}
	}
	return raw, nil
}
