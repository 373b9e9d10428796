package models

import (
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/models/kvcache"
	"github.com/rocmforge/rocmforge/models/nn"
	"github.com/rocmforge/rocmforge/models/weights"
	"github.com/rocmforge/rocmforge/ops"
)

// Model is an architecture with its weights. It belongs to one goroutine at a
// time.
type Model interface {
	Config() *Config
	// Bind prepares the ops and allocates work buffers, once the weights are
	// loaded.
	Bind(d device.Device, q device.Queue, a *nn.Arena, kv ops.KV) error
	// Forward runs a batch and adds it to the cache.
	Forward(q device.Queue, b *Batch, cache *kvcache.Cache)
	// Logits returns float32 [len(rows), V] for positions of the last batch.
	Logits(q device.Queue, rows []int32) device.Ptr
	// Best returns int32 [rows], the ids with the largest of the last logits.
	Best(q device.Queue, rows int) device.Ptr
	// Greedy runs n passes behind each other, 1 to AheadTokens: of b's one
	// token, and of the one that was chosen by each but the last. It returns
	// int32 [n], the ids chosen; -1 where logits are no numbers. The cache
	// has room for the tokens.
	Greedy(q device.Queue, b *Batch, cache *kvcache.Cache, n int) device.Ptr
	// WorkBytes is about what Bind will allocate.
	WorkBytes(c device.Caps) int
}

// New builds the empty model for a configuration, or says what it cannot do.
func New(c *Config) (Model, error) {
	a, err := c.Family()
	if err != nil {
		return nil, err
	}
	if _, _, err := c.RoPE.Frequencies(nil, c.Context); err != nil {
		return nil, err
	}
	return newDecoder(c, a), nil
}

// TensorName is a tensor's name in GGUF files and in Hugging Face folders.
type TensorName = weights.NamePair

// TensorNames lists the tensors of a configuration's architecture by both of
// their names.
func TensorNames(c *Config) ([]TensorName, error) {
	net, err := New(c)
	if err != nil {
		return nil, err
	}
	return weights.Names(net, c.Dims())
}
