//go:build !nohip

package hip

import (
	"errors"

	"github.com/rocmforge/rocmforge/amdhip"
	"github.com/rocmforge/rocmforge/device"
)

// maxGraphs is how many graphs a queue keeps; the one that was not used for
// longest goes first.
const maxGraphs = 64

// graph is recorded launches that can be replayed. It is itself the command
// that drops it.
type graph struct {
	q        *queue
	launches *batch // what was recorded, also to name kernels after a fault
	exec     amdhip.GraphExec
	used     int // the queue's tick
}

var (
	errRecording = errors.New("only launches may be recorded in a graph")
	errSkipped   = errors.New("skipped")
)

// Graph replays the launches that key stands for, or records and then launches
// them. A failed recording is Wait's error.
func (q *queue) Graph(key device.GraphKey, record func()) {
	if q.stops() {
		return
	}
	if q.d.options.NoGraph || q.recording != nil {
		record()
		return
	}
	q.tick++
	g := q.graphs[key]
	if g != nil {
		q.mu.Lock()
		b := q.room(1, 0)
		b.items = append(b.items, item{kind: replay, graph: g})
		q.mu.Unlock()
	} else if g = q.capture(record); g != nil {
		q.keep(key, g)
	} else {
		return
	}
	g.used = q.tick
}

// capture makes a graph of what record launches, and launches it. It gives
// nothing if there is nothing to keep.
func (q *queue) capture(record func()) *graph {
	g := &graph{q: q, launches: q.record(record)}
	if q.stops() || len(g.launches.items) == 0 {
		return nil
	}
	q.handOver()
	q.mu.Lock()
	q.dirty = true
	q.mu.Unlock()
	if err := q.ask(&capture{g}); err != nil {
		if err != errSkipped {
			q.fail(err)
		}
		return nil
	}
	return g
}

// record collects what f launches.
func (q *queue) record(f func()) *batch {
	b := &batch{q: q}
	q.mu.Lock()
	q.recording = b
	q.mu.Unlock()
	defer func() {
		q.mu.Lock()
		q.recording = nil
		q.mu.Unlock()
	}()
	f()
	return b
}

// records is the owner's question whether a call is out of place.
func (q *queue) records() bool {
	if q.recording == nil {
		return false
	}
	if q.err == nil {
		q.err = errRecording
	}
	return true
}

func (q *queue) keep(key device.GraphKey, g *graph) {
	q.graphs[key] = g
	if len(q.graphs) <= maxGraphs {
		return
	}
	least := q.tick
	for k, other := range q.graphs {
		if other != g && other.used < least {
			key, least = k, other.used
		}
	}
	q.drop(key)
}

// Forget drops the graphs of an owner.
func (q *queue) Forget(owner device.Ptr) {
	for key := range q.graphs {
		if key.Owner == owner {
			q.drop(key)
		}
	}
}

func (q *queue) drop(key device.GraphKey) {
	g := q.graphs[key]
	delete(q.graphs, key)
	q.handOver() // it may wait to be launched
	_ = q.d.send(g)
}

// run destroys the graph when it is not under way any more.
func (g *graph) run(t *thread) { t.await(g.q.lane, g) }

func (g *graph) done(t *thread, err error) {
	if err == nil && g.exec != 0 && t.hip.GraphExecDestroy(g.exec) == nil {
		delete(g.q.lane.graphs, g)
	}
}

// capture is the command that makes a graph.
type capture struct{ g *graph }

func (c *capture) run(t *thread) {
	q := c.g.q
	if q.skips() {
		q.done(t, errSkipped)
		return
	}
	err := t.capture(q.lane, c.g)
	if err == nil {
		q.lane.submitted++
		t.last.add(launched{graph: c.g})
		err = t.hip.GraphLaunch(c.g.exec, q.lane.stream)
	}
	if err != nil {
		c.g.run(t) // if there is a graph, nobody will launch it
	}
	q.done(t, t.check(err))
}

// capture records the launches in the stream. Relaxed, since other threads may
// do with other GPUs what they like meanwhile.
func (t *thread) capture(l *lane, g *graph) error {
	if err := t.hip.StreamBeginCapture(l.stream, amdhip.CaptureModeRelaxed); err != nil {
		return err
	}
	var failed error
	for i := range g.launches.items {
		if failed = t.launch(g.launches, &g.launches.items[i]); failed != nil {
			break
		}
	}
	recorded, err := t.hip.StreamEndCapture(l.stream)
	if err != nil {
		// The stream may capture for ever, so that nothing in it is done.
		return firstError(failed, err, t.renew(l))
	}
	if failed == nil {
		if g.exec, failed = t.hip.GraphInstantiate(recorded); failed == nil {
			l.graphs[g] = true
		}
	}
	return firstError(failed, t.hip.GraphDestroy(recorded))
}

// renew gives a lane another stream. If that fails, the device is lost.
func (t *thread) renew(l *lane) error {
	_ = t.hip.StreamDestroy(l.stream)
	s, err := t.hip.StreamCreateWithFlags(amdhip.StreamNonBlocking)
	if err != nil {
		f := t.fault(err)
		t.lose(f)
		return f
	}
	l.stream = s
	return nil
}
