package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/rocmforge/rocmforge"
	"github.com/spf13/cobra"
)

// bench has the flags of the command.
type bench struct {
	prompt, tokens, repeat int
}

// benchResult is the JSON of bench. Rates are medians of the repetitions.
type benchResult struct {
	Model       string  `json:"model"`
	Device      string  `json:"device"`
	Prompt      int     `json:"prompt"`
	Tokens      int     `json:"tokens"`
	Repeat      int     `json:"repeat"`
	Prefill     float64 `json:"prefill"`      // tokens/s
	Decode      float64 `json:"decode"`       // tokens/s
	WeightBytes int64   `json:"weight_bytes"` // read for each token
	WeightRate  float64 `json:"weight_rate"`  // bytes/s while decoding
	CopyRate    float64 `json:"copy_rate"`    // bytes/s read and written
	CopyShare   float64 `json:"copy_share"`   // weight_rate / copy_rate
}

func (a *app) benchCommand() *cobra.Command {
	var b bench
	c := &cobra.Command{
		Use:   "bench [flags]",
		Short: "Measure how fast a model runs here",
		Long: `Measure prefill and decode in tokens per second, and the bytes of weights that
decoding reads per second, beside the rate at which this machine copies memory
(bytes read and written).`,
		Example: `  rocmforge bench
  rocmforge bench -m model.gguf --prompt 512 -n 64 --threads 2 --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if b.prompt < 1 || b.tokens < 1 || b.repeat < 1 {
				return usagef("--prompt, --tokens and --repeat: want at least 1")
			}
			return a.bench(c.Context(), b)
		},
	}
	c.Flags().IntVar(&b.prompt, "prompt", 512, "tokens of the prompt")
	c.Flags().IntVarP(&b.tokens, "tokens", "n", 64, "tokens to decode behind it")
	c.Flags().IntVar(&b.repeat, "repeat", 3, "repetitions; the median counts")
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
		Model: a.modelName(), Device: m.Device(), Prompt: b.prompt, Tokens: b.tokens, Repeat: b.repeat, WeightBytes: read,
	}
	if r.Prefill, r.Decode, err = b.measure(ctx, m, s); err != nil {
		return cause(ctx, err)
	}
	r.WeightRate = r.Decode * float64(read)
	r.CopyRate = copyRate(a.threads)
	r.CopyShare = r.WeightRate / r.CopyRate
	if a.json {
		return a.writeJSON(r)
	}
	return a.printBench(&r)
}

// measure returns the median rates, in tokens per second. One pass before the
// first brings weights and pages into memory.
func (b *bench) measure(ctx context.Context, m *rocmforge.Model, s *rocmforge.Session) (prefill, decode float64, err error) {
	ids := randomIDs(b.prompt+b.tokens, m.Config().Vocab)
	if _, err := s.Forward(ctx, ids[:1], false); err != nil {
		return 0, 0, err
	}
	var prefills, decodes []float64
	for range b.repeat {
		s.Reset()
		start := time.Now()
		if _, err := s.Forward(ctx, ids[:b.prompt], false); err != nil {
			return 0, 0, err
		}
		prefills = append(prefills, float64(b.prompt)/time.Since(start).Seconds())
		start = time.Now()
		for i := b.prompt; i < len(ids); i++ {
			if _, err := s.Forward(ctx, ids[i:i+1], false); err != nil {
				return 0, 0, err
			}
		}
		decodes = append(decodes, float64(b.tokens)/time.Since(start).Seconds())
	}
	return median(prefills), median(decodes), nil
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
	fmt.Fprintf(w, "copying\t%.1f GB/s here, of which that is %.0f%%\n", r.CopyRate/1e9, 100*r.CopyShare)
	return w.Flush()
}
