//go:build !nohip

package hip

import (
	"slices"
	"time"

	"github.com/rocmforge/rocmforge/amdhip"
)

// lane is a stream and what waits for its work. It belongs to the thread.
type lane struct {
	stream    amdhip.Stream
	waits     []wait // in the stream's order
	submitted int    // counts what went into the stream
	finished  int    // all up to here is done
	since     time.Time
	graphs    map[*graph]bool
}

// wait is somebody who wants to know when the stream has come to a place.
type wait struct {
	event amdhip.Event // 0: when the stream is empty
	place int          // of the lane's submitted
	who   waiter
}

// waiter is told, on the thread, that the work before its wait is done or that
// the device is lost.
type waiter interface{ done(t *thread, err error) }

func (t *thread) newLane() (*lane, error) {
	s, err := t.hip.StreamCreateWithFlags(amdhip.StreamNonBlocking)
	if err != nil {
		return nil, err
	}
	l := &lane{stream: s, graphs: map[*graph]bool{}}
	t.lanes = append(t.lanes, l)
	return l, nil
}

// busy tells whether the stream may have work.
func (l *lane) busy() bool { return l.submitted != l.finished }

// await tells w when the lane's work up to here is done.
func (t *thread) await(l *lane, w waiter) {
	if f := t.d.lost.Load(); f != nil {
		w.done(t, f)
		return
	}
	if !l.busy() {
		w.done(t, nil)
		return
	}
	event, err := t.mark(l)
	if amdhip.DeviceLost(err) {
		w.done(t, t.check(err))
		return
	}
	if len(l.waits) == 0 {
		l.since = time.Now()
	}
	l.waits = append(l.waits, wait{event, l.submitted, w})
}

// mark puts an event into the stream. Without one a wait asks for the whole
// stream, which is later but not wrong.
func (t *thread) mark(l *lane) (event amdhip.Event, err error) {
	if n := len(t.events); n > 0 {
		event, t.events = t.events[n-1], t.events[:n-1]
	} else if event, err = t.hip.EventCreateWithFlags(amdhip.EventDisableTiming); err != nil {
		return 0, err
	}
	if err := t.hip.EventRecord(event, l.stream); err != nil {
		t.events = append(t.events, event)
		return 0, err
	}
	return event, nil
}

// newest is since when the thread waits for the stream that moved last, if it
// waits at all.
func (t *thread) newest() (since time.Time, waiting bool) {
	for _, l := range t.lanes {
		if len(l.waits) > 0 && (!waiting || l.since.After(since)) {
			since, waiting = l.since, true
		}
	}
	return since, waiting
}

// poll tells those whose work is done.
func (t *thread) poll() {
	for i := 0; i < len(t.lanes); i++ {
		l := t.lanes[i]
		for len(l.waits) > 0 && t.arrived(l) {
			w := l.waits[0]
			l.waits = slices.Delete(l.waits, 0, 1)
			l.since = time.Now()
			l.finished = w.place
			t.recycle(w.event)
			w.who.done(t, nil)
		}
	}
}

// arrived asks for the first of a lane's waits. A failed question, or one that
// is answered with no for too long, loses the device.
func (t *thread) arrived(l *lane) bool {
	call, w := "hipEventQuery", l.waits[0]
	var yes bool
	var err error
	if w.event != 0 {
		yes, err = t.hip.EventQuery(w.event)
	} else {
		call = "hipStreamQuery"
		yes, err = t.hip.StreamQuery(l.stream)
	}
	limit := t.d.options.Watchdog
	switch {
	case err != nil:
		t.lose(t.fault(err))
	case !yes && time.Since(l.since) > limit:
		t.lose(&Fault{Device: t.d.name, Call: call, Code: int(amdhip.NotReady), Text: "the GPU made no progress in " + limit.String(), Kernels: t.last.names()})
	default:
		return yes
	}
	return false
}

func (t *thread) recycle(e amdhip.Event) {
	if e != 0 {
		t.events = append(t.events, e)
	}
}

// settlement waits until lanes are empty.
type settlement struct {
	lanes   func(*thread) []*lane
	pending int
	err     error
	answer  chan error
}

func everything(t *thread) []*lane { return t.lanes }

// settle waits for the work that lanes were given.
func (d *Device) settle(lanes func(*thread) []*lane) error {
	s := &settlement{lanes: lanes, answer: make(chan error, 1)}
	if err := d.send(s); err != nil {
		return err
	}
	return d.receive(s.answer)
}

func (s *settlement) run(t *thread) {
	s.pending = 1
	for _, l := range s.lanes(t) {
		s.pending++
		t.await(l, s)
	}
	s.done(t, nil)
}

func (s *settlement) done(_ *thread, err error) {
	if s.err == nil {
		s.err = err
	}
	if s.pending--; s.pending == 0 {
		s.answer <- s.err
	}
}
