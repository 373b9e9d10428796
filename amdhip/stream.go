package amdhip

import (
	"unsafe"

	"github.com/rocmforge/rocmforge/internal/dl"
)

// A Stream is a hipStream_t. 0 is the device's default stream.
type Stream uintptr

// An Event is a hipEvent_t.
type Event uintptr

// Flags of StreamCreateWithFlags and EventCreateWithFlags.
const (
	StreamDefault      = 0
	StreamNonBlocking  = 1 // does not wait for the default stream
	EventDefault       = 0
	EventBlockingSync  = 1 // EventSynchronize sleeps instead of spinning
	EventDisableTiming = 2 // cheaper, without EventElapsedTime
)

// StreamCreateWithFlags is hipStreamCreateWithFlags, on the thread's device.
func (l *Library) StreamCreateWithFlags(flags uint32) (Stream, error) {
	var s Stream
	r := dl.Call(l.fn.StreamCreateWithFlags, uintptr(unsafe.Pointer(&s)), uintptr(flags))
	return s, l.err("hipStreamCreateWithFlags", r)
}

// StreamDestroy is hipStreamDestroy.
func (l *Library) StreamDestroy(s Stream) error {
	return l.err("hipStreamDestroy", dl.CallValues(l.fn.StreamDestroy, uintptr(s)))
}

// StreamSynchronize is hipStreamSynchronize: it waits, without a deadline.
func (l *Library) StreamSynchronize(s Stream) error {
	return l.err("hipStreamSynchronize", dl.CallValues(l.fn.StreamSynchronize, uintptr(s)))
}

// StreamQuery is hipStreamQuery: whether everything is done. That it isn't
// (NotReady) is no error.
func (l *Library) StreamQuery(s Stream) (done bool, err error) {
	return l.ready("hipStreamQuery", dl.CallValues(l.fn.StreamQuery, uintptr(s)))
}

// StreamWaitEvent is hipStreamWaitEvent: what comes later in the stream waits
// for the event.
func (l *Library) StreamWaitEvent(s Stream, e Event) error {
	return l.err("hipStreamWaitEvent", dl.CallValues(l.fn.StreamWaitEvent, uintptr(s), uintptr(e), 0))
}

// EventCreateWithFlags is hipEventCreateWithFlags, on the thread's device.
func (l *Library) EventCreateWithFlags(flags uint32) (Event, error) {
	var e Event
	r := dl.Call(l.fn.EventCreateWithFlags, uintptr(unsafe.Pointer(&e)), uintptr(flags))
	return e, l.err("hipEventCreateWithFlags", r)
}

// EventDestroy is hipEventDestroy.
func (l *Library) EventDestroy(e Event) error {
	return l.err("hipEventDestroy", dl.CallValues(l.fn.EventDestroy, uintptr(e)))
}

// EventRecord is hipEventRecord: the event happens when the stream gets here.
func (l *Library) EventRecord(e Event, s Stream) error {
	return l.err("hipEventRecord", dl.CallValues(l.fn.EventRecord, uintptr(e), uintptr(s)))
}

// EventQuery is hipEventQuery: whether the event has happened. That it hasn't
// (NotReady) is no error.
func (l *Library) EventQuery(e Event) (happened bool, err error) {
	return l.ready("hipEventQuery", dl.CallValues(l.fn.EventQuery, uintptr(e)))
}

// EventSynchronize is hipEventSynchronize: it waits, without a deadline.
func (l *Library) EventSynchronize(e Event) error {
	return l.err("hipEventSynchronize", dl.CallValues(l.fn.EventSynchronize, uintptr(e)))
}

// EventElapsedTime is hipEventElapsedTime: the milliseconds between two events.
// As long as one has not happened it fails with NotReady.
func (l *Library) EventElapsedTime(start, stop Event) (float32, error) {
	var ms float32
	r := dl.Call(l.fn.EventElapsedTime, uintptr(unsafe.Pointer(&ms)), uintptr(start), uintptr(stop))
	return ms, l.err("hipEventElapsedTime", r)
}
