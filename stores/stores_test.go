package stores

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files in testdata anew")

// grow makes the files of testdata/NAME.tree in a folder: lines "PATH = TEXT"
// and "PATH -> TARGET".
func grow(t *testing.T, name, dir string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".tree"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		line = strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "HOME", dir)
		if path, target, ok := strings.Cut(line, " -> "); ok {
			link(t, target, filepath.Join(dir, path))
		} else if path, text, ok := strings.Cut(line, " = "); ok {
			write(t, filepath.Join(dir, path), text)
		} else {
			t.Fatalf("testdata/%s.tree: %q", name, line)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	check(t, os.MkdirAll(filepath.Dir(path), 0o700))
	check(t, os.WriteFile(path, []byte(text), 0o600))
}

func link(t *testing.T, target, path string) {
	t.Helper()
	check(t, os.MkdirAll(filepath.Dir(path), 0o700))
	if err := os.Symlink(filepath.FromSlash(target), path); err != nil {
		t.Skip("no symbolic links here:", err)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// list grows a tree and lists it; vars are "NAME=VALUE" with HOME for its root.
func list(t *testing.T, name string, vars ...string) (*Listing, string) {
	t.Helper()
	home, err := filepath.EvalSymlinks(t.TempDir())
	check(t, err)
	home = filepath.Join(home, "home")
	check(t, os.Mkdir(home, 0o700))
	grow(t, name, home)
	env := map[string]string{}
	for _, v := range vars {
		key, value, _ := strings.Cut(v, "=")
		env[key] = strings.ReplaceAll(value, "HOME", home)
	}
	s := &system{"none", home, func(k string) string { return env[k] }}
	return s.list(), home
}

// TestStores compares what is found in recorded stores with goldens: name,
// store, kind, path, names, and what Ollama adds or the reason why not.
func TestStores(t *testing.T) {
	for name, vars := range map[string][]string{
		"huggingface": {"HF_HOME=HOME"},
		"ollama":      {"OLLAMA_MODELS=HOME"},
		"lmstudio":    nil,
		"llamacpp":    nil,
		"folder":      {"ROCMFORGE_MODELS=HOME/models" + string(filepath.ListSeparator) + "HOME/none"},
	} {
		t.Run(name, func(t *testing.T) {
			l, home := list(t, name, vars...)
			var b strings.Builder
			for _, m := range l.Models {
				if m.Store != name {
					t.Errorf("%s is in store %s", m.Name, m.Store)
				}
				fmt.Fprintf(&b, "%s (%s)\n\t%s\n\t%s\n", m.Name, m.Kind, m.Path, strings.Join(m.names, ", "))
				if m.Problem != nil {
					fmt.Fprintf(&b, "\tproblem: %v\n", m.Problem)
				}
				if m.System+m.Template != "" || m.Params != nil {
					fmt.Fprintf(&b, "\t%q, %q, %v\n", m.System, m.Template, m.Params)
				}
			}
			for _, p := range l.Places {
				if p.Store == name {
					fmt.Fprintf(&b, "place %s: %v, %v\n", p.Path, p.Exists, p.Problem)
				}
			}
			got := strings.ReplaceAll(strings.ReplaceAll(b.String(), home, "HOME"), filepath.Dir(home), "ABOVE")
			golden := filepath.Join("testdata", name+".txt")
			if *update {
				check(t, os.WriteFile(golden, []byte(got), 0o644))
			}
			want, err := os.ReadFile(golden)
			check(t, err)
			if d := cmp.Diff(string(want), got); d != "" && runtime.GOOS != "windows" {
				t.Error(d)
			}
		})
	}
}

func TestFind(t *testing.T) {
	hub, _ := list(t, "huggingface", "HF_HOME=HOME")
	oll, _ := list(t, "ollama", "OLLAMA_MODELS=HOME")
	for _, c := range []struct {
		l          *Listing
		name, want string // want: a name, or part of the error
	}{
		{hub, "TinyLlama/TinyLlama-1.1B-Chat-v1.0", "TinyLlama/TinyLlama-1.1B-Chat-v1.0"},
		{hub, "TinyLlama-1.1B-Chat-v1.0", "TinyLlama/TinyLlama-1.1B-Chat-v1.0"},
		{hub, "tinyllama/tinyllama-1.1b-chat-v1.0", "TinyLlama/TinyLlama-1.1B-Chat-v1.0"},
		{hub, "TinyLlama/TinyLlama-1.1B-Chat-v1.0@2", "TinyLlama/TinyLlama-1.1B-Chat-v1.0@22222222"},
		{hub, "Llama-3.2-1B-Instruct-Q8_0.gguf", "Llama-3.2-1B-Instruct-Q8_0"},
		{hub, "llama-3.2-1b-instruct-q4", "Llama-3.2-1B-Instruct-Q4_K_M"},
		{hub, "bartowski/Llama-3.2-1B-Instruct-GGUF:q8_0", "Llama-3.2-1B-Instruct-Q8_0"},
		{hub, "huggingface:llama-3.2-1b-instruct-q4", "Llama-3.2-1B-Instruct-Q4_K_M"},
		{hub, "Big-Q4_K_M-00001-of-00002.gguf", "Big-Q4_K_M"},
		{hub, "ollama:llama-3.2-1b-instruct-q4", "no model of this machine has the name"},
		{hub, "bartowski/Llama-3.2-1B-Instruct-GGUF", `3 models go by that name: "Big-Q4_K_M", "Llama-3.2-1B-Instruct-Q4_K_M" and "Llama-3.2-1B-Instruct-Q8_0"; name one of them`},
		{hub, "tinylama-1.1b-chat-v1.0", `did you mean "TinyLlama/TinyLlama-1.1B-Chat-v1.0"`},
		{hub, "instruct", `did you mean "Big-Q4_K_M", "Llama-3.2-1B-Instruct-Q4_K_M" or "Llama-3.2-1B-Instruct-Q8_0"?; looked in `},
		{hub, "mmproj-F16", "no model of this machine"},
		{hub, "me/lora", "no model of this machine"},
		{hub, "", "no model of this machine"},
		{hub, "evil/link", "a link leads out of the store"},
		{oll, "llama3.2", "llama3.2:latest"},
		{oll, "Llama3.2:1B", "llama3.2:1b"},
		{oll, "llama3", "2 models go by that name"},
		{oll, "mine", "no model of this machine"},
		{oll, "someone/mine", "someone/mine:7b"},
		{oll, "hf.co/bartowski/", "hf.co/bartowski/Llama-3.2-1B-Instruct-GGUF:Q4_K_M"},
		{oll, "bad/dots", "hexadecimal"},
	} {
		m, err := c.l.Find(c.name)
		switch {
		case err != nil && !strings.Contains(err.Error(), c.want):
			t.Errorf("%q: %v, want %s", c.name, err, c.want)
		case err == nil && m.Name != c.want:
			t.Errorf("%q is %q, want %s", c.name, m.Name, c.want)
		case errors.Is(err, fs.ErrNotExist) != (err != nil && strings.Contains(err.Error(), "no such file")):
			t.Errorf("%q: %v is fs.ErrNotExist: %v", c.name, err, errors.Is(err, fs.ErrNotExist))
		}
	}
}

// TestSameNames finds a model of two stores by the store's name only.
func TestSameNames(t *testing.T) {
	l := &Listing{Models: []Model{
		{Store: LMStudio, Kind: ModelKind, Path: "/1", names: []string{"x", "a/x"}},
		{Store: Ollama, Kind: ModelKind, Path: "/2", names: []string{"x"}},
		{Store: LMStudio, Kind: ModelKind, Path: "/3", names: []string{"x"}},
		{Store: LMStudio, Kind: ModelKind, Path: "/4", names: []string{"x"}},
	}}
	l.setNames()
	var names []string
	for _, m := range l.Models {
		names = append(names, m.Name)
	}
	if d := cmp.Diff([]string{"/3", "/4", "a/x", "ollama:x"}, names); d != "" {
		t.Error(d)
	}
	if m, err := l.Find("ollama:x"); err != nil || m.Path != "/2" {
		t.Error(m, err)
	}
	var several *AmbiguousError
	if _, err := l.Find("x"); !errors.As(err, &several) || len(several.Candidates) != 4 {
		t.Error(err)
	}
}

// TestPathFirst: a file that is there goes before any name, and what can only
// be a path is looked for nowhere else.
func TestPathFirst(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("ROCMFORGE_MODELS", t.TempDir())
	write(t, filepath.Join(os.Getenv("ROCMFORGE_MODELS"), "m.gguf"), "x")
	if m, err := Find("m"); err != nil || m.Name != "m" || !filepath.IsAbs(m.Path) {
		t.Errorf("%+v, %v", m, err)
	}
	write(t, "m", "y")
	if m, err := Find("m"); err != nil || m.Path != "m" {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := Find("./none.gguf"); !errors.Is(err, fs.ErrNotExist) || err.Error() != "no such file or folder" {
		t.Error(err)
	}
}

func TestPlaces(t *testing.T) {
	for _, c := range []struct {
		os, store string
		env       map[string]string
		want      []string
	}{
		{"linux", HuggingFace, nil, []string{"/h/.cache/huggingface/hub"}},
		{"linux", HuggingFace, map[string]string{"XDG_CACHE_HOME": "/x"}, []string{"/x/huggingface/hub"}},
		{"linux", HuggingFace, map[string]string{"HF_HOME": "/y", "XDG_CACHE_HOME": "/x"}, []string{"/y/hub"}},
		{"linux", HuggingFace, map[string]string{"HF_HOME": "/y", "HF_HUB_CACHE": "/z"}, []string{"/z"}},
		{"darwin", Ollama, nil, []string{"/h/.ollama/models"}},
		{"windows", LlamaCpp, map[string]string{"LOCALAPPDATA": "/l"}, []string{"/l/llama.cpp"}},
		{"darwin", LlamaCpp, nil, []string{"/h/Library/Caches/llama.cpp"}},
		{"linux", LlamaCpp, map[string]string{"LLAMA_CACHE": "/c"}, []string{"/c"}},
		{"linux", LMStudio, nil, []string{"/h/.lmstudio/models", "/h/.cache/lm-studio/models"}},
	} {
		s := &system{c.os, "/h", func(k string) string { return c.env[k] }}
		for _, st := range all {
			if st.name != c.store {
				continue
			}
			got := st.places(s)
			for i := range got {
				got[i] = filepath.ToSlash(got[i])
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("%s on %s: %s", c.store, c.os, d)
			}
		}
	}
	for _, st := range all {
		for _, p := range st.places(&system{"darwin", "", func(string) string { return "" }}) {
			t.Errorf("%s without a home: %s", st.name, p)
		}
	}
}

// TestManyFiles reads no more of a place than is allowed, and says so.
func TestManyFiles(t *testing.T) {
	dir := t.TempDir()
	for i := range 20 {
		write(t, filepath.Join(dir, fmt.Sprintf("%d.gguf", i)), "x")
	}
	s := &scan{root: dir, left: 10, visited: map[string]bool{}, seen: map[string]bool{}}
	if s.repositories(); len(s.models) != 10 || s.err == nil || !strings.Contains(s.err.Error(), "files and folders") {
		t.Errorf("%d models, %v", len(s.models), s.err)
	}
}

func FuzzManifest(f *testing.F) {
	b, _ := os.ReadFile(filepath.Join("testdata", "ollama.tree"))
	for line := range strings.Lines(string(b)) {
		if _, text, ok := strings.Cut(line, " = "); ok {
			f.Add([]byte(strings.TrimSpace(text)))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := parseParams(data); err == nil && len(data) == 0 {
			t.Error("parameters of nothing")
		}
		m, err := parseManifest(data)
		if err != nil {
			return
		}
		for _, l := range m.Layers {
			if sum, err := l.sum(); err == nil && (!filepath.IsLocal(sum) || strings.ContainsAny(sum, `/\:.`)) {
				t.Errorf("digest %q names the file %q", l.Digest, sum)
			}
		}
		if l, err := m.weights(); err == nil && l.kind() != "model" {
			t.Errorf("weights of kind %q", l.kind())
		}
	})
}
