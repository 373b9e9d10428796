package runtime

import (
	"bytes"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/models/weights"
)

// A Rehearsal is a model without its weights on a device, ready for a pass that
// was not launched.
type Rehearsal struct {
	Launches []Launch // of the pass, in order
	model    *Model
	session  *Session // whose memory the launches are at
}

// A Launch is an op with its arguments.
type Launch struct {
	Program device.Program
	Args    []byte
}

// Rehearse lists what a pass of so many tokens launches after a context of
// depth others, up to the logits of the last. Of the tensors nothing but names,
// types and shapes need be there; on the device there is room for them, and
// what a pass itself uploads. The device belongs to the rehearsal from now on,
// even if there is an error.
func Rehearse(src weights.Source, c *models.Config, d device.Device, o Options, tokens, depth int) (r *Rehearsal, err error) {
	m, f := &Model{dev: d, passes: newTurn()}, &file{source: src, config: c}
	defer func() {
		if err != nil {
			m.Close()
		}
	}()
	defer contain(&err)
	if err := m.bindEmpty(f, o); err != nil {
		return nil, err
	}
	s, err := m.NewSession()
	if err != nil {
		return nil, err
	}
	s.ids, s.pos = make([]int32, depth), depth
	ids := make([]int32, tokens)
	if err := s.checkPass(ids); err != nil {
		return nil, err
	}
	r = &Rehearsal{model: m, session: s}
	return r, s.record(&rehearsing{m.queue, r}, ids)
}

// Device is where the pass was rehearsed.
func (r *Rehearsal) Device() device.Device { return r.model.dev }

// Close frees the device.
func (r *Rehearsal) Close() error { return r.model.Close() }

// rehearsing is a queue that launches nothing.
type rehearsing struct {
	device.Queue
	r *Rehearsal
}

func (q *rehearsing) Launch(p device.Program, args []byte) {
	q.r.Launches = append(q.r.Launches, Launch{p, bytes.Clone(args)})
}

// Graph shows every launch.
func (q *rehearsing) Graph(_ device.GraphKey, record func()) { record() }
