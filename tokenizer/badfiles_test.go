package tokenizer

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/internal/goldens"
)

type badFile struct {
	Name, Kind, Path, Class, Expected, Reason string
}

// notOurs are cases that only a whole model can tell: the tokenizer is sound,
// and the embedding has other rows, or the chat template is broken.
var notOurs = []string{
	"gguf-tok-fewer", "gguf-tok-more", "gguf-lost-token_embd.weight",
	"gguf-tokpre-unknown", // a warning, and llama.cpp's default: TestPreTokenizerWarnings
	"tokcfg-template-number", "tokcfg-template-object", "tokcfg-template-list", "tokcfg-template-list-number",
}

// TestBadFiles loads each file, and encodes with those that load.
func TestBadFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	dir, cases := makeBadFiles(t)
	for _, c := range cases {
		if !strings.HasPrefix(c.Class, "tok-") && c.Class != "gguf-tokenizer" {
			continue
		}
		t.Run(c.Class+"/"+c.Name, func(t *testing.T) {
			var before runtime.MemStats
			runtime.GC() // what earlier cases left is not this one's
			runtime.ReadMemStats(&before)
			start := time.Now()
			tok, err := loadBad(c.Kind, filepath.Join(dir, c.Path))
			if err == nil {
				err = encodeBad(t, tok)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("takes %v", took)
			}
			checkBad(t, c, err)
			var after runtime.MemStats
			runtime.ReadMemStats(&after)
			if grown := int64(after.Sys-before.Sys) >> 20; grown > 256 {
				t.Errorf("takes %d MiB", grown)
			}
		})
	}
}

func makeBadFiles(t *testing.T) (dir string, cases []badFile) {
	script := goldens.Shared(t, "badfiles/badfiles.py")
	model := goldens.Shared(t, "models/gopher-7m")
	file := goldens.Path(t, "gguf/gopher-7m-Q8_0.gguf")
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip(err)
	}
	dir = t.TempDir()
	cmd := exec.Command(python, script, "make", "--gguf", file, "--hf", model, "--out", dir, "--random", "0", "--only", "tok")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	b, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var index struct{ Cases []badFile }
	if err := json.Unmarshal(b, &index); err != nil || len(index.Cases) == 0 {
		t.Fatal("no cases: ", err)
	}
	return dir, index.Cases
}

func loadBad(kind, path string) (*Tokenizer, error) {
	if kind == "hf" {
		return FromDir(path)
	}
	f, err := gguf.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return FromGGUF(f.Metadata)
}

func encodeBad(t *testing.T, tok *Tokenizer) error {
	for _, text := range []string{strings.Repeat("a", 1<<16) + "!", "hello world"} {
		ids, err := tok.Encode(text, Options{BOS: true, Special: true})
		if err != nil {
			return err
		}
		if len(tok.Decode(ids, KeepSpecial)) > 16*len(text)+1024 {
			t.Error("Decode grows the text too much")
		}
	}
	return nil
}

func checkBad(t *testing.T, c badFile, err error) {
	t.Helper()
	switch {
	case err != nil:
		t.Log(err)
		if msg := err.Error(); len(msg) > 1000 || strings.ContainsFunc(msg, func(r rune) bool { return r < ' ' || r == 0x7F }) {
			t.Errorf("not a clean message: %.2000q", msg)
		}
		if c.Expected == "accept" {
			t.Error("refused")
		}
	case c.Expected == "reject" && !slices.Contains(notOurs, c.Name):
		t.Error("accepted")
	}
}
