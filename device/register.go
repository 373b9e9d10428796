package device

import (
	"fmt"
	"sync"
)

// Config is what a registered kind of device is opened with.
type Config struct {
	Name    string       // what follows "KIND:" in the device's name
	Threads int          // CPU threads to use; 0: one per processor
	ROCm    string       // the folder of ROCm's libraries; "": they are looked for
	Warn    func(string) // is told what is no error but should be known; may be nil
}

var (
	kindsMu sync.Mutex
	kinds   = map[string]func(Config) (Device, error){}
)

// Register makes a kind of device known by name, from the init function of its
// package: programs that want it import that package, as they do for the formats
// of package image, and others do not carry it. A kind that is there already
// panics.
func Register(kind string, open func(Config) (Device, error)) {
	kindsMu.Lock()
	defer kindsMu.Unlock()
	if _, ok := kinds[kind]; ok {
		panic(fmt.Sprintf("device: kind %q is registered twice", kind))
	}
	kinds[kind] = open
}

// Registered is what opens a kind of device, or nil.
func Registered(kind string) func(Config) (Device, error) {
	kindsMu.Lock()
	defer kindsMu.Unlock()
	return kinds[kind]
}
