package runtime

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/models/kvcache"
	"github.com/rocmforge/rocmforge/models/nn"
	"github.com/rocmforge/rocmforge/models/weights"
	"github.com/rocmforge/rocmforge/tokenizer"
)

// A Model is opened weights on a device. Many sessions may share it, from many
// goroutines; their passes take turns.
type Model struct {
	tok      *tokenizer.Tokenizer
	eos      []int32
	warn     func(string) // or nil
	plan     Plan
	sampling Sampling // the default
	config   models.Config
	kv       kvcache.Spec
	context  int
	longest  int // that context may be

	closing  sync.Once
	passes   turn       // of whoever computes
	state    sync.Mutex // of what follows; nobody computes under it
	closed   bool
	memories map[*sessionMemory]struct{}
	ended    []*sessionMemory // to be freed

	dev     device.Device
	queue   device.Queue
	weights *weights.Loaded
	arena   *nn.Arena
	net     models.Model
	loading *weights.Plan // until the weights are there
	batch   models.Batch

	weightBytes int
}

// Config returns the model's hyper-parameters.
func (m *Model) Config() models.Config { return m.config }

// Plan returns the memory that the model takes.
func (m *Model) Plan() Plan { return m.plan }

// WeightBytes is the memory of the weights, as the device's allocator counted
// it. What stays in the mapped file is not in it.
func (m *Model) WeightBytes() int { return m.weightBytes }

// Tokenizer returns the model's tokenizer, or nil if its files have none.
func (m *Model) Tokenizer() *tokenizer.Tokenizer { return m.tok }

// Sampling is how a generation samples unless it is told: what the model's
// files recommend (generation_config.json, or the keys general.sampling.* of a
// GGUF file, which go first), and temperature 0.7, top-k 40, top-p 0.95 and
// min-p 0.05 where they say nothing. Values that are out of range are told to
// Options.Warn and left out.
func (m *Model) Sampling() Sampling { return m.sampling }

// Device names the device that the model runs on.
func (m *Model) Device() string { return m.DeviceInfo().Name }

// DeviceInfo describes it.
func (m *Model) DeviceInfo() DeviceInfo {
	if m.dev == nil {
		return DeviceInfo{}
	}
	return describe(m.dev)
}

// Context is the number of tokens that a session holds.
func (m *Model) Context() int { return m.context }

// LongestContext is the longest context that the model serves, what RoPE scaling
// adds included, or Options.Context where that is longer.
func (m *Model) LongestContext() int { return m.longest }

// BatchTokens is the number of tokens that one pass takes.
func (m *Model) BatchTokens() int {
	if m.dev == nil {
		return 0
	}
	return models.BatchTokens(m.dev.Caps())
}

// IsEOS says whether a token ends the text.
func (m *Model) IsEOS(id int32) bool {
	return slices.Contains(m.eos, id) || m.tok != nil && m.tok.IsEOG(id)
}

// bind opens everything that needs to know where the weights will lie.
func (m *Model) bind() (err error) {
	defer contain(&err)
	if m.queue, err = m.dev.NewQueue(); err != nil {
		return err
	}
	m.arena = nn.NewArena(m.dev)
	m.memories = map[*sessionMemory]struct{}{}
	m.batch.Fill(make([]int32, models.BatchTokens(m.dev.Caps())), 0, 0) // grow it once
	return m.net.Bind(m.dev, m.queue, m.arena, m.kv.Ops())
}

// forward runs one batch of a session's tokens and leaves the hidden states in
// the work buffers. It is the caller's turn.
func (m *Model) forward(ctx context.Context, s *Session, ids []int32) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.cache.Extend(m.queue, 0, s.pos+len(ids)); err != nil {
		return err
	}
	m.batch.Fill(ids, 0, s.pos)
	m.batch.Length = len(s.ids)
	m.net.Forward(m.queue, &m.batch, s.cache)
	return nil
}

// logits downloads the scores at positions of the last batch, into out
// [len(rows)*V].
func (m *Model) logits(rows []int32, out []float32) {
	p := m.net.Logits(m.queue, rows)
	m.queue.Download(floatBytes(out), p)
}

// interruptible makes the queue stop early when ctx ends, until the returned
// function is called; that one returns ctx's error if it came to that.
func (m *Model) interruptible(ctx context.Context) (release func() error) {
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		m.queue.Interrupt(ctx.Err())
		close(interrupted)
	})
	return func() error {
		if stop() {
			return nil
		}
		<-interrupted
		_ = m.queue.Wait() // the interrupt must not reach the next pass
		return ctx.Err()
	}
}

// Close ends all sessions and frees everything. It may be called twice; a
// generation under way ends with ErrClosed. It waits for the pass under way,
// which it ends.
func (m *Model) Close() (err error) {
	m.closing.Do(func() {
		m.state.Lock()
		m.closed = true
		m.state.Unlock()
		if m.queue != nil {
			m.queue.Interrupt(ErrClosed) // a pass may have seconds to go
		}
		err = m.close()
	})
	return err
}

func (m *Model) close() error {
	if m.passes != nil {
		_ = m.passes.take(context.Background())
		defer m.passes.give()
	}
	m.state.Lock()
	defer m.state.Unlock()
	for h := range m.memories {
		m.free(h)
	}
	m.ended = nil
	var errs []error
	if m.arena != nil {
		m.arena.Close()
	}
	if m.queue != nil {
		errs = append(errs, m.queue.Close())
	}
	if m.weights != nil {
		errs = append(errs, m.weights.Close())
	}
	if m.dev != nil {
		errs = append(errs, m.dev.Close())
	}
	return errors.Join(errs...)
}
