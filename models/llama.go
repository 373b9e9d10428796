package models

import (
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/models/kvcache"
	"github.com/rocmforge/rocmforge/models/nn"
	"github.com/rocmforge/rocmforge/ops"
)

// Llama is the transformer of Touvron et al. 2023: pre-normalised blocks of
// grouped-query attention with RoPE and a gated feed-forward layer. Llama 2
// and 3, TinyLlama, SmolLM2 and Mistral are all this.
//
// Letters: T tokens of a pass, D hidden size, H heads, KV key-value heads, hd
// head size, F feed-forward size, V vocabulary.
type Llama struct {
	Embed  nn.Embedding `gguf:"token_embd" hf:"model.embed_tokens" shape:"V,D"`
	Layers []LlamaLayer `gguf:"blk.%d" hf:"model.layers.%d"`
	Norm   nn.RMSNorm   `gguf:"output_norm" hf:"model.norm" shape:"D"`
	Head   nn.Linear    `gguf:"output" hf:"lm_head" shape:"V,D"`

	config *Config
	rope   nn.RoPE
	attend nn.Attention
	gather nn.Gather
	work   llamaWork
	in     inputs
}

// LlamaLayer is one block.
type LlamaLayer struct {
	AttnNorm nn.RMSNorm `gguf:"attn_norm" hf:"input_layernorm" shape:"D"`
	Q        nn.Linear  `gguf:"attn_q" hf:"self_attn.q_proj" shape:"H*hd,D"`
	K        nn.Linear  `gguf:"attn_k" hf:"self_attn.k_proj" shape:"KV*hd,D"`
	V        nn.Linear  `gguf:"attn_v" hf:"self_attn.v_proj" shape:"KV*hd,D"`
	O        nn.Linear  `gguf:"attn_output" hf:"self_attn.o_proj" shape:"D,H*hd"`
	FFNNorm  nn.RMSNorm `gguf:"ffn_norm" hf:"post_attention_layernorm" shape:"D"`
	FFN      nn.MLP     `gguf:"" hf:""`
}

// llamaWork is the buffers of a pass.
type llamaWork struct {
	x      device.Ptr // residual stream     [T, D]
	h      device.Ptr // normalised          [T, D]
	q      device.Ptr // queries             [T, H*hd]
	k, v   device.Ptr // keys, values        [T, KV*hd]
	y      device.Ptr // attention's output  [T, H*hd]
	gate   device.Ptr //                     [T, F]
	up     device.Ptr //                     [T, F]
	last   device.Ptr // gathered rows       [LogitRows, D]
	logits device.Ptr //                     [LogitRows, V]
	input  *nn.Input
}

func newLlama(c *Config) *Llama {
	return &Llama{
		config: c,
		Layers: make([]LlamaLayer, c.Layers),
		rope:   nn.RoPE{Pairing: c.RoPE.Pairing},
		attend: nn.Attention{
			Heads: c.Heads, HeadDim: c.HeadDim, Window: c.Window,
			Scale: float32(1 / math.Sqrt(float64(c.HeadDim))),
		},
	}
}

// Config returns the hyper-parameters.
func (m *Llama) Config() *Config { return m.config }

// Bind prepares the ops and allocates the work buffers in a, once the weights
// are loaded.
func (m *Llama) Bind(d device.Device, q device.Queue, a *nn.Arena, kv ops.KV) error {
	c := m.config
	freq, scale, err := c.RoPE.frequencies()
	if err != nil {
		return err
	}
	binds := []error{
		m.Embed.Bind(d), m.Norm.Bind(d, c.Eps), m.Head.Bind(d), m.gather.Bind(d, c.Hidden),
		m.rope.Bind(d, a, q, freq, scale), m.attend.Bind(d, kv), m.allocate(d, a),
	}
	for i := range m.Layers {
		l := &m.Layers[i]
		binds = append(binds, l.AttnNorm.Bind(d, c.Eps), l.FFNNorm.Bind(d, c.Eps), l.FFN.Bind(d),
			l.Q.Bind(d), l.K.Bind(d), l.V.Bind(d), l.O.Bind(d))
	}
	for _, err := range binds {
		if err != nil {
			return err
		}
	}
	return q.Wait()
}

// workBuffer is one of the buffers of a pass and its length in float32.
type workBuffer struct {
	p      *device.Ptr
	floats int
}

func (m *Llama) workBuffers() []workBuffer {
	c, w := m.config, &m.work
	qw, kvw := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
	return []workBuffer{
		{&w.x, MaxBatch * c.Hidden}, {&w.h, MaxBatch * c.Hidden},
		{&w.q, MaxBatch * qw}, {&w.k, MaxBatch * kvw}, {&w.v, MaxBatch * kvw},
		{&w.y, MaxBatch * qw}, {&w.gate, MaxBatch * c.FFN}, {&w.up, MaxBatch * c.FFN},
		{&w.last, LogitRows * c.Hidden}, {&w.logits, LogitRows * c.Vocab},
	}
}

// widest is the longest input of a linear layer.
func (m *Llama) widest() int {
	return max(m.config.Hidden, m.config.FFN, m.config.Heads*m.config.HeadDim)
}

func (m *Llama) allocate(d device.Device, a *nn.Arena) (err error) {
	for _, b := range m.workBuffers() {
		if *b.p, err = a.Floats(b.floats); err != nil {
			return err
		}
	}
	if m.work.input, err = nn.NewInput(d, a, MaxBatch, m.widest()); err != nil {
		return err
	}
	m.in, err = newInputs(a)
	return err
}

// Forward runs the tokens of b through all blocks and adds them to the cache.
// The normalised hidden states stay in the work buffers for Logits.
func (m *Llama) Forward(q device.Queue, b *Batch, cache *kvcache.Cache) {
	w, in, T := &m.work, m.work.input, b.Len()
	m.in.upload(q, b)
	m.Embed.Forward(q, w.x, m.in.ids, T) // x = E[ids]
	for i := range m.Layers {
		l := &m.Layers[i]

		l.AttnNorm.Forward(q, w.h, w.x, T)
		in.Set(w.h, T, m.config.Hidden)
		l.Q.Forward(q, w.q, in)
		l.K.Forward(q, w.k, in)
		l.V.Forward(q, w.v, in)
		m.rope.Forward(q, w.q, m.in.pos, T, m.config.Heads, m.config.HeadDim)
		m.rope.Forward(q, w.k, m.in.pos, T, m.config.KVHeads, m.config.HeadDim)
		m.attend.Forward(q, w.y, w.q, w.k, w.v, cache.Layer(i), m.in.pos, m.in.seq, T)
		in.Set(w.y, T, m.config.Heads*m.config.HeadDim)
		l.O.ForwardAdd(q, w.x, in) // x += O·attention(norm(x))

		l.FFNNorm.Forward(q, w.h, w.x, T)
		in.Set(w.h, T, m.config.Hidden)
		l.FFN.Forward(q, w.x, w.gate, w.up, in) // x += ffn(norm(x))
	}
	m.Norm.Forward(q, w.h, w.x, T)
}

// Logits computes the scores of all tokens at the given positions of the last
// batch, at most LogitRows of them, and returns float32 [len(rows), V] on the
// device, valid until the next call.
func (m *Llama) Logits(q device.Queue, rows []int32) device.Ptr {
	if len(rows) == 0 || len(rows) > LogitRows {
		panic(fmt.Sprintf("logits of %d rows; 1 to %d go at a time", len(rows), LogitRows))
	}
	w := &m.work
	uploadInts(q, m.in.rows, rows)
	m.gather.Forward(q, w.last, w.h, m.in.rows, len(rows), MaxBatch, m.config.Hidden)
	w.input.Set(w.last, len(rows), m.config.Hidden)
	m.Head.Forward(q, w.logits, w.input)
	return w.logits
}

// WorkBytes is the size of the work buffers.
func (m *Llama) WorkBytes() int {
	n := inputsBytes + nn.InputBytes(MaxBatch, m.widest())
	for _, b := range m.workBuffers() {
		n += 4 * b.floats
	}
	return n
}
