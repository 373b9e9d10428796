package runtime

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/cpu"
	"github.com/rocmforge/rocmforge/device/hip"
)

// openDevice starts the device that the options ask for. Only "auto" takes the
// CPU where there is no GPU; a GPU that was asked for is that GPU or an error.
func openDevice(o *Options) (device.Device, error) {
	kind, ordinal := parseDevice(o.Device)
	if err := checkDevice(o.Device, kind, ordinal); err != nil {
		return nil, err
	}
	switch {
	case o.Isolate:
		return openIsolated(o)
	case kind == "auto":
		d, err := openGPU(o, -1)
		if none := (*hip.NoDeviceError)(nil); errors.As(err, &none) {
			if o.Warn != nil && !none.Absent { // somebody meant to use a GPU
				o.Warn("on the CPU: " + none.Error())
			}
			return openCPU(o)
		}
		return d, err
	case kind == "cpu":
		return openCPU(o)
	case kind == "emu":
		return openEmulator(o, ordinal)
	case ordinal == "":
		return openGPU(o, -1)
	}
	n, _ := strconv.Atoi(ordinal)
	return openGPU(o, n)
}

// checkDevice refuses names that are no device's on any machine.
func checkDevice(name, kind, ordinal string) error {
	switch kind {
	case "auto", "cpu":
		if ordinal != "" {
			return badOption("Device", quoted(name), kind+" without a number")
		}
	case "hip":
		if _, err := strconv.ParseUint(ordinal, 10, 16); ordinal != "" && err != nil {
			return badOption("Device", quoted(name), "hip:N with the number of a GPU")
		}
	case "emu": // which GPUs can be emulated says the emulator
	default:
		return badOption("Device", quoted(name), "auto, cpu, hip, hip:N or emu:ARCH")
	}
	return nil
}

// OpenDevice starts a device without a model, for those who launch ops
// themselves. They close it.
func OpenDevice(o Options) (device.Device, DeviceInfo, error) {
	d, err := openDevice(&o)
	if err != nil {
		return nil, DeviceInfo{}, err
	}
	return d, describe(d), nil
}

func openCPU(o *Options) (device.Device, error) {
	d, err := cpu.New(o.Threads)
	if err != nil {
		return nil, &DeviceError{"cpu", err}
	}
	return d, nil
}

// openGPU starts HIP's GPU of that number, or the best one for -1.
func openGPU(o *Options, ordinal int) (device.Device, error) {
	d, err := hip.Open(hip.Options{Ordinal: ordinal, Library: o.ROCm, NoGraph: o.NoGraph, Warn: o.Warn})
	if err != nil {
		name := "hip"
		if ordinal >= 0 {
			name = fmt.Sprintf("hip:%d", ordinal)
		}
		return nil, &DeviceError{name, err}
	}
	return d, nil
}

// errNoEmulator says what a program lacks.
var errNoEmulator = errors.New(`this program has no emulator of GPUs; import _ "github.com/rocmforge/rocmforge/device/emu" to have it`)

// openEmulator emulates a GPU: "gfx1100", or "gfx1100,unchecked".
func openEmulator(o *Options, name string) (device.Device, error) {
	open := device.Registered("emu")
	if open == nil {
		return nil, &DeviceError{o.Device, errNoEmulator}
	}
	d, err := open(device.Config{Name: name, Threads: o.Threads, ROCm: o.ROCm, Warn: o.Warn})
	if err != nil {
		return nil, &DeviceError{o.Device, err}
	}
	return d, nil
}

// DeviceInfo describes a device that a model can be opened on.
type DeviceInfo struct {
	Name      string `json:"name"`
	Kind      string `json:"kind"`
	Arch      string `json:"arch"`
	Product   string `json:"product,omitempty"` // "AMD Radeon RX 7900 XTX"
	Workers   int    `json:"workers"`           // threads or compute units
	Available int    `json:"available"`         // bytes free, or -1
	Default   bool   `json:"default"`           // what auto picks
}

func describe(d device.Device) DeviceInfo {
	c := d.Caps()
	info := DeviceInfo{Name: d.Name(), Kind: c.Kind, Arch: c.Arch, Workers: c.Workers, Available: d.Available()}
	if p, ok := d.(interface{ Product() string }); ok {
		info.Product = p.Product()
	}
	return info
}

// String is what a person wants to know: "hip:0 (AMD Radeon RX 7900 XTX, gfx1100)".
func (i DeviceInfo) String() string {
	if i.Product == "" {
		return fmt.Sprintf("%s (%s)", i.Name, i.Arch)
	}
	return fmt.Sprintf("%s (%s, %s)", i.Name, i.Product, i.Arch)
}

// Devices lists the devices of this machine: the CPU, and the GPUs that HIP
// shows. That there are none is no error; gpus says why.
func Devices() (all []DeviceInfo, gpus error, err error) {
	d, err := cpu.New(0)
	if err != nil {
		return nil, nil, &DeviceError{"cpu", err}
	}
	defer d.Close()
	all = []DeviceInfo{describe(d)}
	found, gpus := hip.List(hip.Options{})
	all[0].Default = len(found) == 0
	for _, g := range found {
		all = append(all, DeviceInfo{
			Name: fmt.Sprintf("hip:%d", g.Ordinal), Kind: "hip", Arch: g.Arch, Product: g.Name,
			Workers: g.CUs, Available: g.Free, Default: g.Default,
		})
	}
	return all, gpus, nil
}
