package convert

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/internal/safefile"
	"github.com/rocmforge/rocmforge/internal/strictjson"
	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/quark"
	"github.com/rocmforge/rocmforge/tokenizer"
)

// carried are the texts of a folder that a GGUF file made of it keeps, so that
// there is a way back; config.json only if it says what is quantized.
// tokenizer.huggingface.json is GGUF's own key.
var carried = []struct{ file, key string }{
	{"config.json", "rocmforge.huggingface.config"},
	{generationFile, "rocmforge.huggingface.generation_config"},
	{"tokenizer_config.json", "rocmforge.huggingface.tokenizer_config"},
	{"tokenizer.json", "tokenizer.huggingface.json"},
}

const generationFile = "generation_config.json"

// maxCarried bounds such a text, as GGUF's reader does.
const maxCarried = 64 << 20

// carry adds a folder's texts to the header.
func (in *input) carry(dir string) error {
	quantized, err := quark.ReadConfig(dir)
	if err != nil {
		return err
	}
	for i, c := range carried {
		if i == 0 && quantized == nil {
			continue
		}
		path := filepath.Join(dir, c.file)
		if _, err := os.Stat(path); err != nil {
			continue
		}
		text, err := safefile.ReadFile(path, maxCarried)
		if err != nil {
			return err
		}
		in.set(c.key, string(text))
	}
	return nil
}

// writeTexts writes config.json and what else there is, and reads it as a
// reader does: it is the file's tokenizer, with its ends of text.
func (f *export) writeTexts(dir string) error {
	tok, err := tokenizer.FromGGUF(f.meta)
	if err != nil && !errors.Is(err, gguf.ErrMissing) {
		return &SourceError{Err: err}
	}
	for i, c := range carried {
		text, err := f.meta.StringOr(c.key, "")
		if err != nil {
			return err
		}
		switch {
		case i == 0:
			text, err = f.configText(text, tok)
		case text == "" && c.file == generationFile && tok != nil:
			text, err = f.generationConfig(tok.Ends())
		case text != "" && c.file == generationFile:
			text, err = f.withSampling(text)
		}
		if err != nil {
			return &SourceError{Err: err}
		}
		if text == "" {
			continue
		}
		if err := safefile.WriteFile(filepath.Join(dir, c.file), []byte(text)); err != nil {
			return err
		}
	}
	if err := f.writeTemplates(dir); err != nil {
		return &SourceError{Err: err}
	}
	return f.checkTokenizer(dir, tok)
}

// checkTokenizer compares the folder's tokenizer with the file's.
func (f *export) checkTokenizer(dir string, want *tokenizer.Tokenizer) error {
	if want == nil || !f.meta.Has("tokenizer.huggingface.json") {
		return nil
	}
	got, err := tokenizer.FromDir(dir)
	if err != nil {
		return &SourceError{Err: err}
	}
	ends, err := models.HFEndOfText(dir)
	if err == nil {
		err = got.SameAsGGUF(want, ends)
	}
	if err != nil {
		return &SourceError{Err: fmt.Errorf("the tokenizer.json that the file carries is not the tokenizer of its keys: %w", err)}
	}
	return nil
}

// configText is config.json: the one that the file carries, or a new one. Where
// everything became floats, it says nothing of quantization.
func (f *export) configText(text string, tok *tokenizer.Tokenizer) (string, error) {
	if text == "" {
		made, err := configJSON(f.config, f.quantization(), tok)
		if err != nil {
			return "", err
		}
		text = string(made)
	}
	if f.recipe.keep {
		return text, nil
	}
	var config map[string]json.RawMessage
	if err := strictjson.Unmarshal([]byte(text), &config); err != nil {
		return "", err
	}
	if config == nil {
		return "", errors.New("config.json: null, want an object")
	}
	delete(config, "quantization_config")
	delete(config, "dtype") // the newer name of torch_dtype
	config["torch_dtype"] = map[quant.Type]json.RawMessage{
		quant.F32: []byte(`"float32"`), quant.F16: []byte(`"float16"`), quant.BF16: []byte(`"bfloat16"`),
	}[f.recipe.base]
	made, err := json.MarshalIndent(config, "", "  ")
	return string(made) + "\n", err
}
