package evaluate

import (
	"context"
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/gopher"
	"github.com/rocmforge/rocmforge/runtime"
)

func TestMain(m *testing.M) {
	runtime.Child()
	os.Exit(m.Run())
}

func variant(name string, o runtime.Options) Variant {
	o.Device, o.Context = "cpu", 64
	return Variant{
		Name:    name,
		Inspect: func() error { r := gopher.Model(); _, err := runtime.InspectReader(r, r.Size(), o); return err },
		Open: func(context.Context) (*runtime.Model, error) {
			r := gopher.Model()
			return runtime.OpenReader(r, r.Size(), o)
		},
	}
}

func text(*runtime.Model) ([]int32, error) {
	ids := make([]int32, 129)
	for i := range ids {
		ids[i] = int32(i * 31 % 4096)
	}
	return ids, nil
}

func TestRun(t *testing.T) {
	var steps []string
	r, err := Run(t.Context(), []Variant{
		variant("first", runtime.Options{Exact: true}), variant("same", runtime.Options{Exact: true}),
		variant("other", runtime.Options{Exact: true, KVCacheDType: "mxfp4"}),
	}, Options{Text: text, Chunk: 64, Step: func(v Variant) { steps = append(steps, v.Name) }})
	if err != nil {
		t.Fatal(err)
	}
	first, same, other := r[0], r[1], r[2]
	if first.Against != nil || first.Tokens != 128 || first.PPLError <= 0 || first.Rate <= 0 || first.WeightBytes < 5<<20 {
		t.Errorf("first: %+v", first)
	}
	if d := *same.Against; d.Rise != 0 || d.RiseError != 0 || d.KL > 1e-12 || d.SameTop != 1 || d.Compared != 128 || same.PPL != first.PPL {
		t.Errorf("same: %+v", d)
	}
	d := *other.Against
	if rise := other.PPL/first.PPL - 1; math.Abs(rise-d.Rise) > 1e-9 || d.RiseError <= 0 || d.KL < 0.01 || d.SameTop > 0.99 {
		t.Errorf("other: %+v; the perplexities say %v", d, rise)
	}
	// 4.25 bits in the place of 32, plus the table of pages.
	if share := float64(other.KVBytes) / float64(first.KVBytes); math.Abs(share-4.25/32) > 1e-4 {
		t.Errorf("the caches take %d and %d bytes", other.KVBytes, first.KVBytes)
	}
	if !slices.Equal(steps, []string{"first", "same", "other"}) {
		t.Errorf("steps %q", steps)
	}
}

// TestKept: of a large vocabulary only the first positions are compared.
func TestKept(t *testing.T) {
	const vocab = 100
	first := &reference{vocab: vocab, keep: 2*vocab + 1} // room for two rows
	row := make([]float32, vocab)
	for range 3 {
		if err := first.rows(row, []float64{1}); err != nil {
			t.Fatal(err)
		}
	}
	c := &comparison{first: first}
	for range 3 {
		if err := c.rows(row, []float64{2}); err != nil {
			t.Fatal(err)
		}
	}
	if d := c.difference(); d.Compared != 2 || math.Abs(d.Rise-math.Expm1(1)) > 1e-12 {
		t.Errorf("%+v", d)
	}
}

func TestRunRefuses(t *testing.T) {
	good, bad := variant("good", runtime.Options{}), variant("bad", runtime.Options{Activations: runtime.Simulate})
	begun := false
	step := func(Variant) { begun = true }
	_, err := Run(t.Context(), []Variant{good, bad}, Options{Text: text, Chunk: 64, Step: step})
	if of, ok := errors.AsType[*VariantError](err); !ok || of.Index != 1 || begun || !strings.HasPrefix(err.Error(), "bad: ") {
		t.Errorf("%v; begun: %v", err, begun)
	}
	calls := 0
	changing := func(m *runtime.Model) ([]int32, error) {
		calls++
		ids, err := text(m)
		return ids[calls:], err
	}
	if _, err := Run(t.Context(), []Variant{good, good}, Options{Text: changing, Chunk: 64}); err == nil || !strings.Contains(err.Error(), "other tokens") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	stop := func(int, int) { cancel() }
	if _, err := Run(ctx, []Variant{good, good}, Options{Text: text, Chunk: 64, Progress: stop}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := Run(t.Context(), []Variant{good}, Options{Text: text}); err == nil {
		t.Error("chunks of no tokens were taken")
	}
}
