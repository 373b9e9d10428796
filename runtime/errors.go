package runtime

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/rocmforge/rocmforge/device"
)

// ModelError says that a model file was refused: it is damaged, of an unknown
// kind, or contradicts itself. Where there is none it is an fs.ErrNotExist.
type ModelError struct {
	Path string
	Err  error
}

func (e *ModelError) Error() string {
	msg := e.Err.Error()
	if e.Path == "" || strings.Contains(msg, e.Path) {
		return msg
	}
	return e.Path + ": " + msg
}

// Unwrap returns what is wrong with the file.
func (e *ModelError) Unwrap() error { return e.Err }

// DeviceError says that a device is not there or failed.
type DeviceError struct {
	Device string
	Err    error
}

func (e *DeviceError) Error() string {
	return fmt.Sprintf("device %s: %s", e.Device, strings.TrimPrefix(e.Err.Error(), e.Device+": "))
}

// Unwrap returns what the device said.
func (e *DeviceError) Unwrap() error { return e.Err }

// deviceError wraps what a device said, unless it is about memory.
func deviceError(d device.Device, err error) error {
	var memory *device.MemoryError
	var known *DeviceError
	if err == nil || errors.As(err, &memory) || errors.As(err, &known) || errors.Is(err, context.Canceled) {
		return err
	}
	return &DeviceError{d.Name(), err}
}

// chosen adds to an error of a GPU that nobody asked for what else there is.
func chosen(err error, o Options) error {
	var failed *DeviceError
	if kind, _ := parseDevice(o.Device); kind == "auto" && errors.As(err, &failed) && failed.Device != "cpu" {
		failed.Err = fmt.Errorf("%w\nDevice cpu does without it", failed.Err)
	}
	return err
}

// faultError wraps a fault of a device, and nothing else.
func faultError(d device.Device, err error) error {
	if _, ok := errors.AsType[*device.Fault](err); ok {
		return deviceError(d, err)
	}
	return err
}

// FitError says that a model needs more memory than there is, and what would
// help.
type FitError struct {
	Plan     Plan
	Remedies []string
}

func (e *FitError) Error() string {
	s := fmt.Sprintf("the model needs %s (weights %s, KV cache %s, work buffers %s) but %s are free",
		bytesText(e.Plan.Total()), bytesText(e.Plan.Weights), bytesText(e.Plan.KVCache), bytesText(e.Plan.Work),
		bytesText(e.Plan.Available))
	if len(e.Remedies) > 0 {
		s += "; try " + strings.Join(e.Remedies, ", or ")
	}
	return s
}

// ContextError says that a text does not fit.
type ContextError struct {
	Tokens  int // asked for
	Limit   int // what there is
	Longest int // what the model serves; no more than Limit: a longer context is of little help
}

func (e *ContextError) Error() string {
	if e.Longest <= e.Limit {
		return fmt.Sprintf("%d tokens do not fit the context of %d, which is all that the model serves", e.Tokens, e.Limit)
	}
	return fmt.Sprintf("%d tokens do not fit the context of %d; the model serves up to %d: open it with a longer one", e.Tokens, e.Limit, e.Longest)
}

// tooLong is a *ContextError.
func (m *Model) tooLong(tokens int) error {
	return &ContextError{Tokens: tokens, Limit: m.context, Longest: m.longest}
}

// Errors of models and sessions that are not used as they should.
var (
	// ErrClosed is what a closed model answers, or a zero one.
	ErrClosed = errors.New("the model is closed")
	// ErrSessionClosed is what a closed session of an open model answers, or a
	// zero one. It is an ErrClosed, too.
	ErrSessionClosed error = closedError{}
	// ErrBusy is what a session answers that is computing: it belongs to one
	// goroutine at a time.
	ErrBusy = errors.New("the session is busy: another goroutine uses it, or it is used within a loop over its own tokens")
	// ErrUsed is what ranging twice over a generation gives.
	ErrUsed = errors.New("this generation was ranged over before; call Generate again")
)

type closedError struct{}

func (closedError) Error() string        { return "the session is closed" }
func (closedError) Is(target error) bool { return target == ErrClosed }

// BugError is a panic of the code below, caught at this package's border.
type BugError struct {
	Value any
	Stack []byte
}

func (e *BugError) Error() string {
	return fmt.Sprintf("internal error (please report it): %v", e.Value)
}

// contain turns a panic into an error: nothing below may take the embedding
// program down.
func contain(err *error) {
	if r := recover(); r != nil {
		*err = &BugError{r, debug.Stack()}
	}
}

// bytesText prints a size for people.
func bytesText(n int) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.2f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
}
