package amdhip

import (
	"unsafe"

	"github.com/rocmforge/rocmforge/internal/dl"
)

// A Graph is a hipGraph_t: recorded work.
type Graph uintptr

// A GraphExec is a hipGraphExec_t: a graph that can be launched.
type GraphExec uintptr

// A CaptureMode is a hipStreamCaptureMode.
type CaptureMode int32

// Which calls fail while a stream captures: those of all threads that cannot be
// captured, those of the capturing thread, or none.
const (
	CaptureModeGlobal      CaptureMode = 0
	CaptureModeThreadLocal CaptureMode = 1
	CaptureModeRelaxed     CaptureMode = 2
)

// StreamBeginCapture is hipStreamBeginCapture: what comes next in the stream is
// recorded instead of done.
func (l *Library) StreamBeginCapture(s Stream, mode CaptureMode) error {
	return l.err("hipStreamBeginCapture", dl.CallValues(l.fn.StreamBeginCapture, uintptr(s), uintptr(uint32(mode))))
}

// StreamEndCapture is hipStreamEndCapture. GraphDestroy frees the graph.
func (l *Library) StreamEndCapture(s Stream) (Graph, error) {
	var g Graph
	r := dl.Call(l.fn.StreamEndCapture, uintptr(s), uintptr(unsafe.Pointer(&g)))
	return g, l.err("hipStreamEndCapture", r)
}

// StreamIsCapturing is hipStreamIsCapturing: also after the capture was
// invalidated, until it is ended.
func (l *Library) StreamIsCapturing(s Stream) (bool, error) {
	if l.fn.StreamIsCapturing == 0 {
		return false, l.lacks("hipStreamIsCapturing")
	}
	var status int32
	r := dl.Call(l.fn.StreamIsCapturing, uintptr(s), uintptr(unsafe.Pointer(&status)))
	return status != 0, l.err("hipStreamIsCapturing", r)
}

// GraphInstantiate is hipGraphInstantiate. The graph may be destroyed after it.
func (l *Library) GraphInstantiate(g Graph) (GraphExec, error) {
	var x GraphExec
	r := dl.Call(l.fn.GraphInstantiate, uintptr(unsafe.Pointer(&x)), uintptr(g), 0, 0, 0)
	return x, l.err("hipGraphInstantiate", r)
}

// GraphLaunch is hipGraphLaunch.
func (l *Library) GraphLaunch(x GraphExec, s Stream) error {
	return l.err("hipGraphLaunch", dl.CallValues(l.fn.GraphLaunch, uintptr(x), uintptr(s)))
}

// GraphDestroy is hipGraphDestroy.
func (l *Library) GraphDestroy(g Graph) error {
	return l.err("hipGraphDestroy", dl.CallValues(l.fn.GraphDestroy, uintptr(g)))
}

// GraphExecDestroy is hipGraphExecDestroy. No launch of it may be under way.
func (l *Library) GraphExecDestroy(x GraphExec) error {
	return l.err("hipGraphExecDestroy", dl.CallValues(l.fn.GraphExecDestroy, uintptr(x)))
}
