package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/internal/safefile"
	"github.com/rocmforge/rocmforge/models/kvcache"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/quantize"
	"github.com/spf13/cobra"
)

// quantizeFlags are the flags of the command.
type quantizeFlags struct {
	scheme, algorithm, calibration, plot string
	exclude                              []string
	force, verbose                       bool
}

func (a *app) quantizeCommand() *cobra.Command {
	var f quantizeFlags
	c := &cobra.Command{
		Use:   "quantize IN OUT --scheme S",
		Short: "Quantize a model to MX formats or FP8, as AMD Quark does",
		Long: `Quantize a Hugging Face folder of the Llama family. OUT is a folder as AMD Quark
writes it (hf_format), or a GGUF file if it ends in .gguf; it is complete or
absent. An interrupted run continues where it ended; while one runs, another one
with the same OUT is refused. With --kv-cache-dtype fp8 or mxfp6 the model asks
for such a cache. Schemes of weights (w) and activations (a):

` + wrapped(quantize.SchemeNames()) + `

or a file of lines "PATTERN SCHEME": the first pattern that matches a layer's
name counts, * matches anything, and the scheme none leaves a layer as it is.

gptq distributes the error of each column over the following ones, and regains
most accuracy; autosmoothquant moves scales between activations and weights.
Both, FP8 activations and FP8 caches need --calib: text (documents separated by
NUL), or uint16 token ids in a file that ends in .tokens.`,
		Example: `  rocmforge quantize ./TinyLlama-1.1B tinyllama-mxfp4 --scheme w_mxfp4_a_mxfp4
  rocmforge quantize ./TinyLlama-1.1B tinyllama.gguf --scheme w_mxfp4 \
    --algo gptq --calib text.txt --plot loss.png`,
		Args: wants("IN", "OUT"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.quantize(c.Context(), args[0], args[1], f)
		},
	}
	c.Flags().StringVar(&f.scheme, "scheme", "", "quantization `scheme` of the layers, or a file of schemes")
	c.Flags().StringVar(&f.algorithm, "algo", quantize.None, "`algorithm`: none, autosmoothquant or gptq")
	c.Flags().StringSliceVar(&f.exclude, "exclude", []string{"lm_head"}, "`patterns` of layers that are not quantized")
	c.Flags().StringVar(&f.calibration, "calib", "", "calibration text or tokens, a `file`")
	c.Flags().StringVar(&f.plot, "plot", "", "write a PNG `file` of each tensor's quantization error")
	c.Flags().BoolVar(&f.force, "force", false, "write over a GGUF file OUT that exists")
	c.Flags().BoolVar(&f.verbose, "verbose", false, "print a line for each tensor")
	c.MarkFlagRequired("scheme")
	c.RegisterFlagCompletionFunc("scheme", cobra.FixedCompletions(quantize.SchemeNames(), cobra.ShellCompDirectiveDefault))
	c.RegisterFlagCompletionFunc("algo", cobra.FixedCompletions(quantize.Algorithms, cobra.ShellCompDirectiveNoFileComp))
	return uses(c, "kv-cache-dtype")
}

func (a *app) quantize(ctx context.Context, in, out string, f quantizeFlags) error {
	scheme, err := quantize.ParseScheme(f.scheme)
	if err != nil {
		return usagef("--scheme: %w", err)
	}
	if !slices.Contains(quantize.Algorithms, f.algorithm) {
		return usagef("--algo %q: want %s", f.algorithm, strings.Join(quantize.Algorithms, ", "))
	}
	if err := safefile.CheckNotInput(f.plot, in, out, f.calibration, f.scheme); f.plot != "" && err != nil {
		return fmt.Errorf("--plot: %w", err)
	}
	if f.plot != "" { // after hours it would be too late
		if err := quantize.CheckPlot(f.plot); err != nil {
			return fmt.Errorf("--plot: %w", err)
		}
	}
	o := quantize.Options{
		Scheme: scheme, Algorithm: f.algorithm, Exclude: f.exclude, Calibration: f.calibration,
		Progress: a.progressCount("layers"), Warn: a.printWarning,
	}
	if o.KVCache, err = a.quantizedCache(); err != nil {
		return err
	}
	if in, err = findPath(in); err != nil {
		return err
	}
	if strings.HasSuffix(out, ".gguf") {
		if err := checkNew(in, out, f.force); err != nil {
			return err
		}
	}
	r, err := quantize.Run(ctx, in, out, o)
	if err != nil {
		return cause(ctx, err)
	}
	if a.json {
		err = a.writeJSON(r)
	} else {
		err = a.printQuantized(out, r, f.verbose)
	}
	if err != nil || f.plot == "" {
		return err
	}
	return quantize.Plot(f.plot, r)
}

// quantizedCache is the type of cache that the model is to ask for, if any.
func (a *app) quantizedCache() (quant.Type, error) {
	if a.kvType == "" {
		return 0, nil
	}
	t, err := kvcache.ParseType(a.kvType)
	if err == nil && t != quant.FP8_E4M3 && t != quant.MXFP6_E2M3 {
		err = usagef("--kv-cache-dtype %s: want fp8 or mxfp6", a.kvType)
	}
	return t, err
}
