//go:build nohip

package hip

import "github.com/rocmforge/rocmforge/device"

var errLeftOut = &NoDeviceError{Reason: "GPUs are left out of this program: it was built with -tags nohip", Absent: true}

// Device is never made in this build.
type Device struct{ device.Device }

// Info describes the GPU.
func (d *Device) Info() Info { return Info{} }

// Open fails in this build.
func Open(Options) (*Device, error) { return nil, errLeftOut }

// List fails in this build.
func List(Options) ([]Info, error) { return nil, errLeftOut }
