package convert_test

import (
	"path/filepath"
	"testing"

	"github.com/rocmforge/rocmforge/convert"
	"github.com/rocmforge/rocmforge/internal/goldens"
)

// TestFamiliesSurvive: a model of each family computes the same as a GGUF file,
// and as a folder that is made of that, or of another program's GGUF file.
func TestFamiliesSurvive(t *testing.T) {
	for _, name := range []string{"llama-tied", "qwen2", "qwen3"} {
		t.Run(name, func(t *testing.T) {
			folder, dir := goldens.Path(t, "tiny/"+name), t.TempDir()
			file, again := filepath.Join(dir, "out.gguf"), filepath.Join(dir, "again")
			if err := toFloats(t, folder, file); err != nil {
				t.Fatal(err)
			}
			if err := toFolder(t, file, again); err != nil {
				t.Fatal(err)
			}
			copies := []string{file, again}
			if other, ok := goldens.Find("tiny/" + name + "/model-F16.gguf"); ok {
				if err := toFolder(t, other, filepath.Join(dir, "other")); err != nil {
					t.Fatal(err)
				}
				copies = append(copies, filepath.Join(dir, "other"))
			}
			want := ropeLogits(t, folder)
			for _, path := range copies {
				if d := furthest(ropeLogits(t, path), want); d > 1e-3 {
					t.Errorf("%s: logits differ by %g", filepath.Base(path), d)
				}
			}
		})
	}
}

func toFolder(t *testing.T, in, out string) error {
	r, err := convert.ParseRecipe("F32")
	if err != nil {
		t.Fatal(err)
	}
	_, err = convert.ToFolder(t.Context(), in, out, convert.Options{Recipe: r})
	return err
}
