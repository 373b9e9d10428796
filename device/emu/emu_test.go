package emu_test

import (
	"testing"

	"github.com/rocmforge/rocmforge/device/emu"
)

// TestParseOptions: a name says what a device is, and a device has that name.
func TestParseOptions(t *testing.T) {
	for name, unsafe := range map[string]bool{"gfx1100": false, "gfx950,unchecked": true} {
		o, err := emu.ParseOptions(name)
		if err != nil || o.Unsafe != unsafe {
			t.Fatalf("%s: %+v, %v", name, o, err)
		}
		d, err := emu.Open(o)
		if err != nil || d.Name() != "emu:"+name {
			t.Errorf("%s: %v, %v", name, d, err)
		}
		d.Close()
	}
	for _, name := range []string{"", "gfx90a", "gfx1100,", "gfx1100,fast", ",unchecked", "gfx1100,unchecked,unchecked"} {
		if o, err := emu.ParseOptions(name); err == nil {
			t.Errorf("%q: %+v", name, o)
		}
	}
}
