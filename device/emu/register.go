package emu

import "github.com/rocmforge/rocmforge/device"

// Programs that import this package can open "emu:gfx1100", or
// "emu:gfx1100,unchecked".
func init() {
	device.Register("emu", func(c device.Config) (device.Device, error) {
		o, err := ParseOptions(c.Name)
		if err != nil {
			return nil, err
		}
		o.Workers, o.ROCm, o.Warn = c.Threads, c.ROCm, c.Warn
		return Open(o)
	})
}
