package device

import (
	"fmt"
	"strings"
)

// Fault says that a device failed, or hangs.
type Fault struct {
	Device string // "hip:0"
	Call   string // "hipEventQuery": where the fault showed; it may be of work before it
	Code   int    // what the call returned; 0 where there is no such number
	Text   string // name and text of the code, or what else was seen

	// Kernels are the last ones that the device was given, the newest last.
	Kernels []string

	// Lost tells that the device is of no use any more: close it, and open
	// it again.
	Lost bool

	Err error `json:"-"` // the failed call's own error, if there is one
}

// Error has the call, the reason and the last kernels.
func (e *Fault) Error() string {
	s := fmt.Sprintf("%s: %s: %s", e.Device, e.Call, e.Text)
	if e.Code != 0 {
		s += fmt.Sprintf(" (%d)", e.Code)
	}
	if len(e.Kernels) > 0 {
		s += "; last kernels: " + strings.Join(e.Kernels, ", ")
	}
	if e.Lost {
		s += "; the device is lost: it has to be opened again, or the program started again where HIP allows no more"
	}
	return s
}

// Unwrap gives the failed call's error, or nothing for a hang.
func (e *Fault) Unwrap() error { return e.Err }
