package hip

import (
	"strings"

	"github.com/rocmforge/rocmforge/device"
)

// NoDeviceError says that there is no GPU to compute on, or not the one that
// was asked for.
type NoDeviceError struct {
	Reason string // what is missing, if no call failed
	Err    error  // the call or the library that failed, or nil
	Absent bool   // HIP itself is not there
}

// Error says why, and what to do.
func (e *NoDeviceError) Error() string {
	why := e.Reason
	if e.Err != nil {
		why = strings.TrimSpace(why + " " + e.Err.Error())
	}
	return "no GPU to compute on: " + why + "\n`rocmforge doctor` looks for the cause and says what to do."
}

// Unwrap gives the cause.
func (e *NoDeviceError) Unwrap() error { return e.Err }

// Fault is a HIP call that failed, or a GPU that hangs. Its Code is a
// hipError_t: 600 (not ready) where the watchdog gave up.
type Fault = device.Fault
