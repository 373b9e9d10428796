//go:build !nohip

package hip

import (
	"errors"

	"github.com/rocmforge/rocmforge/amdhip"
	"github.com/rocmforge/rocmforge/device"
)

// pin allocates pinned memory.
func (t *thread) pin(n int) (pinned, error) {
	p, err := t.hip.HostMalloc(uint64(n), amdhip.HostMallocDefault)
	if err != nil {
		return pinned{}, err
	}
	t.pins[p] = true
	return pinned{p, p.Host(n)}, nil
}

func (t *thread) unpin(p pinned) error {
	if !t.pins[p.at] {
		return nil
	}
	delete(t.pins, p.at)
	return t.hip.HostFree(p.at)
}

// closeLane destroys a stream and its graphs. Its work is done, or the device
// is lost.
func (t *thread) closeLane(l *lane) error {
	var errs []error
	for g := range l.graphs {
		if g.exec != 0 {
			errs = append(errs, t.hip.GraphExecDestroy(g.exec))
		}
	}
	clear(l.graphs)
	errs = append(errs, t.hip.StreamDestroy(l.stream))
	for i := range t.lanes {
		if t.lanes[i] == l {
			t.drain(l, device.ErrClosed)
			t.lanes = append(t.lanes[:i], t.lanes[i+1:]...)
			break
		}
	}
	return errors.Join(errs...)
}

// Close waits for the work under way, frees everything and ends the thread.
// After a fault it frees what HIP lets it, and resets the GPU for this
// process.
func (d *Device) Close() error {
	d.once.Do(d.close)
	return d.result
}

func (d *Device) close() {
	d.flush()
	d.closing.Store(true) // uploads end
	d.pinned.Lock()
	defer d.pinned.Unlock()
	_ = d.settle(everything) // work that failed is no failure to close
	d.result = d.request(&request{end: true, work: (*thread).end, answer: make(chan error, 1)})
	select {
	case <-d.gone:
	case <-d.stuck: // the thread stays where it is
	}
	d.mu.Lock()
	clear(d.queues)
	d.mu.Unlock()
}

// end frees everything.
func (t *thread) end() error {
	t.ended = true
	var errs []error
	free := func(err error) { errs = append(errs, err) }
	for len(t.lanes) > 0 {
		free(t.closeLane(t.lanes[len(t.lanes)-1]))
	}
	for _, e := range t.events {
		free(t.hip.EventDestroy(e))
	}
	for _, m := range t.modules {
		free(t.hip.ModuleUnload(m))
	}
	for p := range t.pins {
		free(t.hip.HostFree(p))
	}
	for _, p := range t.d.memory.clear() {
		free(t.hip.Free(amdhip.Ptr(p)))
	}
	if t.d.lost.Load() != nil {
		_ = t.hip.DeviceReset()
		return nil // that there was a fault is known
	}
	return errors.Join(errs...)
}
