package gguf

import (
	"testing"

	"github.com/rocmforge/rocmforge/internal/badfiles"
)

func TestBadFiles(t *testing.T) {
	for _, c := range badfiles.Make(t, "gguf-", 100, 1) {
		t.Run(c.Name, func(t *testing.T) {
			mayAccept := c.Stage != "header" && c.Class != "gguf-split"
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
