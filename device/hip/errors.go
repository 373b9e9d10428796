package hip

import (
	"fmt"
	"strings"
)

// NoDeviceError says that there is no GPU to compute on, or not the one that
// was asked for.
type NoDeviceError struct {
	Reason string // what is missing, if no call failed
	Err    error  // the call or the library that failed, or nil
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

// Fault is a HIP call that failed, or a GPU that hangs.
type Fault struct {
	Device string // "hip:0"
	Call   string // "hipEventQuery": where the fault showed; it may be of work before it
	Code   int    // hipError_t; 600 (not ready) where the watchdog gave up
	Text   string // HIP's name and text of the code, or what the watchdog saw

	// Kernels are the last ones that the GPU was given, the newest last.
	Kernels []string

	// Lost tells that the device is of no use any more: close it, and open
	// it again.
	Lost bool

	cause error
}

// Error has the call, the reason and the last kernels.
func (e *Fault) Error() string {
	s := fmt.Sprintf("%s: %s: %s (%d)", e.Device, e.Call, e.Text, e.Code)
	if len(e.Kernels) > 0 {
		s += "; last kernels: " + strings.Join(e.Kernels, ", ")
	}
	if e.Lost {
		s += "; the device is lost: it has to be opened again, or the program started again where HIP allows no more"
	}
	return s
}

// Unwrap gives package amdhip's error, or nothing for a hang.
func (e *Fault) Unwrap() error { return e.cause }
