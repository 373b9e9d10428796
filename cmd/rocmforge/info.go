package main

import (
	"cmp"
	"context"
	"errors"

	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/quark"
	"github.com/rocmforge/rocmforge/runtime"
	"github.com/rocmforge/rocmforge/tokenizer"
	"github.com/spf13/cobra"
)

// infoResult is the JSON of info.
type infoResult struct {
	Model       string           `json:"model"`
	Format      string           `json:"format"`
	Bytes       int64            `json:"bytes"`
	Parameters  int64            `json:"parameters"`
	TensorCount int              `json:"tensor_count"`
	Types       map[string]int   `json:"types"` // tensors of each type
	Shape       *shapeResult     `json:"shape"`
	Tokenizer   *tokenizerResult `json:"tokenizer"`
	Device      string           `json:"device,omitempty"`
	Memory      *runtime.Plan    `json:"memory"`
	Problem     string           `json:"problem,omitempty"` // why it cannot be run
	Metadata    any              `json:"metadata"`
	Tensors     []tensorResult   `json:"tensors,omitempty"`
}

// shapeResult is the hyper-parameters.
type shapeResult struct {
	Architecture string        `json:"architecture"`
	Layers       int           `json:"layers"`
	Hidden       int           `json:"hidden"`
	FFN          int           `json:"ffn"`
	Heads        int           `json:"heads"`
	KVHeads      int           `json:"kv_heads"`
	PerLayer     []layerResult `json:"per_layer,omitempty"`
	HeadDim      int           `json:"head_dim"`
	Vocab        int           `json:"vocab"`
	Context      int           `json:"context"`
	Window       int           `json:"window"`
	Tied         bool          `json:"tied"`
}

// layerResult is the sizes of a layer, where layers differ.
type layerResult struct {
	Heads   int `json:"heads"`
	KVHeads int `json:"kv_heads"`
	FFN     int `json:"ffn"`
}

type tokenizerResult struct {
	Kind   string `json:"kind,omitempty"`
	Tokens int    `json:"tokens,omitempty"`
	BOS    *int32 `json:"bos,omitempty"`
	EOS    *int32 `json:"eos,omitempty"`
	Error  string `json:"error,omitempty"`
}

func (a *app) infoCommand() *cobra.Command {
	var listTensors, hash bool
	c := &cobra.Command{
		Use:   "info [flags] [MODEL]",
		Short: "Show a model's architecture, formats and memory needs",
		Long: `Show a model's shapes, formats, metadata and memory plan. Only headers are read.
Models of any architecture are shown; if one cannot be run, info says why. A
damaged model ends with exit code 3.`,
		Example: `  rocmforge info
  rocmforge info model.gguf --ctx 8192 --json
  rocmforge info model.gguf --tensors --sha256`,
		Args:              a.modelArg,
		ValidArgsFunction: completeModel,
		SuggestFor:        []string{"show"},
		RunE: func(c *cobra.Command, _ []string) error {
			return a.info(c.Context(), listTensors || hash, hash)
		},
	}
	c.Flags().BoolVar(&listTensors, "tensors", false, "list the tensors")
	c.Flags().BoolVar(&hash, "sha256", false, "add each tensor's sha256 as dequantized float32 (little-endian, row-major)")
	return c
}

func (a *app) info(ctx context.Context, listTensors, hash bool) error {
	c, err := a.openContainer()
	if err != nil {
		return err
	}
	defer c.close()
	r := c.describe()
	r.Model = a.modelName()
	refused := a.plan(&r)
	if listTensors {
		if r.Tensors, err = a.tensorList(ctx, c, hash); err != nil {
			return cause(ctx, err)
		}
	}
	if a.json {
		err = a.writeJSON(r)
	} else {
		err = a.printInfo(&r)
	}
	return errors.Join(err, refused)
}

func (a *app) modelName() string { return cmp.Or(a.found.Name, modelName(a.model)) }

func modelName(path string) string { return cmp.Or(path, "built-in") }

// describe says what the headers say.
func (c *container) describe() infoResult {
	r := infoResult{
		Format: c.format, Bytes: c.bytes, TensorCount: len(c.tensors), Types: map[string]int{},
		Metadata: c.metadata, Tokenizer: describeTokenizer(c),
	}
	if c.problem != nil {
		r.Problem = oneLine(c.problem.Error())
	}
	for _, t := range c.tensors {
		r.Types[t.typ]++
		r.Parameters += t.elements()
	}
	return r
}

func describeTokenizer(c *container) *tokenizerResult {
	if c.noTokens != nil {
		return &tokenizerResult{Error: oneLine(c.noTokens.Error())}
	}
	t := &tokenizerResult{Kind: c.tokenizer.Kind(), Tokens: c.tokenizer.Size()}
	if id, ok := c.tokenizer.BOS(); ok {
		t.BOS = &id
	}
	if id, ok := c.tokenizer.EOS(); ok {
		t.EOS = &id
	}
	return t
}

// plan adds what the runtime would make of the model, or why it would not. A
// file that is damaged is an error, too; one that is merely of a kind that
// cannot be run, or not here, is not.
func (a *app) plan(r *infoResult) error {
	i, err := inspectModel(a.model, a.options())
	var fit *runtime.FitError
	if errors.As(err, &fit) {
		i.Plan = fit.Plan
	}
	if err != nil && r.Problem == "" {
		r.Problem = oneLine(err.Error())
	}
	if i.Config.Layers > 0 {
		r.Shape = describeShape(&i.Config)
	}
	if i.Plan.Context > 0 {
		r.Device, r.Memory = i.Device, &i.Plan
	}
	if is[*models.ArchitectureError](err) || errors.Is(err, tokenizer.ErrUnsupported) || errors.Is(err, quark.ErrUnsupported) || !is[*runtime.ModelError](err) {
		return nil
	}
	return err
}

func describeShape(c *models.Config) *shapeResult {
	r := &shapeResult{
		Architecture: c.Architecture, Layers: c.Layers, Hidden: c.Hidden, FFN: c.FFN, Heads: c.Heads,
		KVHeads: c.KVHeads, HeadDim: c.HeadDim, Vocab: c.Vocab, Context: c.Context, Window: c.Window, Tied: c.Tied,
	}
	for _, l := range c.PerLayer {
		r.PerLayer = append(r.PerLayer, layerResult(l))
	}
	return r
}
