package runtime

import (
	"errors"
	"fmt"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/cpu"
)

// ErrNoGPU says that this build cannot use a GPU. It never falls back to the
// CPU by itself when a GPU was asked for.
var ErrNoGPU = errors.New("this version has no GPU path yet; use --device cpu")

// openDevice starts the device that a name asks for.
func openDevice(name string, threads int) (device.Device, error) {
	kind, ordinal := parseDevice(name)
	switch kind {
	case "auto", "cpu":
		if ordinal != "" {
			return nil, &DeviceError{name, fmt.Errorf("the CPU has no number")}
		}
		d, err := cpu.New(threads)
		if err != nil {
			return nil, &DeviceError{"cpu", err}
		}
		return d, nil
	case "hip":
		return nil, &DeviceError{name, ErrNoGPU}
	}
	return nil, &DeviceError{name, fmt.Errorf("unknown; allowed are auto, cpu, hip and hip:N")}
}

// DeviceInfo describes a device that a model can be opened on.
type DeviceInfo struct {
	Name      string `json:"name"`
	Kind      string `json:"kind"`
	Arch      string `json:"arch"`
	Workers   int    `json:"workers"`
	Available int    `json:"available"` // bytes free, or -1
	Default   bool   `json:"default"`   // what auto picks
}

// Devices lists the devices of this machine.
func Devices() ([]DeviceInfo, error) {
	d, err := cpu.New(0)
	if err != nil {
		return nil, &DeviceError{"cpu", err}
	}
	defer d.Close()
	c := d.Caps()
	return []DeviceInfo{{
		Name: d.Name(), Kind: c.Kind, Arch: c.Arch, Workers: c.Workers, Available: d.Available(), Default: true,
	}}, nil
}
