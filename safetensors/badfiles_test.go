package safetensors

import (
	"testing"

	"github.com/rocmforge/rocmforge/internal/badfiles"
)

func TestBadFiles(t *testing.T) {
	cases := badfiles.Make(t, "st-", 0, 1)
	cases = append(cases, badfiles.Make(t, "random-", 100, 1)...)
	for _, c := range cases {
		if c.Kind != "hf" {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			mayAccept := c.Stage != "header" && c.Name != "st-none" && c.Name != "st-dir" && c.Name != "st-fifo" && c.Name != "st-loop"
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
