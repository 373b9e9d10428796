package isolated

import (
	"cmp"
	"errors"
	"io"
	"os"
	"time"

	"github.com/rocmforge/rocmforge/internal/self"
)

// childVariable is set in the environment of a child, to whether it has shared
// memory.
const childVariable = "ROCMFORGE_DEVICE_CHILD"

const (
	withShared    = "shared"
	withoutShared = "pipe"
)

// errNotServed tells a program what it lacks.
var errNotServed = errors.New("a device in a process of its own needs this program to begin with rocmforge.Child: call it first in main")

// patience is what a child that should end gets before it is killed.
const patience = 5 * time.Second

// start runs this program again, as a child.
func (d *Device) start() (answers io.Reader, err error) {
	if !childServed.Load() {
		return nil, errNotServed
	}
	d.shared.open()
	defer d.shared.handedOver()
	if answers, err = d.run(); err != nil {
		d.shared.close()
		return nil, err
	}
	return answers, nil
}

func (d *Device) run() (answers io.Reader, err error) {
	memory := withoutShared
	if d.shared.memory != nil {
		memory = withShared
	}
	// Of a crash, what a library said is wanted, and not where Go was then.
	trace := "GOTRACEBACK=" + cmp.Or(os.Getenv("GOTRACEBACK"), "none")
	if d.cmd, err = self.Command(childVariable+"="+memory, trace); err != nil {
		return nil, err
	}
	if d.shared.memory != nil {
		d.cmd.ExtraFiles = []*os.File{d.shared.file}
	}
	d.cmd.Stderr = &d.stderr
	d.cmd.WaitDelay = patience / 10
	self.Apart(d.cmd)
	if d.pipe.w, err = d.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if answers, err = d.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	return answers, d.cmd.Start()
}

// kill ends the child, unless it has ended.
func (d *Device) kill() {
	select {
	case <-d.gone:
	default:
		self.Kill(d.cmd)
	}
}

// close ends the child, well or by force. After a fault there is nothing left
// to go wrong.
func (d *Device) close() (err error) {
	if d.over.Load() == nil {
		d.settle()
		_, err = d.call(&request{Method: "close"})
	}
	d.end(errClosed)
	d.pipe.w.Close()
	for _, limit := range []time.Duration{patience, patience / 5} {
		select {
		case <-d.gone:
		case <-time.After(limit): // after the second one it stays where it is
			d.kill()
		}
	}
	d.copying.Lock()
	defer d.copying.Unlock()
	d.shared.close()
	return err
}
