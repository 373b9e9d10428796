//go:build !nohip

package hip

import (
	"errors"
	"slices"

	"github.com/rocmforge/rocmforge/amdhip"
)

// check makes a *Fault of a HIP error, and loses the device if the error says
// so. Other errors pass.
func (t *thread) check(err error) error {
	if _, ok := errors.AsType[*Fault](err); ok {
		return err
	}
	if _, ok := errors.AsType[*amdhip.Error](err); !ok {
		return err
	}
	f := t.fault(err)
	if amdhip.DeviceLost(err) {
		t.lose(f)
	}
	return f
}

// fault describes a HIP error.
func (t *thread) fault(err error) *Fault {
	f := newFault(t.d.name, err, false)
	f.Kernels = t.last.names()
	return f
}

func newFault(device string, err error, lost bool) *Fault {
	f := &Fault{Device: device, Lost: lost, Err: err}
	if e, ok := errors.AsType[*amdhip.Error](err); ok {
		f.Call, f.Code, f.Text = e.Call, int(e.Code), e.Name+": "+e.Text
	}
	return f
}

// lose makes a fault the answer to everything from now on.
func (t *thread) lose(f *Fault) {
	f.Lost = true
	if !t.d.lost.CompareAndSwap(nil, f) {
		return
	}
	for _, l := range t.lanes {
		t.drain(l, f)
	}
}

// drain tells all who wait for a lane that it is over.
func (t *thread) drain(l *lane, err error) {
	waits := l.waits
	l.waits, l.finished = nil, l.submitted
	for _, w := range waits {
		t.recycle(w.event)
		w.who.done(t, err)
	}
}

// recent remembers the last launches.
type recent struct {
	ring [lastKernels]launched
	n    int
}

const lastKernels = 8

// launched is a kernel, or a graph of them.
type launched struct {
	unit  *unit
	graph *graph
}

func (r *recent) add(l launched) {
	r.ring[r.n%lastKernels] = l
	r.n++
}

// names lists the kernels, the newest last.
func (r *recent) names() (names []string) {
	for i := r.n - 1; i >= max(0, r.n-lastKernels) && len(names) < lastKernels; i-- {
		switch l := r.ring[i%lastKernels]; {
		case l.graph != nil:
			for _, item := range slices.Backward(l.graph.launches.items) {
				names = append(names, item.step.unit.symbol)
			}
		default:
			names = append(names, l.unit.symbol)
		}
	}
	names = names[:min(len(names), lastKernels)]
	slices.Reverse(names)
	return names
}
