package amdhip

import (
	"errors"
	"fmt"
	"slices"

	"github.com/rocmforge/rocmforge/internal/dl"
)

// An Error is a call that failed.
type Error struct {
	Call string // "hipMalloc"
	Code Code
	Name string // HIP's name of the code: "hipErrorOutOfMemory"
	Text string // what HIP says about it: "out of memory"
}

// Error gives the call and HIP's name, number and text of the code.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s (%d): %s", e.Call, e.Name, int32(e.Code), e.Text)
}

// Unwrap gives the code.
func (e *Error) Unwrap() error { return e.Code }

// lost are the codes after which HIP answers nothing else on a device.
var lost = []Code{Deinitialized, PriorLaunchFailure, ECCNotCorrectable, IllegalAddress, LaunchTimeOut, ContextIsDestroyed,
	Assert, LaunchFailure, RuntimeMemory, RuntimeOther}

// DeviceLost tells whether an error means that the device's memory, streams and
// modules are gone: a kernel faulted or hung, or the device itself failed. A
// process has to start over; some ROCm versions abort it before any error.
func DeviceLost(err error) bool {
	code, ok := errors.AsType[Code](err)
	return ok && slices.Contains(lost, code)
}

// err makes a result an error, or nil for success. What a call reports may be
// the failure of an asynchronous one before it.
func (l *Library) err(call string, result uintptr) error {
	c := Code(int32(result))
	if c == Success {
		return nil
	}
	return &Error{Call: call, Code: c, Name: l.GetErrorName(c), Text: l.GetErrorString(c)}
}

// lacks is the error of a function that this version of HIP doesn't have.
func (l *Library) lacks(call string) error {
	return &Error{Call: call, Code: NotSupported, Name: NotSupported.Error(), Text: l.Path() + " has no such function"}
}

// ready takes NotReady for an answer.
func (l *Library) ready(call string, result uintptr) (bool, error) {
	if Code(int32(result)) == NotReady {
		return false, nil
	}
	err := l.err(call, result)
	return err == nil, err
}

// GetErrorName is hipGetErrorName.
func (l *Library) GetErrorName(c Code) string {
	return dl.GoString(dl.CallValues(l.fn.GetErrorName, uintptr(uint32(c))))
}

// GetErrorString is hipGetErrorString.
func (l *Library) GetErrorString(c Code) string {
	return dl.GoString(dl.CallValues(l.fn.GetErrorString, uintptr(uint32(c))))
}

// GetLastError is hipGetLastError: the thread's last error, which is then
// forgotten.
func (l *Library) GetLastError() Code { return Code(int32(dl.CallValues(l.fn.GetLastError))) }

// PeekAtLastError is hipPeekAtLastError: the thread's last error.
func (l *Library) PeekAtLastError() Code { return Code(int32(dl.CallValues(l.fn.PeekAtLastError))) }
