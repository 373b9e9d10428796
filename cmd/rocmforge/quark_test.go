package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/internal/goldens"
)

// TestGoldenQuarkInfo: info hashes every tensor of an export as Quark dequantizes
// it.
func TestGoldenQuarkInfo(t *testing.T) {
	for _, dir := range goldens.QuarkExports(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			var want struct {
				Tensors map[string]struct {
					SHA256 string `json:"sha256_f32"`
				}
			}
			goldens.JSON(t, filepath.Join(dir, "goldens.json"), &want)
			var got infoResult
			if err := json.Unmarshal([]byte(mustRun(t, "", "info", "-m", dir, "--tensors", "--sha256", "--json")), &got); err != nil {
				t.Fatal(err)
			}
			found := 0
			for _, x := range got.Tensors {
				w, ok := want.Tensors[x.Name]
				if !ok {
					continue
				}
				found++
				if x.SHA256 == nil || *x.SHA256 != w.SHA256 {
					t.Errorf("%s (%s %v) has another sha256", x.Name, x.Type, x.Shape)
				}
			}
			if found != len(want.Tensors) {
				t.Errorf("%d of %d tensors are listed", found, len(want.Tensors))
			}
		})
	}
}

// TestInfoOtherQuantization: of a folder that another program quantized, info
// lists what lies there and says what the matter is; loading it is an error.
func TestInfoOtherQuantization(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(tiny)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "config.json")
	config, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"gptq", "awq", "bitsandbytes"} {
		text := strings.Replace(string(config), "{", `{"quantization_config":{"quant_method":"`+method+`"},`, 1)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var got infoResult
		if err := json.Unmarshal([]byte(mustRun(t, "", "info", "-m", dir, "--tensors", "--json")), &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Tensors) == 0 || !strings.Contains(got.Problem, method) {
			t.Errorf("%d tensors, problem %q", len(got.Tensors), got.Problem)
		}
		if _, stderr, code := command("", "run", "-m", dir, "x"); code != exitModel || !strings.Contains(stderr, method) {
			t.Errorf("run: exit code %d, %q", code, stderr)
		}
	}
}
