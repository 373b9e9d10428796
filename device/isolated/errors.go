package isolated

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/rocmforge/rocmforge/device"
)

// wireError is an error on its way from the child: its text, and what can be
// asked of it with errors.As and errors.Is.
type wireError struct {
	Text   string
	Memory *device.MemoryError `json:",omitempty"`
	Fault  *device.Fault       `json:",omitempty"`
	Launch *wireLaunch         `json:",omitempty"`
	Is     []string            `json:",omitempty"` // names of sentinels
}

// wireLaunch is a *device.LaunchError; what was panicked with is text.
type wireLaunch struct {
	Op, Value string
	Stack     []byte
}

// errInterrupted is what the child's queues are interrupted with.
var errInterrupted = errors.New("interrupted")

var sentinels = map[string]error{
	"closed":      device.ErrClosed,
	"unsupported": errors.ErrUnsupported,
	"canceled":    context.Canceled,
	"deadline":    context.DeadlineExceeded,
	"interrupted": errInterrupted,
}

const maxText = 64 << 10

func encodeError(err error) *wireError {
	if err == nil {
		return nil
	}
	w := &wireError{Text: cut(err.Error())}
	w.Memory, _ = errors.AsType[*device.MemoryError](err)
	w.Fault, _ = errors.AsType[*device.Fault](err)
	if l, ok := errors.AsType[*device.LaunchError](err); ok {
		w.Launch = &wireLaunch{l.Op, cut(fmt.Sprint(l.Value)), []byte(cut(string(l.Stack)))}
	}
	for name, sentinel := range sentinels {
		if errors.Is(err, sentinel) {
			w.Is = append(w.Is, name)
		}
	}
	return w
}

func cut(s string) string { return s[:min(len(s), maxText)] }

// decode is the error itself where it was of a known type, and else one that
// wraps such errors.
func (w *wireError) decode() error {
	if w == nil {
		return nil
	}
	e := &childError{text: w.Text}
	if w.Memory != nil {
		e.known = append(e.known, w.Memory)
	}
	if w.Fault != nil {
		e.known = append(e.known, w.Fault)
	}
	if l := w.Launch; l != nil {
		e.known = append(e.known, &device.LaunchError{Op: l.Op, Value: l.Value, Stack: l.Stack})
	}
	for _, name := range w.Is {
		if sentinel := sentinels[name]; sentinel != nil {
			e.known = append(e.known, sentinel)
		}
	}
	if len(e.known) == 1 && e.known[0].Error() == e.text {
		return e.known[0]
	}
	return e
}

// childError is an error of the child.
type childError struct {
	text  string
	known []error
}

func (e *childError) Error() string   { return e.text }
func (e *childError) Unwrap() []error { return e.known }

// encodeErrorText and decodeErrorText are for frames that are no JSON else.
func encodeErrorText(err error) []byte {
	b, _ := json.Marshal(encodeError(err)) // of strings and numbers only
	return b
}

func decodeErrorText(b []byte) error {
	w := &wireError{}
	if err := json.Unmarshal(b, w); err != nil {
		return fmt.Errorf("an error of the device's process that cannot be read: %w", err)
	}
	return w.decode()
}
