package runtime

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"runtime"
	"sync/atomic"
	"unsafe"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/models/kvcache"
	"github.com/rocmforge/rocmforge/runtime/sample"
)

// A Session is one conversation with a model: the tokens so far and their
// cache. It belongs to one goroutine at a time: what is asked of it while it
// computes for another one, or within a loop over its own tokens, is ErrBusy.
// One that nobody closes and nobody has any more is closed by the garbage
// collector, some time.
type Session struct {
	model   *Model
	memory  *sessionMemory
	cache   *kvcache.Cache // the memory's
	cleanup runtime.Cleanup
	busy    atomic.Bool

	pos    int       // tokens in the cache
	ids    []int32   // all tokens so far; those behind pos wait for the next pass
	scores []float32 // logits, a row for each position asked for
	kept   []float32 // logits that ForwardRows yields
	rows   [models.LogitRows]int32
	best   [models.AheadTokens]int32 // ids of the largest logits, where only these are asked for
	stop   StopReason
	seed   uint64
	stats  Stats
	report func(done, total int) // while a prompt is run

	cacheBytes int
}

// NewSession starts an empty conversation. It does not wait for passes of other
// sessions. Memory that is not to be had is a *device.MemoryError: systems hand
// out more than they have, and end the process when it is touched.
func (m *Model) NewSession() (*Session, error) {
	m.state.Lock()
	defer m.state.Unlock()
	if m.closed || m.dev == nil {
		return nil, ErrClosed
	}
	if need, free := m.kv.SizeBytes(), m.dev.Available(); free >= 0 && need > free {
		return nil, &device.MemoryError{Device: m.dev.Name(), Asked: need, InUse: m.dev.InUse(), Available: free}
	}
	before := m.dev.InUse()
	cache, err := kvcache.New(m.dev, m.kv)
	if err != nil {
		return nil, faultError(m.dev, err)
	}
	h := &sessionMemory{cache: cache}
	m.memories[h] = struct{}{}
	s := &Session{
		model: m, memory: h, cache: cache, cacheBytes: m.dev.InUse() - before,
		scores: make([]float32, m.config.Vocab), ids: make([]int32, 0, m.context+1),
	}
	s.cleanup = runtime.AddCleanup(s, m.end, h)
	return s, nil
}

// acquire claims the session for one call; busy.Store(false) ends it.
func (s *Session) acquire() error {
	switch {
	case s.model == nil:
		return ErrSessionClosed
	case !s.busy.CompareAndSwap(false, true):
		return ErrBusy
	}
	return nil
}

// once is a sequence of a session that is ranged over once, while nothing else
// is asked of the session. failed stands beside an error.
func once[T any](s *Session, failed T, each func(yield func(T, error) bool)) iter.Seq2[T, error] {
	used := new(atomic.Bool)
	return func(yield func(T, error) bool) {
		err := ErrUsed
		if !used.Swap(true) {
			err = s.acquire()
		}
		if err != nil {
			yield(failed, err)
			return
		}
		defer s.busy.Store(false)
		each(yield)
	}
}

// Len is the number of tokens in the conversation.
func (s *Session) Len() int { return len(s.ids) }

// CacheBytes is the memory of the session's keys and values, as the device's
// allocator counted it.
func (s *Session) CacheBytes() int { return s.cacheBytes }

// Reset forgets the conversation. While the session computes it is ErrBusy, and
// changes nothing.
func (s *Session) Reset() error {
	if err := s.acquire(); err != nil {
		return err
	}
	defer s.busy.Store(false)
	s.reset()
	return nil
}

func (s *Session) reset() {
	s.pos, s.ids, s.stop = 0, s.ids[:0], ""
	s.cache.Truncate(0, 0)
}

// Close frees the session's cache, and ends what it computes after the pass
// under way, for which Close does not wait. It may be called twice, and at any
// time.
func (s *Session) Close() error {
	if s.model != nil {
		s.cleanup.Stop()
		s.model.end(s.memory)
	}
	return nil
}

// mark is a state of the conversation that a failed call goes back to.
type mark struct{ tokens, pos int }

func (s *Session) mark() mark { return mark{len(s.ids), s.pos} }

// rewind forgets what came behind m. The cache needs no care: what lies behind
// pos is written again before it is read.
func (s *Session) rewind(m mark) { s.ids, s.pos = s.ids[:m.tokens], m.pos }

// check refuses ids that the model does not have, or has no room for.
func (s *Session) check(ids []int32) error {
	if len(s.ids)+len(ids) > s.model.context {
		return s.model.tooLong(len(s.ids) + len(ids))
	}
	if len(s.ids) == s.pos && len(ids) == 0 {
		return fmt.Errorf("no tokens to continue")
	}
	for i, id := range ids {
		if err := s.checkVocab(id); err != nil {
			return fmt.Errorf("position %d: %w", i, err)
		}
	}
	return nil
}

func (s *Session) checkVocab(id int32) error {
	if id < 0 || int(id) >= s.model.config.Vocab {
		return fmt.Errorf("token %d: want 0 to %d", id, s.model.config.Vocab-1)
	}
	return nil
}

// passRows runs the tokens that wait through the model, in batches, and calls
// yield with the logits behind tokens first and later of the conversation: n
// rows at a time, valid until the next pass. Without yield it leaves the best
// token behind the last one in s.best: a GPU finds it by itself. When it fails,
// some tokens may have gone through: the caller rewinds.
func (s *Session) passRows(ctx context.Context, first int, yield func(rows []float32, n int) error) error {
	s.progress()
	for s.pos < len(s.ids) {
		n := min(len(s.ids)-s.pos, models.BatchTokens(s.model.dev.Caps()))
		if err := s.batch(ctx, n, max(first-s.pos, 0), yield); err != nil {
			return err
		}
		s.pos += n
		s.progress()
	}
	return nil
}

// progress tells how much of a prompt was run. It is the caller's: nothing
// contains it.
func (s *Session) progress() {
	if s.report != nil {
		total := s.stats.PromptTokens
		s.report(total-(len(s.ids)-s.pos), total)
	}
}

// blame finds out why a pass failed: because the model's file was changed below
// it, or else because of a bug.
func (m *Model) blame(err error) error {
	if err == nil {
		return nil
	}
	if changed := m.weights.Changed(); changed != nil {
		return &ModelError{Err: changed}
	}
	if failed := (*device.LaunchError)(nil); errors.As(err, &failed) {
		return &BugError{failed, failed.Stack}
	}
	return faultError(m.dev, err)
}

// batch runs the next n tokens; logits are wanted behind tokens first..n-1 of
// them.
func (s *Session) batch(ctx context.Context, n, first int, yield func([]float32, int) error) (err error) {
	defer contain(&err)
	m := s.model
	if err := m.enter(ctx, s.memory); err != nil {
		return err
	}
	defer m.leave()
	if n > 1 { // a single token is soon done
		release := m.interruptible(ctx)
		defer func() {
			if ctxErr := release(); ctxErr != nil {
				err = ctxErr
			}
		}()
	}
	if err := m.forward(ctx, s, s.ids[s.pos:s.pos+n]); err != nil {
		return err
	}
	for i := first; i < n; i += models.LogitRows {
		if err := s.score(i, min(i+models.LogitRows, n), yield); err != nil {
			return err
		}
	}
	if err := m.queue.Wait(); err != nil {
		return m.blame(err)
	}
	return nil
}

// score yields the logits of positions lo..hi-1 of the last batch.
func (s *Session) score(lo, hi int, yield func([]float32, int) error) error {
	if yield == nil {
		return s.findBest(lo)
	}
	need := (hi - lo) * s.model.config.Vocab
	if len(s.scores) < need {
		s.scores = make([]float32, need)
	}
	for i := lo; i < hi; i++ {
		s.rows[i-lo] = int32(i)
	}
	s.model.logits(s.rows[:hi-lo], s.scores[:need])
	if err := s.model.queue.Wait(); err != nil {
		return s.model.blame(err)
	}
	return yield(s.scores[:need], hi-lo)
}

// findBest has the device find the largest logit of one position.
func (s *Session) findBest(at int) error {
	m := s.model
	s.rows[0] = int32(at)
	m.net.Logits(m.queue, s.rows[:1])
	m.queue.Download(intBytes(s.best[:1]), m.net.Best(m.queue, 1))
	if err := m.queue.Wait(); err != nil {
		return m.blame(err)
	}
	return checkBest(s.best[0])
}

func checkBest(id int32) error {
	if id < 0 {
		return &sample.NonFiniteError{Logit: float32(math.NaN())}
	}
	return nil
}

// greedy lets the device choose n tokens behind the one that waits, and gives
// them, -1 where logits are no numbers: their keys and values, but the last
// one's, are in the cache then, and the conversation is as it was.
func (s *Session) greedy(ctx context.Context, n int) (ids []int32, err error) {
	defer contain(&err)
	m := s.model
	if err := m.enter(ctx, s.memory); err != nil {
		return nil, err
	}
	defer m.leave()
	if err := s.cache.Extend(m.queue, 0, s.pos+n); err != nil {
		return nil, err
	}
	m.batch.Fill(s.ids[s.pos:], 0, s.pos)
	ids = s.best[:n]
	m.queue.Download(intBytes(ids), m.net.Greedy(m.queue, &m.batch, s.cache, n))
	if err := m.queue.Wait(); err != nil {
		return nil, m.blame(err)
	}
	return ids, nil
}

func intBytes(v []int32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v))
}

// floatBytes views floats as bytes.
func floatBytes(v []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v))
}
