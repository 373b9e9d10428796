package runtime

import (
	"path/filepath"
	"testing"

	"github.com/rocmforge/rocmforge/internal/goldens"
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
