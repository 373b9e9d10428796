package runtime

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/internal/goldens"
	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/runtime/sample"
)

// TestGoldenQuarkLogits compares with Quark's own logits of unrounded
// activations.
func TestGoldenQuarkLogits(t *testing.T) {
	for _, dir := range goldens.QuarkExports(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			m := open(t, dir, Options{Exact: true})
			for i, got := range quarkPrompts(t, m, dir) {
				want := goldens.NPZ(t, filepath.Join(dir, "logits.npz"))[quarkLogits("weights", i)]
				if d := worst(got, want); d > logitTolerance() {
					t.Errorf("prompt %d: logits differ by %.2g", i, d)
				} else {
					t.Logf("prompt %d: %.2g", i, d)
				}
			}
		})
	}
}

// quarkPrompts runs an export's three prompts: of the first one there are the
// logits behind all tokens, of the others those behind the last.
func quarkPrompts(t *testing.T, m *Model, dir string) (logits [][][]float32) {
	var g struct{ Prompts [][]int32 }
	goldens.JSON(t, filepath.Join(dir, "goldens.json"), &g)
	for i, ids := range g.Prompts {
		rows := forwardAll(t, m, ids)
		if i > 0 {
			rows = rows[len(rows)-1:]
		}
		logits = append(logits, rows)
	}
	return logits
}

// quarkLogits is the name of a prompt's logits.
func quarkLogits(kind string, prompt int) string {
	return kind + []string{"_p0", "_p1_last", "_p2_last"}[prompt]
}

// TestGoldenQuarkActivations compares with Quark's logits of rounded
// activations. One rounding that falls the other way changes some logits by
// more than 1, so what counts is the mean difference, the Kullback-Leibler
// divergence and the best token.
func TestGoldenQuarkActivations(t *testing.T) {
	for _, dir := range goldens.QuarkExports(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			m := open(t, dir, Options{Exact: true, Activations: Simulate})
			for i, got := range quarkPrompts(t, m, dir) {
				want := goldens.NPZ(t, filepath.Join(dir, "logits.npz"))[quarkLogits("act", i)]
				mean, kl, other := differences(got, want)
				t.Logf("prompt %d: %.2g on average, divergence %.2g, %d of %d best tokens differ", i, mean, kl, other, len(got))
				limit, most := 0.15, 1e-4
				if len(got) == 1 { // nothing to average over
					limit, most = 0.4, 4e-3
				}
				if mean > limit || kl > most {
					t.Errorf("prompt %d: logits differ by %.2g on average, divergence %.2g", i, mean, kl)
				}
			}
		})
	}
}

// differences of rows of logits: in the mean, by the mean Kullback-Leibler
// divergence, and in how many rows another token is the best.
func differences(got [][]float32, want []float32) (mean, kl float64, other int) {
	for row, logits := range got {
		w := want[row*len(logits):][:len(logits)]
		for j, v := range logits {
			mean += math.Abs(float64(v-w[j])) / float64(len(want))
		}
		d, same := sample.Divergence(w, logits)
		kl += d / float64(len(got))
		if !same {
			other++
		}
	}
	return mean, kl, other
}

// TestGoldenQuarkPerplexity compares with Quark's table: weights alone over the
// whole held-out text (or, without ROCMFORGE_SLOW, its first chunks), rounded
// activations and caches over what the table has.
func TestGoldenQuarkPerplexity(t *testing.T) {
	table := map[string]struct {
		First float64 `json:"first16"`
		All   float64 `json:"all57"`
	}{}
	goldens.JSON(t, filepath.Join(goldens.QuarkDir(t), "ppl.json"), &table)
	ids := readTokens(t, goldens.Path(t, "heldout.tokens"))
	slow := os.Getenv("ROCMFORGE_SLOW") != ""
	for name, want := range table {
		t.Run(name, func(t *testing.T) {
			o, dir, tolerance := quarkVariant(t, name)
			if testing.Short() || !slow && name != "mxfp4 weight-only" {
				t.Skip("long; set ROCMFORGE_SLOW to run it")
			}
			m := open(t, dir, o)
			measure := PerplexityOptions{Chunk: 1024}
			if measure.Chunks = 16; slow && want.All != 0 {
				measure.Chunks, want.First = 0, want.All
			}
			p, err := m.Perplexity(context.Background(), ids, measure)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%.4f over %d tokens; Quark's %.4f; KV cache of %d bytes", p.PPL, p.Tokens, want.First, m.Plan().KVCache)
			if d := math.Abs(p.PPL/want.First - 1); d > tolerance {
				t.Errorf("perplexity %.4f; want %.4f within %g%%", p.PPL, want.First, 100*tolerance)
			}
		})
	}
}

// TestGoldenPerplexityOfCaches: what small caches cost over the whole held-out
// text, with weights of bfloat16 and FP8 in steps of 1.
func TestGoldenPerplexityOfCaches(t *testing.T) {
	ids := readTokens(t, goldens.Path(t, "heldout.tokens"))
	for dtype, limit := range map[string]struct{ least, most float64 }{"fp8": {8.9993, 9.045}, "mxfp6": {9.0370 * 0.999, 9.0370 * 1.001}} {
		t.Run(dtype, func(t *testing.T) {
			dir := goldens.Shared(t, "models/gopher-7m")
			if testing.Short() || os.Getenv("ROCMFORGE_SLOW") == "" {
				t.Skip("long; set ROCMFORGE_SLOW to run it")
			}
			m := open(t, dir, Options{Exact: true, KVCacheDType: dtype})
			p, err := m.Perplexity(context.Background(), ids, PerplexityOptions{Chunk: 1024})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%.5f over %d tokens; golden %.4f to %.4f, a cache of %s", p.PPL, p.Tokens, limit.least, limit.most, dtype)
			if p.PPL < limit.least || p.PPL > limit.most {
				t.Errorf("perplexity %.5f; want %.4f to %.4f", p.PPL, limit.least, limit.most)
			}
		})
	}
}

// quarkVariant finds out what a row of the table is, and how near one has to
// come.
func quarkVariant(t *testing.T, name string) (o Options, dir string, tolerance float64) {
	o.Exact = true
	if export, ok := strings.CutSuffix(name, " weight-only"); ok {
		return o, goldens.Quark(t, export), 0.001
	}
	if export, ok := strings.CutSuffix(name, " weight+activation"); ok {
		o.Activations = Simulate
		return o, goldens.Quark(t, export), 0.005
	}
	kv := map[string]string{
		"fp32 math, bf16 weights": "f32", "KV fp8 e4m3, scale 1.0, K post-RoPE": "fp8",
		"KV mxfp6_e2m3, K post-RoPE": "mxfp6", "KV mxfp4, K post-RoPE": "mxfp4",
	}
	if o.KVCacheDType = kv[name]; o.KVCacheDType == "" {
		t.Skip("the runtime has no such variant")
	}
	return o, goldens.Shared(t, "models/gopher-7m"), 0.001
}

// TestGoldenQuarkOnGPU: what a checkpoint asks for has kernels, natively or by
// simulation; what GPUs have none for is refused by name, when the model is
// bound.
func TestGoldenQuarkOnGPU(t *testing.T) {
	dir := goldens.Quark(t, "mxfp4")
	for _, arch := range []string{"gfx1100", "gfx950"} {
		a, _ := kernels.ArchOf(arch, 0)
		for _, o := range []Options{{}, {Activations: Simulate}, {KVCacheDType: "fp8"}, {KVCacheDType: "mxfp6"}} {
			if _, err := Kernels(dir, a, o); err != nil {
				t.Errorf("%s, %+v: %v", arch, o, err)
			}
		}
		_, err := Kernels(dir, a, Options{KVCacheDType: "mxfp4"})
		if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "another --kv-cache-dtype may do") {
			t.Errorf("%s: %v", arch, err)
		}
	}
}
