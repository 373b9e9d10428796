// Package cpu is the device that every machine has: an op's Go code, run over
// worker threads. It is also the oracle that other devices are compared with.
// It knows no op.
package cpu

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/simd"
)

// Device is the CPU.
type Device struct {
	mem  memory
	pool *pool
	caps device.Caps
	once sync.Once
}

// MaxThreads is the most worker threads that a device may have.
const MaxThreads = 1024

// New starts a CPU device with so many worker threads, or with one per
// processor when threads is 0.
func New(threads int) (*Device, error) {
	if threads < 0 || threads > MaxThreads {
		return nil, fmt.Errorf("cpu: %d threads; allowed are 1 to %d, or 0 for one per processor", threads, MaxThreads)
	}
	if threads == 0 {
		threads = min(runtime.GOMAXPROCS(0), MaxThreads)
	}
	if err := simd.Init(); err != nil {
		return nil, fmt.Errorf("cpu: %w", err)
	}
	return &Device{
		pool: newPool(threads),
		caps: device.Caps{
			Kind:    "cpu",
			Arch:    runtime.GOARCH + "/" + simd.Active().Name,
			Workers: threads,
			Wave:    1,
			Host:    true,
		},
	}, nil
}

// Name is "cpu".
func (d *Device) Name() string { return "cpu" }

// Caps says how many threads work, and with which instructions.
func (d *Device) Caps() device.Caps { return d.caps }

// Alloc returns zeroed memory outside Go's heap.
func (d *Device) Alloc(n int) (device.Ptr, error) { return d.mem.alloc(n) }

// Free gives memory back to the system.
func (d *Device) Free(p device.Ptr) { d.mem.free(p) }

// InUse is the number of bytes allocated.
func (d *Device) InUse() int { return d.mem.inUse() }

// Available is what the system says it could give without swapping, or -1.
func (d *Device) Available() int { return available() }

// Bind has nothing to prepare: the op's Go code is compiled already.
func (d *Device) Bind(k *device.Kernel, _ device.Spec) (device.Program, error) {
	return k, nil
}

// Build has nothing to do.
func (d *Device) Build(context.Context, func(done, total int)) error { return nil }

// NewQueue returns a queue whose launches run before Launch returns.
func (d *Device) NewQueue() (device.Queue, error) {
	return &queue{pool: d.pool}, nil
}

// Close ends the worker threads and frees all memory.
func (d *Device) Close() error {
	d.once.Do(func() {
		d.pool.close()
		d.mem.close()
	})
	return nil
}
