package verify

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/gopher"
	"github.com/rocmforge/rocmforge/runtime"
)

func TestMain(m *testing.M) {
	runtime.Child()
	os.Exit(m.Run())
}

func openGopher(_ context.Context, o runtime.Options) (*runtime.Model, error) {
	r := gopher.Model()
	return runtime.OpenReader(r, r.Size(), o)
}

func TestCPU(t *testing.T) {
	if testing.Short() {
		t.Skip("measures copies of memory")
	}
	var steps []string
	r, err := Run(t.Context(), Options{
		Runtime: runtime.Options{Device: "cpu"}, Open: openGopher, Ops: []string{"rmsnorm", "softmax"}, Tokens: 16,
		Step: func(s string) { steps = append(steps, s) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if !r.OK || len(r.Ops) != 2 || r.Ops[1].Passed < 30 || r.Ops[1].OfAllowed <= 0 || r.Greedy.Same < 12 || r.Copy.Rate < 1e8 || r.Graphs.Status != Skipped {
		t.Errorf("%+v", r)
	}
	if got := strings.Join(steps, ", "); got != "rmsnorm, softmax, tokens of the CPU, copying, tokens of cpu" {
		t.Errorf("steps: %s", got)
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil || strings.Count(text.String(), "\n") != 9 {
		t.Errorf("%v\n%s", err, &text)
	}
}

// TestNoDevice: an error says what is missing, and there is no report.
func TestNoDevice(t *testing.T) {
	r, err := Run(t.Context(), Options{Runtime: runtime.Options{Device: "hip", ROCm: t.TempDir()}, Open: openGopher, Tokens: 1})
	if _, ok := errors.AsType[*runtime.DeviceError](err); !ok || r != nil {
		t.Errorf("%v, %v", r, err)
	}
}

// TestNoModel: a device that cannot have the model is not right.
func TestNoModel(t *testing.T) {
	none := func(context.Context, runtime.Options) (*runtime.Model, error) {
		return nil, errors.New("open /home/me/model.gguf: no")
	}
	r, err := Run(t.Context(), Options{Runtime: runtime.Options{Device: "cpu"}, Open: none, Ops: []string{"mask"}, Tokens: 1})
	if err != nil || r.OK || strings.Join(r.Failed(), " ") != "copy graphs greedy" || r.Copy.Why != "open model.gguf: no" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestCancelled(t *testing.T) {
	why := errors.New("enough")
	for _, step := range []string{"mask", "tokens of cpu"} {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		r, err := Run(ctx, Options{
			Runtime: runtime.Options{Device: "cpu"}, Open: openGopher, Ops: []string{"mask"}, Tokens: 64,
			Step: func(s string) {
				if s == step {
					cancel(why)
				}
			},
		})
		if r != nil || err != why {
			t.Errorf("%s: %v, %v", step, r, err)
		}
	}
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		logits []float32
		id     int32
		margin float64
	}{
		{[]float32{1, 3, 2}, 1, 1}, {[]float32{5, 1, 2}, 0, 3}, {[]float32{1, 2, 4}, 2, 2}, {[]float32{2, 2}, 0, 0}, {[]float32{7}, 0, 0},
	} {
		if id, margin := choose(c.logits); id != c.id || margin != c.margin {
			t.Errorf("%v: %d, %v", c.logits, id, margin)
		}
	}
}

// TestGreedyAdd: another choice is wrong where the CPU's is clear, and so is a
// logit that is no number; the report stays JSON.
func TestGreedyAdd(t *testing.T) {
	g := Greedy{Margin: 1}
	nan := float32(math.NaN())
	want := []float32{0, 2, 1.5}
	g.add(choice{1, 0.5, want}, []float32{0, 2, 1})   // the same
	g.add(choice{1, 0.5, want}, []float32{0, 1, 2})   // close
	g.add(choice{1, 1.5, want}, []float32{3, 2, 1})   // wrong
	g.add(choice{1, 0.5, want}, []float32{0, 2, nan}) // wrong
	if g.Same != 1 || g.Wrong != 2 || g.Worst != 1.5 || g.MaxAbs != 3 {
		t.Errorf("%+v", g)
	}
	if _, err := json.Marshal(g); err != nil {
		t.Error(err)
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"cannot read /home/jane/.cache/x.co: no":   "cannot read x.co: no",
		`open C:\Users\jane\model.gguf`:            "open model.gguf",
		`"/opt/rocm/lib/libamdhip64.so" (gfx1100)`: `"libamdhip64.so" (gfx1100)`,
		"1/2 of amd64/avx2,\n64 tokens/s":          "1/2 of amd64/avx2, 64 tokens/s",
	} {
		if got := clean(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
