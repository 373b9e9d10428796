package isolated

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rocmforge/rocmforge/device"
)

var errClosed error = device.ErrClosed

// read takes what the child sends, until its end.
func (d *Device) read(in *bufio.Reader) {
	defer close(d.gone)
	err := d.receive(in)
	slow := time.AfterFunc(time.Second, d.kill) // it has closed its pipe, or talks nonsense
	defer slow.Stop()
	_ = d.cmd.Wait() // its state says it better
	text := d.cmd.ProcessState.String()
	if err != io.EOF {
		text += " (" + err.Error() + ")"
	}
	d.end(d.fault("ended", text))
}

// end makes err the answer to everything from now on, unless there is one.
func (d *Device) end(err error) {
	if d.over.CompareAndSwap(nil, &err) {
		d.announce()
	}
}

// announce tells those who wait that it is over.
func (d *Device) announce() {
	close(d.ended)
	for _, q := range d.open() {
		q.mu.Lock() // whoever waits has looked at over, or will
		q.changed.Broadcast()
		q.mu.Unlock()
	}
}

// lose gives a child up that lives.
func (d *Device) lose(text string) {
	var err error = d.fault("hangs", text)
	if !d.over.CompareAndSwap(nil, &err) {
		return
	}
	d.kill()
	d.pipe.w.Close() // a writer may wait for the child, and hold its queue
	d.announce()
}

// fault describes what became of the child.
func (d *Device) fault(what, text string) *device.Fault {
	if said := lastLines(d.stderr.String()); said != "" {
		text += "; its last words: " + said
	}
	return &device.Fault{Device: d.name, Call: "the device's process " + what, Text: text, Kernels: d.last.names(), Lost: true}
}

// lastLines is the end of a text.
func lastLines(text string) string {
	const most = 5
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}

// clock knows since when somebody waits for the child in vain.
type clock struct {
	waiting atomic.Int64 // how many
	sign    atomic.Int64 // of life: when the child said something, or the waiting began; ns since start
	start   time.Time
}

func (c *clock) now() int64 { return int64(time.Since(c.start)) }

func (c *clock) begin() {
	if c.waiting.Add(1) == 1 {
		c.sign.Store(c.now())
	}
}

func (c *clock) done() { c.waiting.Add(-1) }

func (c *clock) heard() { c.sign.Store(c.now()) }

// silence is how long the child has not answered.
func (c *clock) silence() time.Duration {
	if c.waiting.Load() == 0 {
		return 0
	}
	return time.Duration(c.now() - c.sign.Load())
}

// watch asks a child for which somebody waits whether it lives, and loses one
// that does not answer. What its GPU does is the child's own to watch.
func (d *Device) watch() {
	limit := d.options.Watchdog
	tick := time.NewTicker(max(limit/8, time.Millisecond))
	defer tick.Stop()
	pings := make(chan struct{}, 1)
	defer close(pings)
	go func() {
		for range pings { // a full pipe must not stop the clock
			d.pipe.say(pingFrame, 0, nil)
		}
	}()
	for {
		select {
		case <-d.ended:
			return
		case <-tick.C:
		}
		switch silence := d.clock.silence(); {
		case silence > limit:
			d.lose(fmt.Sprintf("no answer in %v", limit))
		case silence > 0:
			select {
			case pings <- struct{}{}:
			default:
			}
		}
	}
}
