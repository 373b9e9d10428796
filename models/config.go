// Package models holds the architectures, one file each: a struct whose tags
// name the tensors of a file, and a Forward that reads like the paper. What
// they share is here: the hyper-parameters and the batch.
package models

import (
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/models/weights"
	"github.com/rocmforge/rocmforge/ops"
)

// Config is the hyper-parameters of a decoder-only transformer.
type Config struct {
	Architecture string // as general.architecture or model_type names it
	Name         string

	Layers  int // L
	Hidden  int // D, the width of the residual stream
	FFN     int // F, the width inside the feed-forward layers
	Heads   int // query heads
	KVHeads int // key and value heads
	// PerLayer is the sizes of each layer, where layers differ in them; FFN,
	// Heads and KVHeads are the largest of them then. nil: all layers are alike.
	PerLayer []LayerSizes
	HeadDim  int
	Vocab    int
	Context  int  // positions that the files name; RoPE scaling may serve more: see Served
	Window   int  // sliding window; 0: none
	Tied     bool // the embedding is the output layer, too

	Eps  float64 // of RMSNorm
	RoPE RoPEConfig
}

// ConfigError says which hyper-parameter is wrong.
type ConfigError struct {
	Key     string
	Found   any
	Allowed string
}

func (e *ConfigError) Error() string {
	return fmt.Sprintf("%s is %v; allowed: %s", e.Key, e.Found, e.Allowed)
}

// Limits of what a model may ask for. The largest published models have 126
// layers and 128 heads.
const (
	maxLayers  = 1024
	maxHeads   = 4096
	maxHeadDim = ops.MaxHeadDim
	maxWidth   = 1 << 20
	maxVocab   = 1 << 24
	maxContext = 1 << 28
)

// Check refuses values that no model can have, before anything is computed
// from them.
func (c *Config) Check() error {
	for _, r := range []struct {
		key       string
		v, lo, hi int
	}{
		{"number of layers", c.Layers, 1, maxLayers},
		{"hidden size", c.Hidden, 1, maxWidth},
		{"head size", c.HeadDim, 2, maxHeadDim},
		{"vocabulary size", c.Vocab, 1, maxVocab},
		{"context length", c.Context, 1, maxContext},
		{"sliding window", c.Window, 0, maxContext},
		{"rotated dimensions", c.RoPE.Dim, 2, c.HeadDim},
	} {
		if r.v < r.lo || r.v > r.hi {
			return &ConfigError{r.key, r.v, fmt.Sprintf("%d to %d", r.lo, r.hi)}
		}
	}
	if err := c.checkLayers(); err != nil {
		return err
	}
	return c.checkShapes()
}

func (c *Config) checkShapes() error {
	switch {
	case c.HeadDim%2 != 0:
		return &ConfigError{"head size", c.HeadDim, "an even number"}
	case c.RoPE.Dim%2 != 0:
		return &ConfigError{"rotated dimensions", c.RoPE.Dim, "an even number"}
	case !positive(c.Eps) || c.Eps > 1:
		return &ConfigError{"RMSNorm epsilon", c.Eps, "a finite number above 0, 1 at most"}
	case !positive(c.RoPE.Base):
		return &ConfigError{"RoPE base", c.RoPE.Base, "a finite number above 0"}
	}
	return nil
}

func positive(x float64) bool { return x > 0 && !math.IsInf(x, 1) }

// Served is the number of tokens that a sequence may have as the model's makers
// made it, with what RoPE scaling adds.
func (c *Config) Served() int { return min(c.RoPE.Scaling.Served(c.Context), maxContext) }

// Dims names the sizes for shape tags.
func (c *Config) Dims() weights.Dims {
	dims := weights.Dims{
		"D": {c.Hidden}, "F": {c.FFN}, "V": {c.Vocab},
		"H": {c.Heads}, "KV": {c.KVHeads}, "hd": {c.HeadDim},
	}
	if c.PerLayer != nil {
		dims["H"], dims["KV"], dims["F"] = nil, nil, nil
		for _, l := range c.PerLayer {
			dims["H"], dims["KV"], dims["F"] = append(dims["H"], l.Heads), append(dims["KV"], l.KVHeads), append(dims["F"], l.FFN)
		}
	}
	return dims
}
