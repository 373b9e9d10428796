package runtime

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/rocmforge/rocmforge/device"
)

// KernelTime is what one kernel takes of a pass.
type KernelTime struct {
	Kernel   string  `json:"kernel"`
	Launches int     `json:"launches"` // in the pass
	Seconds  float64 `json:"seconds"`  // of all of them
}

// profileTime is how long each kernel is measured.
const profileTime = 50 * time.Millisecond

// Profile measures what the kernels of a pass over ids take, the longest first.
// The launches of each are repeated, in the order of the pass, so that weights
// come from memory as they do in the pass. The conversation stays as it was.
func (s *Session) Profile(ctx context.Context, ids []int32) (times []KernelTime, err error) {
	defer contain(&err)
	ctx = background(ctx)
	if err := s.acquire(); err != nil {
		return nil, err
	}
	defer s.busy.Store(false)
	if err := s.checkPass(ids); err != nil {
		return nil, err
	}
	m := s.model
	if err := m.enter(ctx, s.memory); err != nil {
		return nil, err
	}
	defer m.leave()
	r := &recorder{Queue: m.queue, groups: map[string]*launches{}}
	if err := s.record(r, ids); err != nil {
		return nil, err
	}
	defer m.queue.Forget(s.cache.Memory())
	for i, name := range r.names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		g := r.groups[name]
		took, err := g.measure(m.queue, device.GraphKey{Owner: s.cache.Memory(), Variant: -1 - i})
		if err != nil {
			return nil, m.blame(err)
		}
		times = append(times, KernelTime{name, len(g.args), took.Seconds()})
	}
	slices.SortStableFunc(times, func(a, b KernelTime) int { return cmp.Compare(b.Seconds, a.Seconds) })
	return times, nil
}

// checkPass refuses ids that are not one pass.
func (s *Session) checkPass(ids []int32) error {
	if m := s.model; len(ids) < 1 || len(ids) > m.BatchTokens() || len(s.ids) > s.pos {
		return fmt.Errorf("a pass of %d tokens with %d waiting; want 1 to %d with none", len(ids), len(s.ids)-s.pos, m.BatchTokens())
	}
	return s.check(ids)
}

// record runs ids through the model on a queue that keeps what is launched.
func (s *Session) record(r device.Queue, ids []int32) error {
	m := s.model
	if err := s.cache.Extend(m.queue, 0, s.pos+len(ids)); err != nil {
		return err
	}
	m.batch.Fill(ids, 0, s.pos)
	m.net.Forward(r, &m.batch, s.cache)
	m.net.Logits(r, []int32{int32(len(ids) - 1)})
	return m.blame(m.queue.Wait())
}

// recorder is a queue that remembers its launches, by kernel.
type recorder struct {
	device.Queue
	names  []string
	groups map[string]*launches
}

// launches are all of one kernel in a pass.
type launches struct {
	programs []device.Program
	args     [][]byte
}

func (r *recorder) Launch(p device.Program, args []byte) {
	name := programName(p)
	g := r.groups[name]
	if g == nil {
		g = &launches{}
		r.groups[name] = g
		r.names = append(r.names, name)
	}
	g.programs = append(g.programs, p)
	g.args = append(g.args, bytes.Clone(args))
	r.Queue.Launch(p, args)
}

// Graph shows the recorder every launch.
func (r *recorder) Graph(_ device.GraphKey, record func()) { record() }

func programName(p device.Program) string {
	if k, ok := p.(*device.Kernel); ok {
		return k.Name
	}
	return fmt.Sprint(p)
}

// measure is the time of all launches.
func (l *launches) measure(q device.Queue, key device.GraphKey) (time.Duration, error) {
	run := func() {
		for i, p := range l.programs {
			q.Launch(p, l.args[i])
		}
	}
	q.Graph(key, run)
	if err := q.Wait(); err != nil {
		return 0, err
	}
	for n := 1; ; n *= 4 {
		start := time.Now()
		for range n {
			q.Graph(key, run)
		}
		if err := q.Wait(); err != nil {
			return 0, err
		}
		if took := time.Since(start); took > profileTime || n > 1<<12 {
			return took / time.Duration(n), nil
		}
	}
}
