package models

import (
	"fmt"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/models/kvcache"
	"github.com/rocmforge/rocmforge/models/nn"
	"github.com/rocmforge/rocmforge/ops"
)

// Decoder is what all decoder-only models have in common: tokens are looked up in
// a table, go through blocks, which add to them, and are compared with the
// vocabulary after a norm. The blocks are an architecture's.
type Decoder struct {
	Embed  nn.Embedding `gguf:"token_embd" hf:"model.embed_tokens" shape:"V,D"`
	Blocks []Block      `gguf:"blk.%d" hf:"model.layers.%d"`
	Norm   nn.RMSNorm   `gguf:"output_norm" hf:"model.norm" shape:"D"`
	Head   nn.Linear    `gguf:"output" hf:"lm_head" shape:"V,D"`

	config    *Config
	rope      rope
	attending []*attention
	gather    nn.Gather
	argmax    device.Bound[ops.ArgmaxArgs]
	next      device.Bound[ops.AdvanceArgs]
	in        inputs
	batch     int // the most tokens of a pass
	pass      Pass

	// What step, which a graph may keep, does next.
	step   func()
	greedy func()
	scored bool // the last pass was one token, and logits has its scores
}

// A Block is one layer: a pointer to a struct whose tags name its tensors, behind
// those of the layer.
type Block interface {
	// bind prepares the parts, once the weights have their places.
	bind(*binder)
	// Forward adds to the residual stream.
	Forward(*Pass)
}

func newDecoder(c *Config, a *Architecture) *Decoder {
	m := &Decoder{config: c}
	for i := range c.Layers {
		m.Blocks = append(m.Blocks, a.block(m, i))
	}
	return m
}

// Config returns the hyper-parameters.
func (m *Decoder) Config() *Config { return m.config }

// Bind prepares the ops and allocates the work buffers in a, once the weights
// are loaded.
func (m *Decoder) Bind(d device.Device, q device.Queue, a *nn.Arena, kv ops.KV) (err error) {
	c := m.config
	m.batch, m.step, m.greedy = BatchTokens(d.Caps()), m.forward, m.choose
	to := &binder{d: d, eps: c.Eps}
	to.keep(m.Embed.Bind(d))
	to.keep(m.Norm.Bind(d, c.Eps, append(nn.FormsFor(d.Caps(), &m.Head), ops.FloatRows)...))
	to.keep(m.Head.Bind(d))
	to.keep(m.gather.Bind(d, c.Hidden))
	to.keep(m.rope.Bind(a, q, &c.RoPE))
	to.keep(m.allocate(d, a))
	for _, attend := range m.attending {
		to.keep(attend.bind(d, m.pass.work.parts, kv))
	}
	m.argmax, err = device.Bind(d, &ops.Argmax, device.Spec{})
	to.keep(err)
	m.next, err = device.Bind(d, &ops.Advance, device.Spec{})
	to.keep(err)
	for _, b := range m.Blocks {
		b.bind(to)
	}
	if to.err != nil {
		return to.err
	}
	return q.Wait()
}

// begin makes tokens of a cache, no further than keys into their sequences, what
// the next pass is about.
func (m *Decoder) begin(q device.Queue, cache *kvcache.Cache, tokens, keys int) {
	p := &m.pass
	p.q, p.cache, p.hidden, p.rope = q, cache, m.config.Hidden, &m.rope.RoPE
	p.at = nn.Place{Pos: m.in.pos, Seq: m.in.seq, Tokens: tokens, Keys: keys}
	m.scored = tokens == 1
}

// Forward runs the tokens of b through all blocks and adds them to the cache.
// The normalised hidden states stay in the work buffers for Logits. A single
// token's pass goes through the queue's graph, which includes its logits.
func (m *Decoder) Forward(q device.Queue, b *Batch, cache *kvcache.Cache) {
	m.in.upload(q, b)
	m.rope.fit(q, b.sequence())
	keys := contextBucket(b.Pos)
	m.begin(q, cache, b.Len(), keys)
	if m.scored {
		q.Graph(device.GraphKey{Owner: cache.Memory(), Variant: keys}, m.step)
	} else {
		m.step()
	}
}

// forward launches a pass. What differs between passes of the same number of
// tokens and the same bucket of context lies in device memory.
func (m *Decoder) forward() {
	p := &m.pass
	q, w, T := p.q, &p.work, p.at.Tokens
	m.Embed.Forward(q, w.x, m.in.ids, T) // x = E[ids]
	for i, b := range m.Blocks {
		p.layer = i
		b.Forward(p)
	}
	if m.scored {
		p.norm(&m.Norm)
		m.Head.Forward(q, w.logits, w.input)
	} else {
		m.Norm.Of(w.x, T).Into(q, w.h, ops.FloatRows)
	}
}

// Logits computes the scores of all tokens at the given positions of the last
// batch, at most LogitRows of them, and returns float32 [len(rows), V] on the
// device, valid until the next call.
func (m *Decoder) Logits(q device.Queue, rows []int32) device.Ptr {
	if len(rows) == 0 || len(rows) > LogitRows {
		panic(fmt.Sprintf("logits of %d rows; 1 to %d go at a time", len(rows), LogitRows))
	}
	w := &m.pass.work
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
func (m *Decoder) Best(q device.Queue, rows int) device.Ptr {
	m.argmax.Launch(q, &ops.ArgmaxArgs{Out: m.in.rows, X: m.pass.work.logits, Rows: int32(rows), Cols: int32(m.config.Vocab)})
	return m.in.rows
}

// Greedy lets the device choose n tokens, one after the other.
func (m *Decoder) Greedy(q device.Queue, b *Batch, cache *kvcache.Cache, n int) device.Ptr {
	if b.Len() != 1 || n < 1 || n > AheadTokens {
		panic(fmt.Sprintf("%d tokens chosen behind a batch of %d; 1 to %d are, behind one", n, b.Len(), AheadTokens))
	}
	m.in.upload(q, b)
	uploadInts(q, m.in.step, zero[:])
	for range n {
		keys := contextBucket(b.Pos)
		m.begin(q, cache, 1, keys)
		m.rope.fit(q, int(b.Pos[0])+1)
		// These graphs are others than Forward's.
		q.Graph(device.GraphKey{Owner: cache.Memory(), Variant: keys + 1}, m.greedy)
		b.Pos[0]++
	}
	return m.in.history
}

var zero [1]int32

// choose is forward and the choice of the next token.
func (m *Decoder) choose() {
	m.forward()
	m.next.Launch(m.pass.q, &ops.AdvanceArgs{
		IDs: m.in.ids, Pos: m.in.pos, Chosen: m.Best(m.pass.q, 1), Step: m.in.step, History: m.in.history,
		Rows: 1, Most: AheadTokens,
	})
}
