package main

import (
	"encoding/json"
	"path/filepath"
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
