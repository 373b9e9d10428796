package sample

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

var (
	nan = float32(math.NaN())
	inf = float32(math.Inf(1))
)

func mustNew(t testing.TB, o Options, vocab int) *Chain {
	t.Helper()
	c, err := New(o, vocab)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// randomLogits looks like a model's: normal, a few far above the rest.
func randomLogits(n int, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	l := make([]float32, n)
	for i := range l {
		l[i] = float32(r.NormFloat64() * 2)
	}
	for range 8 {
		l[r.IntN(n)] += 16
	}
	return l
}

func logitsOf(p ...float64) []float32 {
	l := make([]float32, len(p))
	for i := range p {
		l[i] = float32(math.Log(p[i]))
	}
	return l
}

// draws counts how often each token comes out.
func draws(t *testing.T, o Options, logits []float32, history []int32, n int) []int {
	t.Helper()
	c := mustNew(t, o, len(logits))
	counts := make([]int, len(logits))
	for range n {
		id, err := c.Sample(logits, history)
		if err != nil {
			t.Fatal(err)
		}
		counts[id]++
	}
	return counts
}

func TestDistribution(t *testing.T) {
	p := []float64{0.05, 0.4, 0.1, 0.25, 0.2}
	for _, test := range []struct {
		name    string
		options Options
		logits  []float32
		history []int32
		want    []float64 // up to a factor
	}{
		{"temperature 1", Options{Temperature: 1}, logitsOf(p...), nil, p},
		{"temperature 2", Options{Temperature: 2}, logitsOf(p...), nil,
			[]float64{math.Sqrt(0.05), math.Sqrt(0.4), math.Sqrt(0.1), 0.5, math.Sqrt(0.2)}},
		{"temperature 0.5", Options{Temperature: 0.5}, logitsOf(p...), nil,
			[]float64{0.0025, 0.16, 0.01, 0.0625, 0.04}},
		{"top-k 2", Options{Temperature: 1, TopK: 2}, logitsOf(p...), nil, []float64{0, 0.4, 0, 0.25, 0}},
		{"top-k beyond the vocabulary", Options{Temperature: 1, TopK: 9}, logitsOf(p...), nil, p},
		{"top-k of equals", Options{Temperature: 1, TopK: 2}, logitsOf(1, 1, 1, 1), nil, []float64{1, 1, 0, 0}},
		{"top-p 0.7", Options{Temperature: 1, TopP: 0.7}, logitsOf(p...), nil, []float64{0, 0.4, 0, 0.25, 0.2}},
		{"top-p 0.6", Options{Temperature: 1, TopP: 0.6}, logitsOf(p...), nil, []float64{0, 0.4, 0, 0.25, 0}},
		{"top-p keeps one", Options{Temperature: 1, TopP: 1e-30}, logitsOf(p...), nil, []float64{0, 1, 0, 0, 0}},
		{"top-p after top-k renormalises", Options{Temperature: 1, TopK: 3, TopP: 0.75}, logitsOf(p...), nil,
			[]float64{0, 0.4, 0, 0.25, 0}},
		{"min-p 0.45", Options{Temperature: 1, MinP: 0.45}, logitsOf(p...), nil, []float64{0, 0.4, 0, 0.25, 0.2}},
		{"min-p 1", Options{Temperature: 1, MinP: 1}, logitsOf(p...), nil, []float64{0, 1, 0, 0, 0}},
		{"temperature after min-p", Options{Temperature: 2, MinP: 0.6}, logitsOf(p...), nil,
			[]float64{0, math.Sqrt(0.4), 0, 0.5, 0}},
		// H = 2.04 bit; informations 4.32 1.32 3.32 2 2.32: nearest are 3, 4, then 1.
		{"typical 0.4", Options{Temperature: 1, Typical: 0.4}, logitsOf(p...), nil, []float64{0, 0, 0, 0.25, 0.2}},
		{"typical 0.5", Options{Temperature: 1, Typical: 0.5}, logitsOf(p...), nil, []float64{0, 0.4, 0, 0.25, 0.2}},
		{"bias", Options{Temperature: 1, LogitBias: map[int32]float32{0: float32(math.Log(8)), 1: -inf}}, logitsOf(p...), nil,
			[]float64{0.4, 0, 0.1, 0.25, 0.2}},
		{"repeat penalty", Options{Temperature: 1, RepeatPenalty: 2}, []float32{2, -1, 2, -1}, []int32{0, 1, 0},
			[]float64{math.E, math.Exp(-2), math.Exp(2), math.Exp(-1)}},
		{"frequency penalty", Options{Temperature: 1, FrequencyPenalty: 1}, []float32{2, 1, 0}, []int32{0, 0, 1},
			[]float64{1, 1, 1}},
		{"presence penalty", Options{Temperature: 1, PresencePenalty: 1}, []float32{1, 1, 0}, []int32{0, 0, 1},
			[]float64{1, 1, 1}},
		{"window", Options{Temperature: 1, PresencePenalty: 1, RepeatLastN: 2}, []float32{0, 1, 1}, []int32{0, 0, 1, 2},
			[]float64{1, 1, 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.options.Seed = 42
			chiSquare(t, draws(t, test.options, test.logits, test.history, 20000), test.want)
		})
	}
}

// chiSquare fails when the counts would come from want with a chance under
// about 0.1%.
func chiSquare(t *testing.T, counts []int, want []float64) {
	t.Helper()
	n, sum := 0, 0.0
	for i, c := range counts {
		n, sum = n+c, sum+want[i]
	}
	x2, freedom := 0.0, -1
	for i, c := range counts {
		if want[i] == 0 {
			if c > 0 {
				t.Errorf("token %d was cut and came %d times", i, c)
			}
			continue
		}
		e := float64(n) * want[i] / sum
		x2 += (float64(c) - e) * (float64(c) - e) / e
		freedom++
	}
	limit := []float64{0, 10.83, 13.82, 16.27, 18.47}[freedom]
	if x2 > limit {
		t.Errorf("counts %v for weights %v: chi-square %.1f with %d degrees of freedom, want at most %.1f",
			counts, want, x2, freedom, limit)
	}
}

func TestGreedyTakesTheFirstOfEquals(t *testing.T) {
	logits := []float32{-1, 3, 2, 3}
	id, err := mustNew(t, Options{TopK: 1, TopP: 0.1}, 4).Sample(logits, nil)
	if err != nil || id != 1 {
		t.Errorf("got %d, %v; want 1", id, err)
	}
	id, err = mustNew(t, Options{LogitBias: map[int32]float32{1: -inf, 3: -2}}, 4).Sample(logits, nil)
	if err != nil || id != 2 {
		t.Errorf("with bias: got %d, %v; want 2", id, err)
	}
	if logits[1] != 3 {
		t.Error("Sample changed the caller's logits")
	}
}

// The tokens that a seed stands for are part of the promise: another platform
// or release must not change them.
func TestSeedFixesTokens(t *testing.T) {
	want := map[string][]int32{
		"plain":   {461, 527, 286, 593, 127, 164, 56, 286},
		"chained": {286, 761, 423, 340, 333, 554, 394, 444},
	}
	for name, o := range map[string]Options{
		"plain":   {Temperature: 1, Seed: 7},
		"chained": {Temperature: 1.2, TopK: 200, Typical: 0.99, TopP: 0.95, MinP: 0.02, RepeatPenalty: 1.1, Seed: 7},
	} {
		logits := randomLogits(1000, 3)
		for i := range logits {
			logits[i] /= 4
		}
		c := mustNew(t, o, len(logits))
		var got []int32
		for range 8 {
			id, err := c.Sample(logits, got)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, id)
		}
		for i := range got {
			if got[i] != want[name][i] {
				t.Errorf("%s: got %v, want %v", name, got, want[name])
				break
			}
		}
	}
}

func TestBrokenLogits(t *testing.T) {
	for _, bad := range []float32{nan, inf, -inf} {
		for _, o := range []Options{{}, {Temperature: 1}} {
			_, err := mustNew(t, o, 3).Sample([]float32{0, bad, 1}, nil)
			var e *NonFiniteError
			if !errors.As(err, &e) || e.Token != 1 {
				t.Errorf("logit %v: error %v", bad, err)
			}
		}
	}
	all := Options{LogitBias: map[int32]float32{0: -inf, 1: -inf}}
	if _, err := mustNew(t, all, 2).Sample([]float32{1, 2}, nil); err == nil {
		t.Error("a token although all are forbidden")
	}
	over := Options{Temperature: 1, LogitBias: map[int32]float32{0: math.MaxFloat32}}
	if _, err := mustNew(t, over, 2).Sample([]float32{math.MaxFloat32, 2}, nil); err == nil {
		t.Error("a token although a bias made an infinity")
	}
	if _, err := mustNew(t, Options{}, 2).Sample([]float32{1}, nil); err == nil {
		t.Error("no error for too few logits")
	}
	c := mustNew(t, Options{PresencePenalty: 1}, 2)
	for _, id := range []int32{-1, 2} {
		if _, err := c.Sample([]float32{1, 2}, []int32{0, id}); err == nil {
			t.Errorf("no error for token %d in the history", id)
		}
	}
	if c.counts[0] != 0 {
		t.Error("a refused history left its counts behind")
	}
}

func TestOptionRanges(t *testing.T) {
	for _, o := range []Options{
		{Temperature: -1}, {Temperature: nan}, {Temperature: inf},
		{TopP: -0.1}, {TopP: 1.1}, {TopP: nan}, {MinP: 2}, {Typical: nan}, {TopK: -1},
		{RepeatPenalty: -1}, {RepeatPenalty: inf}, {FrequencyPenalty: nan}, {PresencePenalty: -inf}, {RepeatLastN: -1},
		{LogitBias: map[int32]float32{0: nan}}, {LogitBias: map[int32]float32{0: inf}},
		{LogitBias: map[int32]float32{-1: 0}}, {LogitBias: map[int32]float32{10: 0}},
	} {
		_, err := New(o, 10)
		if e := (*OptionError)(nil); !errors.As(err, &e) {
			t.Errorf("%+v: error %v", o, err)
		}
	}
	if _, err := New(Options{}, 0); err == nil {
		t.Error("no error for an empty vocabulary")
	}
}

// Extreme but legal options still give a token that they allow.
func TestExtremes(t *testing.T) {
	logits := []float32{-math.MaxFloat32, math.MaxFloat32, 0}
	for _, o := range []Options{
		{Temperature: math.SmallestNonzeroFloat32},
		{Temperature: 1, Typical: 1e-9},
		{Temperature: 1, TopP: 0.999999, MinP: 1, TopK: 1},
	} {
		counts := draws(t, o, logits, nil, 100)
		if o.Typical == 0 && counts[1] != 100 {
			t.Errorf("%+v: counts %v", o, counts)
		}
	}
}

func TestExp(t *testing.T) {
	for x := 0.0; x > -708; x -= 0.0371 {
		want := math.Exp(x)
		if got := exp(x); math.Abs(got-want) > 8e-16*want {
			t.Errorf("exp(%v) = %v, want %v", x, got, want)
		}
	}
	if exp(0) != 1 || exp(-1e300) != 0 {
		t.Errorf("exp(0) = %v, exp(-1e300) = %v", exp(0), exp(-1e300))
	}
}

func benchmarks() map[string]Options {
	return map[string]Options{
		"greedy":      {},
		"temperature": {Temperature: 0.8},
		"top-k":       {Temperature: 0.8, TopK: 40},
		"top-p":       {Temperature: 0.8, TopP: 0.95},
		"min-p":       {Temperature: 0.8, MinP: 0.05},
		"typical":     {Temperature: 0.8, Typical: 0.95},
		"all": {Temperature: 0.8, TopK: 40, TopP: 0.95, MinP: 0.05, Typical: 0.95, RepeatPenalty: 1.1,
			FrequencyPenalty: 0.1, PresencePenalty: 0.1, LogitBias: map[int32]float32{5: 1}},
	}
}

func TestSampleAllocatesNothing(t *testing.T) {
	logits, history := randomLogits(1000, 1), []int32{1, 2, 3, 2, 1}
	for name, o := range benchmarks() {
		c := mustNew(t, o, len(logits))
		if n := testing.AllocsPerRun(20, func() { c.Sample(logits, history) }); n != 0 {
			t.Errorf("%s: %v allocations per token", name, n)
		}
	}
}

func BenchmarkSample(b *testing.B) {
	logits, history := randomLogits(128256, 1), []int32{1, 2, 3, 2, 1}
	for name, o := range benchmarks() {
		b.Run(name, func(b *testing.B) {
			c := mustNew(b, o, len(logits))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Sample(logits, history); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
