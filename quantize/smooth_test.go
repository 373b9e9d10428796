package quantize

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/rocmforge/rocmforge/internal/goldens"
)

// TestSmooth: smoothing changes what a block computes by no more than the
// rounding of its weights to bfloat16.
func TestSmooth(t *testing.T) {
	j, err := newJob(goldens.Shared(t, "models/gopher-7m"), filepath.Join(t.TempDir(), "x"), Options{
		Scheme: scheme(t, "w_mxfp4"), Algorithm: AutoSmoothQuant, Calibration: filepath.Join(goldens.QuarkDir(t), "calibration.tokens"),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer j.close()
	s, err := j.states(j.feedback, false)
	if err != nil {
		t.Fatal(err)
	}
	b, err := readBlock(j.source, 0)
	if err != nil {
		t.Fatal(err)
	}
	want, got := slices.Clone(s.x), slices.Clone(s.x)
	s.pass(b.clone(), want, ignore, drop)
	before := b.clone()
	k := b.linears[qProj].k
	for stage := range stages {
		factors := make([]float32, b.linears[stages[stage][0]].k)
		for i := range factors {
			factors[i] = float32(math.Exp2(float64(i%5 - 2)))
		}
		if stage == 1 {
			for i := range factors {
				factors[i] = float32(math.Exp2(float64(i%j.config.HeadDim%5 - 2)))
			}
		}
		j.fold(b, stage, factors)
	}
	s.pass(b, got, ignore, drop)
	for i, w := range want {
		if math.Abs(float64(got[i]-w)) > 1e-3*(1+math.Abs(float64(w))) {
			t.Fatalf("state %d is %v, want %v", i, got[i], w)
		}
	}
	if slices.Equal(before.linears[qProj].w[:k], b.linears[qProj].w[:k]) {
		t.Error("nothing was folded")
	}
	if err := j.smooth(before, s, prefix(0)); err != nil {
		t.Fatal(err)
	}
}
