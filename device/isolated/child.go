package isolated

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/self"
)

// Parts are what a child needs of the rooms above.
type Parts struct {
	// Kernels are all ops, by name.
	Kernels func() map[string]*device.Kernel
	// Open opens the device that Options.Config asks for. warn is told what
	// is no error but should be known.
	Open func(config []byte, warn func(string)) (device.Device, error)
}

// childServed is set once Child has been called: then this program can be its
// own child.
var childServed atomic.Bool

// Child makes this process hold a device if Open started it for that: then it
// serves and does not return. Otherwise it returns at once. Call it first
// thing in main, and in TestMain.
func Child(p Parts) {
	memory, ok := os.LookupEnv(childVariable)
	if !ok {
		childServed.Store(true)
		return
	}
	os.Unsetenv(childVariable)
	c := &child{parts: p, kernels: p.Kernels(), lanes: map[uint32]*lane{}, cancels: map[uint32]context.CancelFunc{}}
	c.out.w = self.KeepStdout()
	if err := c.serve(memory, os.Stdin); err != nil {
		c.fatal(err)
	}
	os.Exit(0)
}

// child is the other side of a Device.
type child struct {
	parts   Parts
	kernels map[string]*device.Kernel
	out     pipe
	shared  []byte
	memory  chan []byte // of batches, to be used again

	mu       sync.RWMutex
	dev      device.Device
	programs []bound
	lanes    map[uint32]*lane
	cancels  map[uint32]context.CancelFunc // of calls
}

// bound is an op that the device has bound.
type bound struct {
	program device.Program
	op      string
	args    int // bytes of them
}

// fatal ends the process over what should not happen.
func (c *child) fatal(err error) {
	fmt.Fprintf(os.Stderr, "device process: %v\n", err)
	os.Exit(1)
}

// serve takes frames until there are no more: then the program is gone, or has
// closed its device, and what is under way is of use to nobody. It never waits
// for the device.
func (c *child) serve(memory string, in io.Reader) (err error) {
	if memory == withShared {
		if c.shared, err = mapShared(os.NewFile(sharedFile, sharedName), slots*slotSize); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(c.out.w, childHello); err != nil {
		return err
	}
	c.memory = make(chan []byte, 2*window)
	pings := make(chan struct{}, 1)
	go c.pong(pings)
	for r := bufio.NewReaderSize(in, 64<<10); ; {
		f, err := readFrame(r, c.spare())
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = c.take(f, pings)
		}
		if err != nil {
			return err
		}
	}
}

// take hands a frame to whom it is for.
func (c *child) take(f frame, pings chan<- struct{}) error {
	switch f.kind {
	case batchFrame:
		if l := c.lane(f.id); l != nil {
			l.batches <- f.payload // with room for as many as may be under way
		}
		return nil
	case callFrame:
		r := &request{}
		if err := json.Unmarshal(f.payload, r); err != nil {
			return err
		}
		ctx, cancel := context.WithCancel(context.Background())
		c.mu.Lock()
		c.cancels[f.id] = cancel
		c.mu.Unlock()
		go c.answer(ctx, f.id, r)
	case cancelFrame:
		c.cancel(f.id)
	case interruptFrame:
		if l := c.lane(f.id); l != nil {
			l.queue.Interrupt(errInterrupted)
		}
	case pingFrame:
		select {
		case pings <- struct{}{}:
		default: // one is on its way
		}
	default:
		return fmt.Errorf("a frame of kind %d", f.kind)
	}
	c.reuse(f.payload)
	return nil
}

func (c *child) pong(pings <-chan struct{}) {
	for range pings {
		c.out.say(pongFrame, 0, nil)
	}
}

// spare is memory for a frame.
func (c *child) spare() []byte {
	select {
	case b := <-c.memory:
		return b
	default:
		return make([]byte, 0, batchBytes)
	}
}

// reuse takes it back, unless it has grown.
func (c *child) reuse(b []byte) {
	if cap(b) > 2*batchBytes {
		return
	}
	select {
	case c.memory <- b:
	default:
	}
}

func (c *child) lane(id uint32) *lane {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.lanes[id]
}

// cancel ends a call's context, and forgets it.
func (c *child) cancel(id uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cancel := c.cancels[id]; cancel != nil {
		cancel()
		delete(c.cancels, id)
	}
}
