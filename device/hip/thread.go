//go:build !nohip

package hip

import (
	"runtime"
	"sync/atomic"
	"time"

	"github.com/rocmforge/rocmforge/amdhip"
	"github.com/rocmforge/rocmforge/device"
)

// thread is the OS thread that makes a device's HIP calls. Its fields are its
// own, but for the channel and the clock.
type thread struct {
	d        *Device
	hip      *amdhip.Library
	launcher *amdhip.Launcher
	commands chan command

	main    *lane // fills new memory
	lanes   []*lane
	events  []amdhip.Event // not in use
	modules []amdhip.Module
	pins    map[amdhip.Ptr]bool // pinned memory
	last    recent
	ended   bool

	busySince atomic.Int64 // when the thread began what it does now, in ns since began; 0: it waits
	began     time.Time
}

// command is something for the thread to do.
type command interface{ run(t *thread) }

func newThread(d *Device) *thread {
	return &thread{d: d, hip: d.hip, launcher: d.hip.NewLauncher(), commands: make(chan command, 64), pins: map[amdhip.Ptr]bool{}, began: time.Now()}
}

// start begins the thread.
func (d *Device) start() error {
	go d.thread.loop()
	go d.watch()
	err := d.call(func(t *thread) error {
		if err := t.hip.SetDevice(d.info.Ordinal); err != nil {
			return err
		}
		var err error
		t.main, err = t.newLane()
		return err
	})
	if err != nil {
		d.Close()
	}
	return err
}

// loop serves commands and, between them, asks for what work is done.
func (t *thread) loop() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(t.d.gone)
	for !t.ended {
		c := t.next()
		t.busySince.Store(int64(time.Since(t.began)) + 1)
		if c != nil {
			c.run(t)
		}
		t.poll()
		t.busySince.Store(0)
	}
}

// next is the next command, or nil when it is time to look at the GPU again.
func (t *thread) next() command {
	newest, waiting := t.newest()
	if !waiting {
		return <-t.commands
	}
	select {
	case c := <-t.commands:
		return c
	default:
	}
	if pause := pauseAfter(time.Since(newest)); pause > 0 {
		nap(pause)
		runtime.Gosched() // the scheduler takes a thread that naps often for busy
	}
	return nil
}

// pauseAfter is how long to sleep after having waited for so long. At first it
// is not at all, since waking a thread costs as much as a short kernel; then
// so that long work is found done late by 2% at most.
func pauseAfter(waited time.Duration) time.Duration {
	const spin, least, most = 50 * time.Microsecond, 20 * time.Microsecond, time.Millisecond
	if waited < spin && manyCPUs {
		return 0
	}
	return min(max(waited/64, least), most)
}

// manyCPUs tells whether spinning leaves the others a CPU.
var manyCPUs = runtime.GOMAXPROCS(0) > 1

// send hands a command over. It fails when nobody takes it. What it does hand
// over may not be answered any more: receive says so.
func (d *Device) send(c command) error {
	select {
	case d.thread.commands <- c: // also to a stuck thread, which may come back
		return nil
	default:
	}
	select {
	case d.thread.commands <- c:
		return nil
	case <-d.stuck:
		return d.lost.Load()
	case <-d.gone:
		return device.ErrClosed
	}
}

// receive waits for the answer to a command.
func (d *Device) receive(answer <-chan error) error {
	select {
	case err := <-answer:
		return err
	case <-d.stuck:
		return d.lost.Load()
	case <-d.gone:
	}
	select { // the answer may have come last
	case err := <-answer:
		return err
	default:
		return device.ErrClosed
	}
}

// call is a command that waits for its result. It is not run on a device that
// is lost or closing, unless it is said to be the end.
func (d *Device) call(work func(t *thread) error) error {
	return d.request(&request{work: work, answer: make(chan error, 1)})
}

func (d *Device) request(r *request) error {
	if err := d.send(r); err != nil {
		return err
	}
	return d.receive(r.answer)
}

type request struct {
	work   func(t *thread) error
	answer chan error
	end    bool
}

func (r *request) run(t *thread) {
	switch f := t.d.lost.Load(); {
	case r.end:
	case f != nil:
		r.answer <- f
		return
	case t.d.closing.Load():
		r.answer <- device.ErrClosed
		return
	}
	r.answer <- t.check(r.work(t))
}

// watch declares the device lost when a call does not return.
func (d *Device) watch() {
	limit := d.patience
	tick := time.NewTicker(max(limit/8, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-d.gone:
			return
		case <-tick.C:
		}
		since := d.thread.busySince.Load()
		if since != 0 && time.Since(d.thread.began)-time.Duration(since) > limit {
			d.lost.CompareAndSwap(nil, &Fault{Device: d.name, Call: "a call of HIP", Code: int(amdhip.NotReady), Text: "did not return in " + limit.String(), Lost: true})
			close(d.stuck)
			return
		}
	}
}

// graceOfCalls is what calls may take longer than work: loading code may be
// slow on a busy machine.
var graceOfCalls = 10 * time.Second
