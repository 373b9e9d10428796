package cpu

import (
	"fmt"
	"sync/atomic"
	"unsafe"

	"github.com/rocmforge/rocmforge/device"
)

// maxArgs is the room for an argument struct; GPUs allow 4 KiB.
const maxArgs = 1024

// queue runs each launch at once, on the calling goroutine and the device's
// workers. Queues of one device take turns.
type queue struct {
	pool *pool
	args [maxArgs / 8]uint64 // the launch's own copy, aligned
	err  error

	interrupted atomic.Pointer[error]
}

func (q *queue) Launch(p device.Program, args []byte) {
	if q.err != nil || q.interrupted.Load() != nil {
		return
	}
	k := p.(*device.Kernel)
	if len(args) > maxArgs {
		panic(fmt.Sprintf("op %s: argument struct of %d bytes; the most is %d", k.Name, len(args), maxArgs))
	}
	at := unsafe.Pointer(&q.args)
	copy(unsafe.Slice((*byte)(at), maxArgs), args)
	q.err = q.pool.run(k, at)
}

// Graph records nothing: a launch costs less than a microsecond here.
func (q *queue) Graph(_ device.GraphKey, record func()) { record() }

func (q *queue) Forget(device.Ptr) {}

func (q *queue) Upload(dst device.Ptr, src []byte) {
	copy(device.HostSlice[byte](dst, len(src)), src)
}

func (q *queue) Download(dst []byte, src device.Ptr) {
	copy(dst, device.HostSlice[byte](src, len(dst)))
}

func (q *queue) Copy(dst, src device.Ptr, n int) {
	copy(device.HostSlice[byte](dst, n), device.HostSlice[byte](src, n))
}

func (q *queue) Wait() error {
	err := q.err
	q.err = nil
	if e := q.interrupted.Swap(nil); e != nil {
		return *e
	}
	return err
}

func (q *queue) Interrupt(err error) { q.interrupted.Store(&err) }

func (q *queue) Close() error { return nil }
