package runtime

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rocmforge/rocmforge/device/emu"
	"github.com/rocmforge/rocmforge/internal/comgr"
	"github.com/rocmforge/rocmforge/internal/goldens"
	"github.com/rocmforge/rocmforge/kernels/jit"
)

// TestEmulated generates with the built-in model on emulated GPUs: their tokens
// are the CPU's. ROCMFORGE_SLOW makes it 64 tokens.
func TestEmulated(t *testing.T) {
	needEmulator(t)
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

// TestEmulatedFamilies runs the tiny model of each family that has steps of its
// own on emulated GPUs: a prompt, and then a token at a time.
func TestEmulatedFamilies(t *testing.T) {
	needEmulator(t)
	for _, name := range []string{"qwen2", "qwen3"} {
		for _, arch := range emu.Archs {
			t.Run(name+" "+arch, func(t *testing.T) {
				path := goldens.Path(t, "tiny/"+name)
				var g struct{ Prompts [][]int32 }
				goldens.JSON(t, filepath.Join(path, "goldens.json"), &g)
				want := goldens.Floats(t, filepath.Join(path, "logits.f32"))
				for exact, limit := range map[bool]float64{true: 1e-3, false: 0.05} { // matrix units take halves
					s := newSession(t, open(t, path, Options{Device: "emu:" + arch, Exact: exact, Context: 64}))
					rows := mustForward(t, s, g.Prompts[0][:20], true)
					for _, id := range g.Prompts[0][20:] {
						rows = append(rows, mustForward(t, s, []int32{id}, false)...)
					}
					d := worst(rows, want)
					if t.Logf("exact %v: %.2g", exact, d); !(d <= limit) {
						t.Errorf("exact %v: logits differ by %.2g", exact, d)
					}
				}
			})
		}
	}
}

func needEmulator(t *testing.T) {
	t.Helper()
	if _, err := jit.New(jit.Options{NoCache: true}); err != nil || os.Getenv("HIPSTAND_NULL") != "" {
		t.Skipf("no libhiprtc: %v", err)
	}
	if _, err := comgr.Open(); err != nil {
		t.Skipf("no libamd_comgr: %v", err)
	}
}

// TestEmulatedNative holds the matrix instructions of gfx950, which take weights
// and activations in MX formats and FP8 as they are, against a CPU that decodes
// and rounds them: in a prompt, and in a token behind it. The caches are float32:
// what a cache of halves rounds makes activations fall the other way, on a CPU as
// well, and that changes logits by 0.5.
func TestEmulatedNative(t *testing.T) {
	needEmulator(t)
	for _, name := range []string{"mxfp4", "mxfp6_e2m3", "amp_mxfp4_fp8_kvfp8"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(goldens.QuarkDir(t), name)
			var g struct{ Prompts [][]int32 }
			goldens.JSON(t, filepath.Join(dir, "goldens.json"), &g)
			ids := g.Prompts[0]
			logits := func(o Options) [][]float32 {
				o.Activations, o.Context, o.KVCacheDType = Simulate, 128, "f32"
				m := open(t, dir, o)
				s := newSession(t, m)
				rows := mustForward(t, s, ids[:8], true)
				rows = append(rows, mustForward(t, s, ids[8:9], true)...)
				if d, ok := m.dev.(*emu.Device); ok && !slices.ContainsFunc(d.Count().Executed(), isScaled) {
					t.Error("no scaled matrix instruction was executed")
				}
				return rows
			}
			native := logits(Options{Device: "emu:gfx950"})
			want := logits(Options{Exact: true})
			mean, kl, other := differences(native, slices.Concat(want...))
			t.Logf("%.2g on average, divergence %.2g, %d of %d best tokens differ", mean, kl, other, len(native))
			if mean > 0.01 || kl > 1e-5 || other > 0 {
				t.Error("logits differ")
			}
		})
	}
}

func isScaled(mnemonic string) bool { return strings.HasPrefix(mnemonic, "v_mfma_scale_") }

// generated are the greedy tokens behind a prompt of 8.
func generated(t *testing.T, device string, n int) []int32 {
	m := openGopher(t, Options{Device: device, Context: 128, Exact: true})
	return mustGenerate(t, newSession(t, m), someIDs(8, 1), GenerateOptions{MaxTokens: n, IgnoreEOS: true, Sampling: greedy})
}
