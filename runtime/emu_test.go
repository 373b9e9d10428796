package runtime

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/rocmforge/rocmforge/device/emu"
	"github.com/rocmforge/rocmforge/internal/comgr"
	"github.com/rocmforge/rocmforge/kernels/jit"
)

// TestEmulated generates with the built-in model on emulated GPUs: their tokens
// are the CPU's. ROCMFORGE_SLOW makes it 64 tokens.
func TestEmulated(t *testing.T) {
	if _, err := jit.New(jit.Options{NoCache: true}); err != nil || os.Getenv("HIPSTAND_NULL") != "" {
		t.Skipf("no libhiprtc: %v", err)
	}
	if _, err := comgr.Open(); err != nil {
		t.Skipf("no libamd_comgr: %v", err)
	}
	tokens := 8
	if os.Getenv("ROCMFORGE_SLOW") != "" {
		tokens = 64
	}
	want := generated(t, "cpu", tokens)
	for _, arch := range emu.Archs {
		t.Run(arch, func(t *testing.T) {
			start := time.Now()
			if got := generated(t, "emu:"+arch, tokens); !slices.Equal(got, want) {
				t.Errorf("got %v, the CPU %v", got, want)
			}
			t.Logf("%d tokens in %v", tokens, time.Since(start).Round(time.Millisecond))
		})
	}
}

// generated are the greedy tokens behind a prompt of 8.
func generated(t *testing.T, device string, n int) []int32 {
	m := openGopher(t, Options{Device: device, Context: 128, Exact: true})
	return mustGenerate(t, newSession(t, m), someIDs(8, 1), GenerateOptions{MaxTokens: n, IgnoreEOS: true})
}
