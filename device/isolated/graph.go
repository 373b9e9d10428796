package isolated

import (
	"errors"
	"fmt"

	"github.com/rocmforge/rocmforge/device"
)

// maxGraphs is how many graphs a queue keeps; the one that was not used for
// longest goes first.
const maxGraphs = 64

// graph is recorded launches. The child has them under their key.
type graph struct {
	launches []byte // items; only until the child has them
	programs []*program
	used     int // the queue's tick
}

var errRecording = errors.New("only launches may be recorded in a graph")

func (g *graph) add(p *program, args []byte) {
	g.launches = append(appendItem(g.launches, launchItem, p.id, uint64(len(args))), args...)
	g.programs = append(g.programs, p)
}

// Graph has the child replay what key stands for, or records it first.
func (q *queue) Graph(key device.GraphKey, record func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stops() {
		return
	}
	g := q.graphs[key]
	switch {
	case q.recording != nil:
		q.outside(record)
		return
	case g != nil:
		q.put(nil, replayItem, uint64(key.Owner), uint64(key.Variant))
	default:
		if g = q.record(record); q.stops() || len(g.programs) == 0 {
			return
		}
		q.keep(key, g)
	}
	q.tick++
	g.used = q.tick
	q.d.last.add(launched{graph: g})
}

// record collects what f launches.
func (q *queue) record(f func()) *graph {
	g := &graph{}
	q.recording = g
	defer func() { q.recording = nil }()
	q.outside(f)
	return g
}

// outside runs f without q.mu.
func (q *queue) outside(f func()) {
	q.mu.Unlock()
	defer q.mu.Lock()
	f()
}

// records is the question whether a call is out of place.
func (q *queue) records() bool {
	if q.recording == nil {
		return false
	}
	q.fail(errRecording)
	return true
}

// keep sends a graph, and drops one if there are too many.
func (q *queue) keep(key device.GraphKey, g *graph) {
	if most := maxFrame - batchBytes; len(g.launches) > most {
		q.fail(fmt.Errorf("a graph of %d bytes; the most is %d", len(g.launches), most))
		return
	}
	q.put(g.launches, graphItem, uint64(key.Owner), uint64(key.Variant), uint64(len(g.launches)))
	g.launches = nil
	q.graphs[key] = g
	if len(q.graphs) <= maxGraphs {
		return
	}
	least := q.tick + 1
	for k, other := range q.graphs {
		if other != g && other.used < least {
			key, least = k, other.used
		}
	}
	delete(q.graphs, key)
	q.put(nil, dropItem, uint64(key.Owner), uint64(key.Variant))
}

// Forget drops the graphs of an owner.
func (q *queue) Forget(owner device.Ptr) {
	q.mu.Lock()
	defer q.mu.Unlock()
	before := len(q.graphs)
	for key := range q.graphs {
		if key.Owner == owner {
			delete(q.graphs, key)
		}
	}
	if len(q.graphs) < before && !q.closed {
		q.put(nil, forgetItem, uint64(owner))
	}
}
