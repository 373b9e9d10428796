//go:build linux && !nohip

package verify

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/internal/hipstand"
	"github.com/rocmforge/rocmforge/runtime"
)

// TestFails verifies a GPU whose kernels do nothing: each check that looks at
// numbers fails, and the report tells nothing of the machine.
func TestFails(t *testing.T) {
	dir := hipstand.Dir(t)
	if !hipstand.Alone(t) {
		return
	}
	hipstand.NullDir(t)
	t.Setenv("ROCMFORGE_CACHE_DIR", t.TempDir())
	r, err := Run(t.Context(), Options{
		Runtime: runtime.Options{Device: "hip", ROCm: dir}, Open: openGopher, Ops: []string{"argmax", "rmsnorm"}, Tokens: 16,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(r.Failed(), " "); r.OK || got != "argmax rmsnorm graphs greedy" {
		t.Errorf("failed: %s", got)
	}
	if k := r.Kernels; k.Status != Passed || k.Programs == 0 || k.Cached != 0 || k.Seconds <= 0 {
		t.Errorf("kernels: %+v", k)
	}
	if g := r.Graphs; g.Steps != graphSteps || g.Equal != graphSteps || g.Chosen == graphSteps {
		t.Errorf("graphs: %+v", g)
	}
	if op := r.Ops[1]; op.Passed != 0 || op.Failed == 0 || len(op.Errors) != maxErrors {
		t.Errorf("%+v", op)
	}
	b, err := json.Marshal(r)
	host, _ := os.Hostname()
	if err != nil || strings.Contains(string(b), dir) || len(host) > 3 && strings.Contains(string(b), host) {
		t.Errorf("%v: %s", err, b)
	}
}

// TestLost verifies a GPU that is lost in the middle: the report says so.
func TestLost(t *testing.T) {
	dir := hipstand.Dir(t)
	if !hipstand.Alone(t) {
		return
	}
	hipstand.NullDir(t)
	t.Setenv("ROCMFORGE_CACHE_DIR", t.TempDir())
	hipstand.Open(t, dir, "libamdhip64.so.6").SetFaults(t, "hipEventQuery:40+:719")
	r, err := Run(t.Context(), Options{
		Runtime: runtime.Options{Device: "hip", ROCm: dir}, Open: openGopher, Ops: []string{"argmax"}, Tokens: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(r.Failed()); r.OK || n != 4 || !strings.Contains(r.Greedy.Why, "719") {
		t.Errorf("%d failed: %+v", n, r)
	}
}
