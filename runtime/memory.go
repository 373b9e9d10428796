package runtime

import (
	"context"

	"github.com/rocmforge/rocmforge/models/kvcache"
)

// A sessionMemory is the cache of a session. The model knows it and not the session,
// which the garbage collector can take if nobody has it any more.
type sessionMemory struct {
	cache *kvcache.Cache
	ended bool // with its session; under Model.state
}

// enter begins a pass of a session; leave ends it.
func (m *Model) enter(ctx context.Context, h *sessionMemory) error {
	if err := m.passes.take(ctx); err != nil {
		return err
	}
	err := m.usable(h)
	if err != nil {
		m.leave()
	}
	return err
}

// usable says what was closed; h may be nil.
func (m *Model) usable(h *sessionMemory) error {
	m.state.Lock()
	defer m.state.Unlock()
	switch {
	case m.closed:
		return ErrClosed
	case h != nil && h.ended:
		return ErrSessionClosed
	}
	return nil
}

func (m *Model) leave() {
	m.passes.give()
	m.sweep()
}

// end gives up a session's cache, which is freed when no pass can be at it.
func (m *Model) end(h *sessionMemory) {
	m.state.Lock()
	if !h.ended {
		h.ended = true
		m.ended = append(m.ended, h)
	}
	m.state.Unlock()
	m.sweep()
}

// sweep frees what has ended, unless a pass is under way: who runs it sweeps
// after it.
func (m *Model) sweep() {
	for m.untidy() && m.passes.try() {
		m.state.Lock()
		for _, h := range m.ended {
			m.free(h)
		}
		m.ended = nil
		m.state.Unlock()
		m.passes.give()
	}
}

func (m *Model) untidy() bool {
	m.state.Lock()
	defer m.state.Unlock()
	return len(m.ended) > 0
}

// free frees a cache once. The caller has the turn and holds m.state.
func (m *Model) free(h *sessionMemory) {
	if _, held := m.memories[h]; held {
		delete(m.memories, h)
		m.queue.Forget(h.cache.Memory())
		h.cache.Close()
	}
}
