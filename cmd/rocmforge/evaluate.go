package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/internal/chart"
	"github.com/rocmforge/rocmforge/internal/safefile"
	"github.com/rocmforge/rocmforge/models/kvcache"
	"github.com/rocmforge/rocmforge/runtime"
	"github.com/rocmforge/rocmforge/runtime/evaluate"
	"github.com/spf13/cobra"
)

// evaluateFlags are the flags of the command.
type evaluateFlags struct {
	models, activations, kvTypes []string
	reference, plot              string
	text                         measuredText
}

// evaluateResult is the JSON of evaluate.
type evaluateResult struct {
	Text     string          `json:"text"`
	Chunk    int             `json:"chunk"`
	Variants []variantResult `json:"variants"`
}

type variantResult struct {
	Model string `json:"model"`
	Type  string `json:"type"` // that most bytes of the file are of
	Bytes int64  `json:"bytes"`
	evaluate.Result
}

func (a *app) evaluateCommand() *cobra.Command {
	var f evaluateFlags
	c := &cobra.Command{
		Use:   "evaluate [flags] [MODEL]...",
		Short: "Compare variants of a model: perplexity, KL divergence, memory",
		Long: `Measure variants of a model side by side: each model (-m, or an argument) with
each of --activations and each of --kv-cache-dtype. The others are compared with
the first variant, or with --reference MODEL if it is given, whose activations
are fast and whose KV cache has the type that it asks for, or else f16 (f32 with
--exact).

Perplexity is measured as by the command perplexity, in chunks of --ctx tokens
(1024, or the model's own context if that is shorter), with its standard error.
RISE is the relative rise of perplexity, with the standard error of the
difference. KL is the mean Kullback-Leibler divergence in nats from the first
variant's predictions, SAME the share of positions with the same most probable
token; both are measured at the first positions only, as many as have 67 million
logits (2097 positions at a vocabulary of 32000). WEIGHTS and KV are bytes that
the device's allocator counted: weights (without those that stay in the mapped
file) and a KV cache of --ctx tokens. TOKENS/S is the speed of this measurement,
not of generation: see bench.

All variants must split the text into the same tokens. A variant that does not
fit the device is an error, and so is one whose file does not say how its
activations are simulated.`,
		Example: `  rocmforge evaluate --kv-cache-dtype f16,fp8,mxfp6
  rocmforge evaluate model.gguf model-mxfp4.gguf --file text.txt --plot out.png
  rocmforge evaluate --reference ./Llama ./Llama-MXFP4 \
    --activations fast,simulate --json`,
		ValidArgsFunction: completeModel,
		RunE: func(c *cobra.Command, args []string) error {
			f.models = append(f.models, args...)
			if err := f.check(); err != nil {
				return err
			}
			if err := f.findModels(); err != nil {
				return err
			}
			return a.evaluate(c.Context(), &f)
		},
	}
	c.Flags().StringArrayVarP(&f.models, "model", "m", nil, "GGUF `file` or Hugging Face folder, each a variant (default: the built-in demo model)")
	c.Flags().StringSliceVar(&f.activations, "activations", []string{runtime.Fast}, "fast, simulate, or both separated by a comma")
	c.Flags().StringSliceVar(&f.kvTypes, "kv-cache-dtype", nil, "types of the KV cache, separated by commas: "+strings.Join(kvcache.TypeNames, ",")+" (default: as in run)")
	c.Flags().StringVar(&f.reference, "reference", "", "compare with this `model` instead of the first variant")
	c.Flags().StringVar(&f.plot, "plot", "", "write a PNG, SVG or PDF `file` of perplexities and memory")
	group(c.Flags(), modelFlags)
	f.text.flags(c)
	c.RegisterFlagCompletionFunc("model", completeModel)
	c.RegisterFlagCompletionFunc("reference", completeModel)
	c.RegisterFlagCompletionFunc("kv-cache-dtype", cobra.FixedCompletions(kvcache.TypeNames, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func (f *evaluateFlags) check() error {
	for _, v := range f.activations {
		if v != runtime.Fast && v != runtime.Simulate {
			return usagef("--activations %q: want fast or simulate", v)
		}
	}
	for _, v := range f.kvTypes {
		if err := checkKVType(v); err != nil {
			return err
		}
	}
	if slices.Contains(f.models, "") {
		return usagef("-m is empty")
	}
	if f.plot != "" {
		if err := chart.Check(f.plot); err != nil {
			return usagef("--plot: %w", err)
		}
		inputs := append(slices.Clone(f.models), f.reference, f.text.textFile, f.text.tokensFile)
		if err := safefile.CheckNotInput(f.plot, slices.DeleteFunc(inputs, func(s string) bool { return s == "" })...); err != nil {
			return fmt.Errorf("--plot: %w", err)
		}
	}
	return f.text.check()
}

func (a *app) evaluate(ctx context.Context, f *evaluateFlags) error {
	ways := f.ways()
	r := evaluateResult{Text: f.text.name()}
	var err error
	if r.Chunk, err = a.chunk(ways); err != nil {
		return err
	}
	var variants []evaluate.Variant
	for _, w := range ways {
		v := variantResult{Model: modelName(w.model)}
		if v.Type, v.Bytes, err = fileSize(w.model); err != nil {
			return err
		}
		r.Variants = append(r.Variants, v)
		variants = append(variants, a.variant(w, r.Chunk))
	}
	results, err := evaluate.Run(ctx, variants, evaluate.Options{
		Text: f.text.ids, Chunk: r.Chunk, Chunks: f.text.chunks, Step: a.stepper("evaluating"), Progress: a.progressCount("chunks"),
	})
	if err != nil {
		return cause(ctx, err)
	}
	for i := range results {
		r.Variants[i].Result = results[i]
	}
	r.Chunk = min(r.Chunk, results[0].Tokens) // a short text fills none
	if a.json {
		err = a.writeJSON(r)
	} else {
		err = a.printEvaluation(&r)
	}
	if err != nil || f.plot == "" {
		return err
	}
	return plotEvaluation(f.plot, &r)
}
