package convert

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/tokenizer"
)

func writeText(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestKeepsWhatTextsSay goes from a folder to GGUF, to GGUF again, and back:
// ends of text, sampling and chat templates are what they were.
func TestKeepsWhatTextsSay(t *testing.T) {
	dir := editedFolder(t, nil)
	tok, err := tokenizer.FromDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	eos, ok := tok.EOS()
	bos, hasBOS := tok.BOS()
	if !ok {
		t.Fatal("no EOS to test with")
	}
	other := int32(-1) // a special token that no list knows
	for id := range int32(tok.Size()) {
		if _, kind := tok.Token(id); kind == tokenizer.Special && !tok.IsEOG(id) && !(hasBOS && id == bos) {
			other = id
		}
	}
	if other < 0 {
		other = bos
	}
	generation, _ := json.Marshal(map[string]any{
		"eos_token_id": []int32{eos, other}, "temperature": 0.6, "top_k": 20, "top_p": 0.9, "min_p": 0.1, "repetition_penalty": 1.1,
	})
	writeText(t, dir, "generation_config.json", string(generation))
	writeText(t, dir, "chat_template.jinja", "{{ messages }}")
	writeText(t, dir, "additional_chat_templates/tools.jinja", "{{ tools }}")

	f := convertTo(t, dir, "F32")
	for key, want := range map[string]any{
		"general.sampling.temp": float32(0.6), "general.sampling.top_k": int32(20), "general.sampling.top_p": float32(0.9),
		"general.sampling.min_p": float32(0.1), "general.sampling.penalty_repeat": float32(1.1), "general.sampling.penalty_last_n": int32(-1),
		"tokenizer.chat_template": "{{ messages }}", "tokenizer.chat_template.tools": "{{ tools }}",
		"tokenizer.chat_templates": []string{"tools"}, "general.name": filepath.Base(dir),
	} {
		if got, _ := f.Metadata.Value(key); !cmp.Equal(got, want) {
			t.Errorf("%s is %v; want %v", key, got, want)
		}
	}
	made, err := tokenizer.FromGGUF(f.Metadata)
	if err != nil || !made.IsEOG(eos) || !made.IsEOG(other) {
		t.Errorf("ends %v (%v); want %d and %d among them", made.Ends(), err, eos, other)
	}

	copied, back := filepath.Join(t.TempDir(), "copy.gguf"), filepath.Join(t.TempDir(), "back")
	r, _ := ParseRecipe("F16")
	again := convertFrom(t, dir)
	if _, err := Convert(context.Background(), again, copied, Options{Recipe: r}); err != nil {
		t.Fatal(err)
	}
	if _, err := ToFolder(context.Background(), copied, back, Options{Recipe: r}); err != nil {
		t.Fatal(err)
	}
	if ends, err := models.HFEndOfText(back); err != nil || !cmp.Equal(ends, []int32{eos, other}) {
		t.Errorf("the folder ends a text with %v, %v", ends, err)
	}
	templates, err := chatTemplates(back)
	if diff := cmp.Diff(map[string]string{"default": "{{ messages }}", "tools": "{{ tools }}"}, templates); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

// convertFrom gives the path of a GGUF file made of a folder.
func convertFrom(t *testing.T, dir string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "model.gguf")
	r, _ := ParseRecipe("F32")
	if _, err := Convert(context.Background(), dir, out, Options{Recipe: r}); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestKeepsWithoutTexts: a file of another converter has nothing but its keys.
func TestKeepsWithoutTexts(t *testing.T) {
	f := openGGUFFile(t, writeGopher(t))
	e := &export{meta: f.Metadata}
	text, err := e.generationConfig([]int32{7, 9})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		EOS         []int32 `json:"eos_token_id"`
		Temperature float32
		TopP        float32 `json:"top_p"`
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil || !cmp.Equal(got.EOS, []int32{7, 9}) {
		t.Errorf("%s: %v", text, err)
	}
	if want, err := f.Metadata.Float("general.sampling.temp"); err != nil || got.Temperature != float32(want) {
		t.Errorf("temperature %v; want %v, %v", got.Temperature, want, err)
	}
}

func TestFileType(t *testing.T) {
	in := writeGopher(t)
	for recipe, want := range map[string]any{"Q8_0": uint32(7), "MXFP6_E2M3": nil, "FP8_E4M3": nil} {
		if got, _ := convertTo(t, in, recipe).Metadata.Value("general.file_type"); got != want {
			t.Errorf("%s: general.file_type %v; want %v", recipe, got, want)
		}
	}
}

func TestModelName(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for in, want := range map[string]string{
		".":       filepath.Base(dir),
		"a/../b/": "b",
		"hub/models--org--TinyLlama-1.1B/snapshots/0123456789abcdef": "TinyLlama-1.1B",
		"models--gpt2/snapshots/0123456789abcdef":                    "gpt2",
		"x/snapshots/y": "y",
	} {
		if got := ModelName(filepath.FromSlash(in)); got != want {
			t.Errorf("%s: %q; want %q", in, got, want)
		}
	}
}
