// Package isolated is a device in a child process of this program. ROCm ends
// the whole process when a kernel leaves its memory; here that is the child,
// and what the program sees is a *device.Fault. It knows no op and no device:
// the child gets both from the rooms above (Child).
//
// What a queue is given is collected in batches, as package hip does it, and
// goes to the child through a pipe (frame.go, items.go); a batch that nobody
// waits for costs no round trip. Uploads and downloads of some size go through
// memory that both processes have (shared.go). All else is a call with a JSON
// answer (calls.go). Programs, graphs and queues have numbers or keys on both
// sides; ops are known by name.
//
// The child lives as long as its pipe: when the program ends, however it does,
// the child reads the end of it and ends, too. A child that ends first, or that
// does not answer for too long, loses the device (over.go).
package isolated

import (
	"bufio"
	"encoding/json"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/self"
)

// Options say what to have the child open.
type Options struct {
	// Name is what errors call the device until the child has named it.
	Name string
	// Config is what Parts.Open gets, anything that JSON can hold.
	Config any
	// Watchdog is how long the child may not answer while somebody waits.
	Watchdog time.Duration
	// Warn is told what the device says is no error but should be known; nil:
	// nobody.
	Warn func(string)
}

// Device is a device that a child process holds.
type Device struct {
	options Options
	name    string
	product string
	caps    device.Caps

	cmd    *exec.Cmd
	pipe   pipe // to the child
	stderr self.Ends
	shared shared

	over    atomic.Pointer[error] // why every call fails
	ended   chan struct{}         // closed when over is set
	gone    chan struct{}         // closed when the child has ended
	closing sync.Once
	calls   calls
	clock   clock
	last    recent
	inUse   memory

	mu        sync.Mutex
	lastQueue uint32
	queues    map[uint32]*queue
	compiled  [2]int // what Compiled says

	// copying is held for reading by whoever touches shared memory, and for
	// writing before it goes.
	copying sync.RWMutex
}

// Open starts a child that opens a device. What the child says about it is the
// error, as if it was opened here.
func Open(o Options) (*Device, error) {
	config, err := json.Marshal(o.Config)
	if err != nil {
		return nil, err
	}
	d := &Device{options: o, name: o.Name, ended: make(chan struct{}), gone: make(chan struct{}), queues: map[uint32]*queue{}}
	d.clock.start = time.Now()
	answers, err := d.start()
	if err != nil {
		return nil, err
	}
	go d.read(bufio.NewReaderSize(&self.Answers{In: bufio.NewReader(answers), Hello: childHello}, 64<<10))
	go d.watch()
	a, err := d.call(&request{Method: "open", Config: config})
	if err != nil {
		d.Close()
		return nil, err
	}
	d.name, d.product, d.caps = a.Name, a.Product, a.Caps
	d.caps.Remote = true
	return d, nil
}

// Name is what the device in the child is called.
func (d *Device) Name() string { return d.name }

// Caps are those of the device in the child, but for Remote.
func (d *Device) Caps() device.Caps { return d.caps }

// Product is what the device's maker calls it, or "".
func (d *Device) Product() string { return d.product }

// Process is the child's process id.
func (d *Device) Process() int { return d.cmd.Process.Pid }

// Close has the child close its device and ends it.
func (d *Device) Close() (err error) {
	d.closing.Do(func() { err = d.close() })
	return err
}
