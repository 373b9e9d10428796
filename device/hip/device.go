//go:build !nohip

package hip

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/rocmforge/rocmforge/amdhip"
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/kernels"
)

// Device is a GPU.
type Device struct {
	name    string
	info    Info
	arch    kernels.Arch
	caps    device.Caps
	options Options
	hip     *amdhip.Library // called by the thread only
	thread  *thread

	patience time.Duration // with one call

	lost  atomic.Pointer[Fault] // why every call fails
	stuck chan struct{}         // closed when a call does not return
	gone  chan struct{}         // closed when the thread has ended

	// pinned is held for reading by whoever touches pinned memory outside
	// the thread, and for writing before it is freed.
	pinned  sync.RWMutex
	closing atomic.Bool
	once    sync.Once
	result  error // of Close

	memory   memory
	compiled compiled
	staging  staging

	mu     sync.Mutex
	queues map[*queue]bool
}

// Name is "hip:" and HIP's number of the GPU.
func (d *Device) Name() string { return d.name }

// Caps says what ops may choose kernels by.
func (d *Device) Caps() device.Caps { return d.caps }

// Info describes the GPU as it was when it was opened.
func (d *Device) Info() Info { return d.info }

// Product is what its maker calls the GPU, or "".
func (d *Device) Product() string { return d.info.Name }

// NewQueue makes a stream of its own.
func (d *Device) NewQueue() (device.Queue, error) {
	q := newQueue(d)
	if err := d.call(q.open); err != nil {
		return nil, err
	}
	d.mu.Lock()
	d.queues[q] = true
	d.mu.Unlock()
	return q, nil
}

// flush hands over what queues have buffered.
func (d *Device) flush() {
	d.mu.Lock()
	queues := make([]*queue, 0, len(d.queues))
	for q := range d.queues {
		queues = append(queues, q)
	}
	d.mu.Unlock()
	for _, q := range queues {
		q.mu.Lock()
		q.flush()
		q.mu.Unlock()
	}
}
