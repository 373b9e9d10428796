package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/rocmforge/rocmforge"
	"github.com/rocmforge/rocmforge/runtime"
	"github.com/spf13/cobra"
)

// bench has the flags of the command.
type bench struct {
	prompt, tokens, depth, repeat int
	kernels                       bool
	syntheticModel
}

// benchResult is the JSON of bench. Rates are medians of the repetitions.
type benchResult struct {
	Model       string  `json:"model"`
	Device      string  `json:"device"`
	Prompt      int     `json:"prompt"`
	Tokens      int     `json:"tokens"`
	Depth       int     `json:"depth"`
	Repeat      int     `json:"repeat"`
	Prefill     float64 `json:"prefill"`      // tokens/s
	Decode      float64 `json:"decode"`       // tokens/s
	WeightBytes int64   `json:"weight_bytes"` // read for each token
	WeightRate  float64 `json:"weight_rate"`  // bytes/s while decoding
	CopyRate    float64 `json:"copy_rate"`    // bytes/s read and written
	CopyShare   float64 `json:"copy_share"`   // weight_rate / copy_rate

	PrefillKernels []runtime.KernelTime `json:"prefill_kernels,omitempty"`
	DecodeKernels  []runtime.KernelTime `json:"decode_kernels,omitempty"`
}

func (a *app) benchCommand() *cobra.Command {
	var b bench
	c := &cobra.Command{
		Use:   "bench [flags] [MODEL]",
		Short: "Measure the speed of a model on this machine",
		Long: `Measure prefill and decode in tokens per second, and the bytes of weights that
decoding reads per second. The rate at which this machine copies memory (bytes
read and written) is shown for comparison. --shape measures random weights in
the shape of a published model, which are as fast as real ones.`,
		Example: `  rocmforge bench
  rocmforge bench model.gguf --prompt 512 -n 64 --threads 2 --json
  rocmforge bench --device hip --shape 8b --type Q8_0 --prompt 2048 --kernels
  rocmforge bench --shape 1b --type Q4_K_M --write 1b.gguf`,
		Args:              a.modelArg,
		ValidArgsFunction: completeModel,
		RunE: func(c *cobra.Command, _ []string) error {
			if b.prompt < 1 || b.tokens < 1 || b.repeat < 1 || b.depth < 0 {
				return usagef("--prompt, --tokens and --repeat: want at least 1; --depth: at least 0")
			}
			remove, err := b.make(c.Context(), a)
			if err != nil {
				return err
			}
			defer remove()
			return a.bench(c.Context(), b)
		},
	}
	c.Flags().IntVarP(&b.prompt, "prompt", "p", 512, "tokens of the prompt")
	c.Flags().IntVarP(&b.tokens, "tokens", "n", 64, "tokens to decode")
	c.Flags().IntVar(&b.depth, "depth", 0, "tokens in the context when decoding begins")
	b.syntheticModel.flags(c)
	c.Flags().BoolVar(&b.kernels, "kernels", false, "also measure each kernel by itself")
	c.Flags().IntVar(&b.repeat, "repeat", 3, "repetitions; the median is reported")
	return c
}

func (a *app) bench(ctx context.Context, b bench) error {
	read, err := a.decodeBytes()
	if err != nil {
		return err
	}
	m, s, close, err := a.session(ctx)
	if err != nil {
		return err
	}
	defer close()
	r := benchResult{
		Model: a.modelName(), Device: m.Device(), Prompt: b.prompt, Tokens: b.tokens, Depth: b.depth, Repeat: b.repeat, WeightBytes: read,
	}
	if r.Prefill, r.Decode, err = b.measure(ctx, m, s, a.progressCount("measuring")); err != nil {
		return cause(ctx, err)
	}
	r.WeightRate = r.Decode * float64(read)
	if r.CopyRate, err = m.CopyRate(); err != nil {
		return err
	}
	r.CopyShare = r.WeightRate / r.CopyRate
	if b.kernels {
		if err := b.profile(ctx, m, s, &r); err != nil {
			return cause(ctx, err)
		}
	}
	if a.json {
		return a.writeJSON(r)
	}
	return a.printBench(&r)
}

// measure returns the median rates, in tokens per second. What comes before the
// first brings weights and pages into memory, and records a GPU's graphs.
func (b *bench) measure(ctx context.Context, m *rocmforge.Model, s *rocmforge.Session, progress func(done, total int)) (prefill, decode float64, err error) {
	ids := randomIDs(max(b.prompt, b.depth+b.tokens), m.Config().Vocab)
	if _, err := s.Forward(ctx, ids[:b.prompt]); err != nil {
		return 0, 0, err
	}
	s.Reset()
	if _, err := b.decode(ctx, s, ids); err != nil {
		return 0, 0, err
	}
	var prefills, decodes []float64
	for i := range b.repeat {
		if progress != nil {
			progress(i, b.repeat)
		}
		s.Reset()
		rate, err := forwardRate(ctx, s, ids[:b.prompt])
		if err != nil {
			return 0, 0, err
		}
		prefills = append(prefills, rate)
		s.Reset()
		if rate, err = b.decode(ctx, s, ids); err != nil {
			return 0, 0, err
		}
		decodes = append(decodes, rate)
	}
	if progress != nil {
		progress(b.repeat, b.repeat)
	}
	return median(prefills), median(decodes), nil
}

// decode measures decoding at the depth asked for, from an empty session.
func (b *bench) decode(ctx context.Context, s *rocmforge.Session, ids []int32) (float64, error) {
	if b.depth > 0 {
		if _, err := s.Forward(ctx, ids[:b.depth]); err != nil {
			return 0, err
		}
	}
	return decodeRate(ctx, s, ids[b.depth:b.depth+1], b.tokens)
}

// forwardRate runs ids through the model and gives tokens per second.
func forwardRate(ctx context.Context, s *rocmforge.Session, ids []int32) (float64, error) {
	start := time.Now()
	if _, err := s.Forward(ctx, ids); err != nil {
		return 0, err
	}
	return float64(len(ids)) / time.Since(start).Seconds(), nil
}

// decodeRate generates tokens after the first one, greedily.
func decodeRate(ctx context.Context, s *rocmforge.Session, first []int32, tokens int) (float64, error) {
	start := time.Now()
	for _, err := range s.GenerateIDs(ctx, first, rocmforge.GenerateOptions{MaxTokens: tokens, IgnoreEOS: true, Sampling: &rocmforge.Sampling{}}) {
		if err != nil {
			return 0, err
		}
	}
	return float64(tokens) / time.Since(start).Seconds(), nil
}

// profile measures the kernels of the prompt's pass, and of one token's.
func (b *bench) profile(ctx context.Context, m *rocmforge.Model, s *rocmforge.Session, r *benchResult) (err error) {
	ids := randomIDs(max(b.prompt, b.depth+1), m.Config().Vocab)
	s.Reset()
	if r.PrefillKernels, err = s.Profile(ctx, ids[:min(b.prompt, m.BatchTokens())]); err != nil {
		return err
	}
	if b.depth > 0 {
		if _, err := s.Forward(ctx, ids[:b.depth]); err != nil {
			return err
		}
	}
	r.DecodeKernels, err = s.Profile(ctx, ids[b.depth:b.depth+1])
	return err
}

func printKernels(w io.Writer, pass string, times []runtime.KernelTime) {
	sum := 0.0
	for _, t := range times {
		sum += t.Seconds
	}
	for _, t := range times {
		fmt.Fprintf(w, "%s\t%.1f us (%.0f%%), %d of %s\n", pass, 1e6*t.Seconds, 100*t.Seconds/sum, t.Launches, t.Kernel)
	}
}

// randomIDs are the same each time.
func randomIDs(n, vocab int) []int32 {
	r := rand.New(rand.NewPCG(1, 2))
	ids := make([]int32, n)
	for i := range ids {
		ids[i] = int32(r.IntN(vocab))
	}
	return ids
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

func (a *app) printBench(r *benchResult) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "model\t%s on %s\n", oneLine(r.Model), r.Device)
	fmt.Fprintf(w, "prefill\t%.1f tokens/s (%d tokens)\n", r.Prefill, r.Prompt)
	fmt.Fprintf(w, "decode\t%.1f tokens/s (%d tokens)\n", r.Decode, r.Tokens)
	fmt.Fprintf(w, "weights\t%s per token, %.1f GB/s\n", bytesText(r.WeightBytes), r.WeightRate/1e9)
	fmt.Fprintf(w, "copying\t%.1f GB/s (decoding reaches %.0f%% of it)\n", r.CopyRate/1e9, 100*r.CopyShare)
	printKernels(w, "prefill", r.PrefillKernels)
	printKernels(w, "decode", r.DecodeKernels)
	return w.Flush()
}
