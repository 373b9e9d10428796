package runtime

import (
	"cmp"
	"encoding/json"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/hip"
	"github.com/rocmforge/rocmforge/device/isolated"
	"github.com/rocmforge/rocmforge/kernels/jit"
	"github.com/rocmforge/rocmforge/ops"
)

// Child does what this process was started for, if this package started it, and
// does not return then: it compiles kernels, or holds a device. Call it first in
// main, and in TestMain.
func Child() {
	jit.Child() // a process that holds a device compiles in processes of its own
	isolated.Child(isolated.Parts{Kernels: ops.Kernels, Open: openHere})
}

// placement is what of Options a device is opened by.
type placement struct {
	Device  string
	Threads int
	ROCm    string
	NoGraph bool
}

// openIsolated has a child process open the device.
func openIsolated(o *Options) (device.Device, error) {
	name := cmp.Or(o.Device, "auto")
	patience, err := hip.Patience()
	if err == nil {
		var d device.Device
		d, err = isolated.Open(isolated.Options{
			Name: name, Config: placement{o.Device, o.Threads, o.ROCm, o.NoGraph}, Watchdog: patience, Warn: o.Warn,
		})
		if err == nil {
			return d, nil
		}
	}
	return nil, &DeviceError{name, err}
}

// openHere opens the device in the child. The program says again which it is.
func openHere(config []byte, warn func(string)) (device.Device, error) {
	var p placement
	if err := json.Unmarshal(config, &p); err != nil {
		return nil, err
	}
	d, err := openDevice(&Options{Device: p.Device, Threads: p.Threads, ROCm: p.ROCm, NoGraph: p.NoGraph, Warn: warn})
	if e, ok := err.(*DeviceError); ok {
		return nil, e.Err
	}
	return d, err
}
