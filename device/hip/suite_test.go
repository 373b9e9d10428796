//go:build !nohip

package hip_test

import (
	"os"
	"testing"

	"github.com/rocmforge/rocmforge/device/hip"
	"github.com/rocmforge/rocmforge/ops/opstest"
)

// TestSuite runs the conformance suite on the GPU of this machine.
func TestSuite(t *testing.T) {
	if os.Getenv("HIPSTAND_NULL") != "" {
		t.Skip("the null device computes nothing")
	}
	d, err := hip.Open(hip.Options{Ordinal: -1, Warn: func(s string) { t.Log(s) }})
	if err != nil {
		t.Skip(err)
	}
	defer d.Close()
	cases := opstest.Suite()
	if err := opstest.Prepare(t.Context(), d, cases, nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Op+"/"+c.Name, func(t *testing.T) {
			r := c.Run(d)
			if r.Err != nil {
				t.Error(r.Err)
			}
			if r.Skipped != "" {
				t.Skip(r.Skipped)
			}
		})
	}
}
