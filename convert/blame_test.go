package convert

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/models"
)

// TestBlame: weights that are not finite, and configurations that no folder can
// have, are the model's fault.
func TestBlame(t *testing.T) {
	var source *SourceError
	if err := Blame("x", finite([]float32{float32(math.NaN())})); !errors.As(err, &source) || source.Path != "x" {
		t.Errorf("%v", err)
	}
	in := writeGopher(t)
	f, err := openExport(in, &Recipe{keep: true})
	if err != nil {
		t.Fatal(err)
	}
	defer f.source.Close()
	f.config = &models.Config{Window: 4}
	if err := Blame(in, f.writeTexts(t.TempDir())); !errors.As(err, &source) || !strings.Contains(err.Error(), in) {
		t.Errorf("%v", err)
	}
	if _, err := ToFolder(context.Background(), in, filepath.Join(t.TempDir(), "none", "x"), Options{}); errors.As(err, &source) {
		t.Errorf("the model is blamed for %v", err)
	}
}
