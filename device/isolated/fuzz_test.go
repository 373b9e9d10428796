package isolated

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/rocmforge/rocmforge/device"
)

// FuzzFrame reads frames and items of anything: there is an error, or what was
// read is within the bytes.
func FuzzFrame(f *testing.F) {
	f.Add(seal(append(newFrame(nil, batchFrame, 7), appendItem(nil, launchItem, 1, 0)...)))
	f.Add([]byte{255, 255, 255, 255, 3, 0, 0, 0, 1, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		in := bufio.NewReader(bytes.NewReader(b))
		var memory []byte
		for {
			frame, err := readFrame(in, memory)
			if cap(frame.payload) > maxFrame {
				t.Fatalf("%d bytes for a frame of %d", cap(frame.payload), len(b))
			}
			if err != nil {
				return
			}
			memory = frame.payload
			for rest := frame.payload; len(rest) > 0; {
				var p piece
				if p, rest, err = nextPiece(rest); err != nil {
					break
				}
				if len(p.data) > len(b) {
					t.Fatalf("%d bytes of %d", len(p.data), len(b))
				}
			}
			_ = decodeErrorText(frame.payload)
		}
	})
}

// TestFramesAreRefused that no process of ours sends.
func TestFramesAreRefused(t *testing.T) {
	d := &Device{queues: map[uint32]*queue{}}
	d.queues[1] = &queue{d: d}
	d.queues[1].changed.L = &d.queues[1].mu
	for _, f := range []frame{{kind: 0}, {kind: batchFrame}, {kind: doneFrame, id: 1, payload: []byte{0}}} {
		if d.take(f) == nil {
			t.Errorf("%+v was taken", f)
		}
	}
	_, w := d.calls.add()
	if w.tell([]byte{1}) == nil {
		t.Error("a progress of one byte was taken")
	}
	c := &child{}
	l := &lane{c: c}
	for _, p := range []piece{
		{item: launchItem}, {item: replayItem}, {item: downloadItem, n: [3]uint64{0, inline + 1}},
		{item: fromSlotItem}, {item: toSlotItem, n: [3]uint64{0, slots, 1}},
	} {
		if l.item(&p) == nil {
			t.Errorf("%+v was done", p)
		}
	}
	if c.take(frame{kind: doneFrame}, nil) == nil {
		t.Error("the child takes its own frames")
	}
	if a := (&answer{}); c.do(t.Context(), 1, &request{Method: "alloc"}, a) != errNoDevice {
		t.Error("memory without a device")
	}
}

// TestSlotsAreChecked before they are memory.
func TestSlotsAreChecked(t *testing.T) {
	memory := make([]byte, slots*slotSize)
	if b, err := slot(memory, slots-1, slotSize); err != nil || len(b) != slotSize {
		t.Error(len(b), err)
	}
	for _, n := range [][2]uint64{{slots, 1}, {0, slotSize + 1}, {1 << 63, 1}} {
		if _, err := slot(memory, n[0], n[1]); err == nil {
			t.Errorf("slot %d with %d bytes", n[0], n[1])
		}
	}
}

// TestErrorTree: an error that wraps several keeps them all.
func TestErrorTree(t *testing.T) {
	fault := &device.Fault{Device: "hip:0", Call: "hipMemcpy", Code: 700, Text: "bad", Kernels: []string{"gemv"}, Lost: true}
	err := decodeErrorText(encodeErrorText(errors.Join(fault, context.Canceled)))
	got, ok := errors.AsType[*device.Fault](err)
	if !ok || got.Error() != fault.Error() || !errors.Is(err, context.Canceled) || err.Error() != fault.Error()+"\ncontext canceled" {
		t.Errorf("%#v", err)
	}
}
