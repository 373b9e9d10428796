//go:build linux && !nohip

package runtime

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/hipstand"
)

// TestIsolatedNullGPU: a GPU in the child works, and its faults are those that
// it has in this process.
func TestIsolatedNullGPU(t *testing.T) {
	dir := hipstand.Dir(t)
	t.Setenv("HIPSTAND_NULL", "1") // here nothing is loaded
	t.Setenv("ROCMFORGE_CACHE_DIR", t.TempDir())
	o := Options{Device: "hip", ROCm: dir, Context: 256, Isolate: true}
	if err := useGPU(t, o); err != nil {
		t.Fatal(err)
	}
	for fault, word := range map[string]string{
		"hipGraphLaunch:2:700": "hipGraphLaunch", "hipEventQuery:40+:719": "hipEventQuery", "hipMalloc:5:2": "out of memory",
	} {
		t.Setenv("HIPSTAND_FAIL", fault)
		err := useGPU(t, o)
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", fault, err)
		}
		if _, memory := errors.AsType[*device.MemoryError](err); !memory {
			mustBeDeviceFault(t, err)
		}
	}
	os.Unsetenv("HIPSTAND_FAIL")
	m := openGopher(t, o)
	if i := m.DeviceInfo(); i.Kind != "hip" || i.Name != "hip:0" || i.Product == "" {
		t.Errorf("%+v", i)
	}
	s := newSession(t, m)
	mustForward(t, s, someIDs(5, 1), false)
	killDevice(t, m)
	_, err := s.Forward(t.Context(), someIDs(1, 2))
	mustBeDeviceFault(t, err)
	if !strings.Contains(err.Error(), "gemv") {
		t.Errorf("no kernels in %v", err)
	}
}

// BenchmarkNullGPUDecode is a pass whose kernels take no time: what is left is
// what this side does for it, and with a child the way there and back. On a machine
// that has other work, too, the median says more than the mean.
func BenchmarkNullGPUDecode(b *testing.B) {
	o := Options{Device: "hip", ROCm: hipstand.NullDir(b), Context: 256}
	b.Setenv("ROCMFORGE_CACHE_DIR", b.TempDir())
	for _, o.Isolate = range []bool{false, true} {
		b.Run(fmt.Sprintf("isolate=%t", o.Isolate), func(b *testing.B) {
			s := decodingOn(b, o)
			var took []float64
			for b.Loop() {
				start := time.Now()
				s.step(b)
				took = append(took, float64(time.Since(start)))
			}
			slices.Sort(took)
			b.ReportMetric(took[len(took)/2], "ns/median")
		})
	}
}
