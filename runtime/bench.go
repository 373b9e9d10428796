package runtime

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"
)

// BenchOptions steer Bench. The zero value measures a prompt of 512 tokens and
// 128 decoded ones, five times each.
type BenchOptions struct {
	Prompt   int // tokens of the prompt
	Generate int // tokens decoded behind an empty cache
	Repeat   int
	Progress func(done, total int)
}

// BenchResult is medians over all repetitions.
type BenchResult struct {
	PromptTokens    int     `json:"prompt_tokens"`
	GeneratedTokens int     `json:"generated_tokens"`
	Prefill         float64 `json:"prefill_tokens_per_second"`
	Decode          float64 `json:"decode_tokens_per_second"`
	WeightBytes     int     `json:"weight_bytes"` // that a decoded token reads
	WeightRate      float64 `json:"weight_bytes_per_second"`
	CopyRate        float64 `json:"copy_bytes_per_second"` // of this machine, read and written
	Share           float64 `json:"share_of_copy_rate"`
	Threads         int     `json:"threads"`
}

func (o *BenchOptions) defaults() {
	for _, v := range []struct {
		p   *int
		def int
	}{{&o.Prompt, 512}, {&o.Generate, 128}, {&o.Repeat, 5}} {
		if *v.p == 0 {
			*v.p = v.def
		}
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
}

// Bench measures prefill and decode. The tokens mean nothing: speed does not
// depend on them.
func (m *Model) Bench(ctx context.Context, o BenchOptions) (BenchResult, error) {
	o.defaults()
	if o.Prompt < 0 || o.Generate < 0 || o.Repeat < 0 || max(o.Prompt, o.Generate) > m.context {
		return BenchResult{}, &ContextError{Tokens: max(o.Prompt, o.Generate), Limit: m.context}
	}
	s, err := m.NewSession()
	if err != nil {
		return BenchResult{}, err
	}
	defer s.Close()
	var prefill, decode []float64
	for i := range o.Repeat + 1 { // the first one warms up
		p, d, err := s.measure(ctx, o)
		if err != nil {
			return BenchResult{}, err
		}
		if i > 0 {
			prefill, decode = append(prefill, p), append(decode, d)
		}
		o.Progress(i+1, o.Repeat+1)
	}
	threads := m.dev.Caps().Workers
	r := BenchResult{
		PromptTokens: o.Prompt, GeneratedTokens: o.Generate, Prefill: median(prefill), Decode: median(decode),
		WeightBytes: m.readBytes, CopyRate: copyRate(threads), Threads: threads,
	}
	r.WeightRate = r.Decode * float64(r.WeightBytes)
	r.Share = r.WeightRate / r.CopyRate
	return r, nil
}

// measure times one prompt and one generation, in tokens per second.
func (s *Session) measure(ctx context.Context, o BenchOptions) (prefill, decode float64, err error) {
	defer contain(&err)
	none := func([]float32, int) error { return nil }
	s.Reset()
	s.ids = append(s.ids, make([]int32, o.Prompt)...)
	begin := time.Now()
	if err := s.passRows(ctx, len(s.ids)-1, none); err != nil {
		return 0, 0, err
	}
	prefill = float64(o.Prompt) / time.Since(begin).Seconds()
	s.Reset()
	begin = time.Now()
	for range o.Generate {
		s.ids = append(s.ids, 0)
		if err := s.passRows(ctx, s.pos, none); err != nil {
			return 0, 0, err
		}
	}
	return prefill, float64(o.Generate) / time.Since(begin).Seconds(), nil
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return v[len(v)/2]
}

// copyRate is the machine's rate of copying memory with so many threads, in
// bytes read and written per second: the best of a few tries.
func copyRate(threads int) float64 {
	const size = 128 << 20 // for each thread: more than any cache
	best := 0.0
	buffers := make([][2][]byte, threads)
	for i := range buffers {
		buffers[i] = [2][]byte{slices.Repeat([]byte{1}, size), slices.Repeat([]byte{2}, size)}
	}
	for range 4 {
		var wg sync.WaitGroup
		begin := time.Now()
		for _, b := range buffers {
			wg.Go(func() { copy(b[0], b[1]) })
		}
		wg.Wait()
		best = max(best, float64(2*size*threads)/time.Since(begin).Seconds())
	}
	runtime.KeepAlive(buffers)
	return best
}

// String is the result for people.
func (r BenchResult) String() string {
	return fmt.Sprintf("prefill %.1f tokens/s, decode %.2f tokens/s, weights read at %.2f GB/s, %.0f%% of the copy rate of %.2f GB/s",
		r.Prefill, r.Decode, r.WeightRate/1e9, 100*r.Share, r.CopyRate/1e9)
}
