package runtime

import (
	"bytes"
	"encoding/json"

	"github.com/rocmforge/rocmforge/internal/fileerr"
	"github.com/rocmforge/rocmforge/internal/strictjson"
)

// maxTokenizerConfig bounds tokenizer_config.json, in bytes.
const maxTokenizerConfig = 16 << 20

// checkChatTemplate refuses a tokenizer_config.json whose chat_template is
// neither a text nor a list of named ones. Templates are not rendered yet; a
// broken one is to be reported when the model is opened all the same.
func checkChatTemplate(path string) error {
	var config struct {
		Template json.RawMessage `json:"chat_template"`
	}
	if err := strictjson.ReadFile(path, maxTokenizerConfig, &config); err != nil {
		return err
	}
	var text string
	var list []namedTemplate
	switch raw := config.Template; {
	case len(raw) == 0 || bytes.Equal(raw, []byte("null")):
		return nil
	case json.Unmarshal(raw, &text) == nil:
		return nil
	case json.Unmarshal(raw, &list) == nil && complete(list):
		return nil
	}
	return fileerr.New(path, fileerr.NoOffset, "chat_template", "%.64q; a string, or a list of objects with name and template, is allowed", config.Template)
}

type namedTemplate struct {
	Name     *string `json:"name"`
	Template *string `json:"template"`
}

func complete(list []namedTemplate) bool {
	for _, t := range list {
		if t.Name == nil || t.Template == nil {
			return false
		}
	}
	return true
}
