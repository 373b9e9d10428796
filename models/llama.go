package models

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/models/kvcache"
	"github.com/rocmforge/rocmforge/models/nn"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
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
	rope   rope
	attend []*nn.Attention // one for each shape of heads
	gather nn.Gather
	argmax device.Bound[ops.ArgmaxArgs]
	next   device.Bound[ops.AdvanceArgs]
	work   llamaWork
	in     inputs
	batch  int // the most tokens of a pass

	// What step, which a graph may keep, does next.
	step   func()
	greedy func()
	queue  device.Queue
	cache  *kvcache.Cache
	tokens int
	keys   int  // no position is further into its sequence
	scored bool // the last pass was one token, and logits has its scores
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

	// The scales of an FP8 KV cache; 0 if the file has none.
	KScale float32 `gguf:"attn_k.output_scale" hf:"self_attn.k_proj.output_scale" optional:"true"`
	VScale float32 `gguf:"attn_v.output_scale" hf:"self_attn.v_proj.output_scale" optional:"true"`

	qkv    nn.Group
	attend *nn.Attention // of its shape
}

// llamaWork is the buffers of a pass.
type llamaWork struct {
	x      device.Ptr // residual stream     [T, D]
	h      device.Ptr // normalised          [T, D]
	qkv    device.Ptr // queries, keys, values  [T, (H+2KV)*hd]
	y      device.Ptr // attention's output  [T, H*hd]
	gateUp device.Ptr //                     [T, 2F]
	act    device.Ptr // silu(gate) * up     [T, F]
	parts  device.Ptr // of heads, on a GPU
	last   device.Ptr // gathered rows       [LogitRows, D]
	logits device.Ptr //                     [LogitRows, V]
	input  *nn.Input
}

func newLlama(c *Config) *Llama {
	m := &Llama{config: c, Layers: make([]LlamaLayer, c.Layers)}
	for i := range m.Layers {
		m.Layers[i].attend = m.attention(c.Layer(i))
	}
	return m
}

// attention is that of layers with so many heads.
func (m *Llama) attention(l LayerSizes) *nn.Attention {
	for _, a := range m.attend {
		if a.Heads == l.Heads && a.KVHeads == l.KVHeads {
			return a
		}
	}
	hd := m.config.HeadDim
	a := &nn.Attention{
		Heads: l.Heads, KVHeads: l.KVHeads, HeadDim: hd, Window: m.config.Window,
		Scale: float32(1 / math.Sqrt(float64(hd))),
	}
	m.attend = append(m.attend, a)
	return a
}

// Config returns the hyper-parameters.
func (m *Llama) Config() *Config { return m.config }

// Bind prepares the ops and allocates the work buffers in a, once the weights
// are loaded.
func (m *Llama) Bind(d device.Device, q device.Queue, a *nn.Arena, kv ops.KV) error {
	c := m.config
	m.batch, m.step, m.greedy = BatchTokens(d.Caps()), m.forward, m.choose
	var err error
	binds := []error{
		m.Embed.Bind(d), m.Norm.Bind(d, c.Eps, append(nn.FormsFor(d.Caps(), &m.Head), ops.FloatRows)...), m.Head.Bind(d),
		m.gather.Bind(d, c.Hidden), m.rope.Bind(a, q, &c.RoPE), m.allocate(d, a),
	}
	for _, attend := range m.attend {
		binds = append(binds, attend.Bind(d, m.work.parts, kv, m.kvScaled(kv), m.outputs(attend)...))
	}
	m.argmax, err = device.Bind(d, &ops.Argmax, device.Spec{})
	binds = append(binds, err)
	m.next, err = device.Bind(d, &ops.Advance, device.Spec{})
	binds = append(binds, err)
	for i := range m.Layers {
		l := &m.Layers[i]
		binds = append(binds, l.AttnNorm.Bind(d, c.Eps, nn.FormsFor(d.Caps(), &l.Q, &l.K, &l.V)...),
			l.FFNNorm.Bind(d, c.Eps, nn.FormsFor(d.Caps(), &l.FFN.Gate, &l.FFN.Up)...), l.FFN.Bind(d),
			l.qkv.Bind(d, &l.Q, &l.K, &l.V), l.O.Bind(d))
	}
	for _, err := range binds {
		if err != nil {
			return err
		}
	}
	return q.Wait()
}

// outputs are the layers that read what an attention computes.
func (m *Llama) outputs(of *nn.Attention) (all []*nn.Linear) {
	for i := range m.Layers {
		if m.Layers[i].attend == of {
			all = append(all, &m.Layers[i].O)
		}
	}
	return all
}

// workBuffer is one of the buffers of a pass and its length in float32.
type workBuffer struct {
	p      *device.Ptr
	floats int
}

// workBuffers are as large as the layer that takes most of each.
func (m *Llama) workBuffers(caps device.Caps, T int) []workBuffer {
	c, w := m.config, &m.work
	heads, parts := 0, 0 // of queries, keys and values; on a GPU
	for _, a := range m.attend {
		heads, parts = max(heads, a.Heads+2*a.KVHeads), max(parts, a.WorkFloats(caps, T))
	}
	return []workBuffer{
		{&w.x, T * c.Hidden}, {&w.h, T * c.Hidden}, {&w.qkv, T * heads * c.HeadDim}, {&w.y, T * c.Heads * c.HeadDim},
		{&w.gateUp, T * 2 * c.FFN}, {&w.act, T * c.FFN}, {&w.parts, parts},
		{&w.last, LogitRows * c.Hidden}, {&w.logits, LogitRows * c.Vocab},
	}
}

// widest is the longest input of a linear layer.
func (m *Llama) widest() int {
	return max(m.config.Hidden, m.config.FFN, m.config.Heads*m.config.HeadDim)
}

// roundings lists the formats that activations are rounded to.
func (m *Llama) roundings() (types []quant.Type) {
	linears := []*nn.Linear{&m.Head}
	for i := range m.Layers {
		l := &m.Layers[i]
		linears = append(linears, &l.Q, &l.K, &l.V, &l.O, &l.FFN.Gate, &l.FFN.Up, &l.FFN.Down)
	}
	for _, l := range linears {
		if t := l.Weight.Input; t != 0 && !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	return types
}

// kvScaled says whether some layer's cache has scales.
func (m *Llama) kvScaled(kv ops.KV) bool {
	return slices.ContainsFunc(m.Layers, func(l LlamaLayer) bool { return l.kvScales(kv.Type) != nn.KVScales{} })
}

// kvScales are the file's scales of keys and values, which are of an FP8 cache.
// A file may have only one of them.
func (l *LlamaLayer) kvScales(t quant.Type) nn.KVScales {
	if t != quant.FP8_E4M3 || l.KScale == 0 && l.VScale == 0 {
		return nn.KVScales{}
	}
	return nn.KVScales{K: cmp.Or(l.KScale, 1), V: cmp.Or(l.VScale, 1)}
}

func (m *Llama) allocate(d device.Device, a *nn.Arena) (err error) {
	for _, b := range m.workBuffers(d.Caps(), m.batch) {
		if b.floats == 0 {
			continue
		}
		if *b.p, err = a.Floats(b.floats); err != nil {
			return err
		}
	}
	if m.work.input, err = nn.NewInput(d, a, m.batch, m.widest(), m.roundings()); err != nil {
		return err
	}
	m.in, err = newInputs(a, m.batch)
	return err
}

// Forward runs the tokens of b through all blocks and adds them to the cache.
// The normalised hidden states stay in the work buffers for Logits. A single
// token's pass goes through the queue's graph, which includes its logits.
func (m *Llama) Forward(q device.Queue, b *Batch, cache *kvcache.Cache) {
	m.in.upload(q, b)
	m.rope.fit(q, b.sequence())
	m.queue, m.cache, m.tokens, m.keys = q, cache, b.Len(), contextBucket(b.Pos)
	m.scored = m.tokens == 1
	if m.scored {
		q.Graph(device.GraphKey{Owner: cache.Memory(), Variant: m.keys}, m.step)
	} else {
		m.step()
	}
}

// forward launches a pass. What differs between passes of the same number of
// tokens and the same bucket of context lies in device memory.
func (m *Llama) forward() {
	q, w, in, T, c := m.queue, &m.work, m.work.input, m.tokens, m.config
	at := nn.Place{Pos: m.in.pos, Seq: m.in.seq, Tokens: T, Keys: m.keys}
	m.Embed.Forward(q, w.x, m.in.ids, T) // x = E[ids]
	for i := range m.Layers {
		l := &m.Layers[i]

		in.SetSource(l.AttnNorm.Of(w.x, T), w.h, T, c.Hidden)
		l.qkv.Forward(q, w.qkv, in)
		l.attend.Append(q, w.qkv, &m.rope.RoPE, m.cache.Layer(i), at, l.kvScales(m.cache.Spec().Type))
		in.SetSource(l.attend, w.y, T, l.attend.Heads*c.HeadDim)
		l.O.ForwardAdd(q, w.x, in) // x += O·attention(norm(x))

		in.SetSource(l.FFNNorm.Of(w.x, T), w.h, T, c.Hidden)
		l.FFN.Forward(q, w.x, w.gateUp, w.act, in) // x += ffn(norm(x))
	}
	if m.scored {
		in.SetSource(m.Norm.Of(w.x, 1), w.h, 1, c.Hidden)
		m.Head.Forward(q, w.logits, in)
	} else {
		m.Norm.Of(w.x, T).Into(q, w.h, ops.FloatRows)
	}
}

// Logits computes the scores of all tokens at the given positions of the last
// batch, at most LogitRows of them, and returns float32 [len(rows), V] on the
// device, valid until the next call.
func (m *Llama) Logits(q device.Queue, rows []int32) device.Ptr {
	if len(rows) == 0 || len(rows) > LogitRows {
		panic(fmt.Sprintf("logits of %d rows; 1 to %d go at a time", len(rows), LogitRows))
	}
	w := &m.work
	if m.scored && len(rows) == 1 {
		return w.logits
	}
	m.scored = false
	uploadInts(q, m.in.rows, rows)
	m.gather.Forward(q, w.last, w.h, m.in.rows, len(rows), m.batch, m.config.Hidden)
	w.input.Set(w.last, len(rows), m.config.Hidden)
	m.Head.Forward(q, w.logits, w.input)
	return w.logits
}

// Best finds the ids of the largest of the logits that Logits returned last,
// int32 [rows] on the device.
func (m *Llama) Best(q device.Queue, rows int) device.Ptr {
	m.argmax.Launch(q, &ops.ArgmaxArgs{Out: m.in.rows, X: m.work.logits, Rows: int32(rows), Cols: int32(m.config.Vocab)})
	return m.in.rows
}

// Greedy lets the device choose n tokens, one after the other.
func (m *Llama) Greedy(q device.Queue, b *Batch, cache *kvcache.Cache, n int) device.Ptr {
	if b.Len() != 1 || n < 1 || n > AheadTokens {
		panic(fmt.Sprintf("%d tokens chosen behind a batch of %d; 1 to %d are, behind one", n, b.Len(), AheadTokens))
	}
	m.in.upload(q, b)
	uploadInts(q, m.in.step, zero[:])
	m.queue, m.cache, m.tokens, m.scored = q, cache, 1, true
	for range n {
		m.keys = contextBucket(b.Pos)
		m.rope.fit(q, int(b.Pos[0])+1)
		// These graphs are others than Forward's.
		q.Graph(device.GraphKey{Owner: cache.Memory(), Variant: m.keys + 1}, m.greedy)
		b.Pos[0]++
	}
	return m.in.history
}

var zero [1]int32

// choose is forward and the choice of the next token.
func (m *Llama) choose() {
	m.forward()
	m.next.Launch(m.queue, &ops.AdvanceArgs{
		IDs: m.in.ids, Pos: m.in.pos, Chosen: m.Best(m.queue, 1), Step: m.in.step, History: m.in.history,
		Rows: 1, Most: AheadTokens,
	})
}

// WorkBytes is the size of the work buffers.
func (m *Llama) WorkBytes(c device.Caps) int {
	T := BatchTokens(c)
	n := inputsBytes(T) + nn.InputBytes(c, T, m.widest(), m.roundings())
	for _, b := range m.workBuffers(c, T) {
		n += 4 * b.floats
	}
	return n
}
