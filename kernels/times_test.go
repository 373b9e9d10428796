package kernels_test

import (
	"testing"
	"time"

	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/kernels/jit"
)

// TestTimes reports how long the kernels of a model take for one GPU with two
// processes, compiled and then read from the cache.
func TestTimes(t *testing.T) {
	for _, arch := range modelArchs {
		a, _ := kernels.ArchOf(arch, 0)
		programs := programsOf(t, a, modelBound(t, a, "8b", "Q4_K_M"))
		c := newCompiler(t, jit.Options{Processes: 2, CacheDir: t.TempDir()})
		for _, what := range []string{"compiled", "cached"} {
			start := time.Now()
			objects, err := c.Compile(t.Context(), programs, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("8b Q4_K_M, %s: %d programs %s in %v", arch, len(programs), what, time.Since(start).Round(time.Millisecond))
			if objects[0].FromCache != (what == "cached") {
				t.Errorf("%s: from the cache: %v", what, objects[0].FromCache)
			}
		}
	}
}
