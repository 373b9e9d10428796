package safetensors

import (
	"testing"

	"github.com/rocmforge/rocmforge/internal/badfiles"
)

func TestBadFiles(t *testing.T) {
	for _, c := range badfiles.Make(t, "st-", 100, 1) {
		if c.Kind != "hf" {
			continue // gguf-lost-layer and its like
		}
		t.Run(c.Name, func(t *testing.T) {
			mayAccept := c.Stage != "header" && c.Reason != "missing-file" && c.Reason != "not-regular"
			c.Check(t, mayAccept, func(path string) error {
				f, err := Open(path)
				if err != nil {
					return err
				}
				return f.Close()
			})
		})
	}
}
