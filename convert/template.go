package convert

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/internal/safefile"
	"github.com/rocmforge/rocmforge/internal/strictjson"
)

// The chat template of a model, and where it has more than one: those with a
// name lie at templateKey.NAME, and templatesKey lists the names.
const (
	templateKey   = "tokenizer.chat_template"
	templatesKey  = "tokenizer.chat_templates"
	templateFile  = "chat_template.jinja" // goes before tokenizer_config.json
	templatesDir  = "additional_chat_templates"
	templateName  = "default"
	maxTemplate   = 16 << 20 // bytes, and of tokenizer_config.json
	maxTemplates  = 64
	jinjaFileType = ".jinja"
)

// chatTemplates reads a folder's chat templates by name, "default" first of
// all.
func chatTemplates(dir string) (map[string]string, error) {
	templates, err := configTemplates(filepath.Join(dir, "tokenizer_config.json"))
	if err != nil {
		return nil, err
	}
	files := map[string]string{templateName: filepath.Join(dir, templateFile)}
	more, err := filepath.Glob(filepath.Join(globEscape(dir), templatesDir, "*"+jinjaFileType))
	if err != nil || len(more) > maxTemplates {
		return nil, errors.Join(err, fmt.Errorf("%s: %d chat templates; at most %d are allowed", dir, len(more), maxTemplates))
	}
	for _, file := range more {
		files[strings.TrimSuffix(filepath.Base(file), jinjaFileType)] = file
	}
	for name, file := range files {
		text, err := safefile.ReadFile(file, maxTemplate)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		templates[name] = string(text)
	}
	return templates, nil
}

// globEscape lets Glob take a path as it is.
func globEscape(path string) string {
	if os.PathSeparator == '\\' {
		return path // Windows has no escapes, and no such names
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// configTemplates reads chat_template of tokenizer_config.json: a text, or a
// list of named ones.
func configTemplates(path string) (map[string]string, error) {
	templates := map[string]string{}
	var config struct {
		Template json.RawMessage `json:"chat_template"`
	}
	if err := strictjson.ReadFile(path, maxTemplate, &config); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var text *string
	var list []struct{ Name, Template string }
	switch raw := config.Template; {
	case len(raw) == 0:
	case json.Unmarshal(raw, &text) == nil:
		if text != nil {
			templates[templateName] = *text
		}
	case json.Unmarshal(raw, &list) == nil && len(list) <= maxTemplates:
		for _, t := range list {
			templates[t.Name] = t.Template
		}
	default:
		return nil, fmt.Errorf("%s: chat_template is %.64q; a string, or a list of up to %d objects with name and template, is allowed", path, raw, maxTemplates)
	}
	return templates, nil
}

// setTemplates writes a folder's chat templates as keys.
func (in *input) setTemplates(dir string) error {
	templates, err := chatTemplates(dir)
	if err != nil {
		return err
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(templates)) {
		if name == templateName {
			in.set(templateKey, templates[name])
			continue
		}
		names = append(names, name)
		in.set(templateKey+"."+name, templates[name])
	}
	if names != nil {
		in.set(templatesKey, names)
	}
	return nil
}

// writeTemplates writes those chat templates of the file into files of the
// folder that its tokenizer_config.json does not have.
func (f *export) writeTemplates(dir string) error {
	has, err := chatTemplates(dir)
	if err != nil {
		return err
	}
	for key, value := range f.meta.All() {
		name, ok := strings.CutPrefix(key, templateKey)
		text, isText := value.(string)
		if !ok || !isText || name != "" && name[0] != '.' {
			continue
		}
		path := filepath.Join(dir, templateFile)
		if name = strings.TrimPrefix(name, "."); name != "" && name != templateName {
			if name != filepath.Base(name) || strings.ContainsAny(name, `/\:`) {
				return fmt.Errorf("key %.128q: its name is none for a file", key)
			}
			path = filepath.Join(dir, templatesDir, name+jinjaFileType)
		} else {
			name = templateName
		}
		if old, ok := has[name]; ok && old == text {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := safefile.WriteFile(path, []byte(text)); err != nil {
			return err
		}
	}
	return nil
}
