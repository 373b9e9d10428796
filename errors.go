package rocmforge

import (
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/runtime"
)

// Errors of models and sessions that are not used as they should; errors.Is
// finds them.
var (
	ErrClosed        = runtime.ErrClosed        // the model is closed
	ErrSessionClosed = runtime.ErrSessionClosed // the session is closed; it is an ErrClosed, too
	ErrBusy          = runtime.ErrBusy          // the session computes for another goroutine
	ErrUsed          = runtime.ErrUsed          // a generation was ranged over twice
)

// ModelError says that a model's file was refused: Err why, Path which. Where
// there is none it is an fs.ErrNotExist. Error() and Unwrap() are an error's.
type ModelError = runtime.ModelError

// DeviceError says that a Device is not there or failed; Err says why, and is
// often a *Fault. Error() and Unwrap() are an error's.
type DeviceError = runtime.DeviceError

// FitError says that a model needs more memory than there is: Plan has the
// figures, Remedies what would help. Error() is an error's.
type FitError = runtime.FitError

// ContextError says that a text does not fit: it has Tokens, the session's
// context is Limit, and the model serves Longest. Error() is an error's.
type ContextError = runtime.ContextError

// OptionError is an option out of its range: its Name, its Value, and what is
// wanted (Want). Error() is an error's.
type OptionError = runtime.OptionError

// BugError is a bug of this library: the Value of a panic and its Stack.
// Error() is an error's.
type BugError = runtime.BugError

// MemoryError says that an allocation on a Device does not fit: bytes Asked for,
// InUse by this process, and Available, or -1. Error() is an error's.
type MemoryError = device.MemoryError

// Fault says that a device failed, or hangs.
//
//   - Device is its name, Call where the fault showed, Code and Text what that
//     returned, Err the call's own error.
//   - Kernels are the last ones that the device was given, the newest last.
//   - Lost says that the device is of no use any more: close the model, and open
//     it again.
//   - Error() and Unwrap() are an error's.
type Fault = device.Fault
