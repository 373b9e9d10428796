package isolated

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
)

// A frame is a message between the processes: a header, and what it says.
//
//	length uint32 | kind uint32 | id uint32 | payload, length bytes
type kind uint32

// Frames to the child. The id is a call's or a queue's number.
const (
	callFrame      kind = 1 + iota // a request, JSON
	cancelFrame                    // of a call
	batchFrame                     // items of a queue
	interruptFrame                 // of a queue
	pingFrame
)

// Frames from the child.
const (
	answerFrame   kind = 101 + iota // to a call, JSON
	progressFrame                   // of a call: done, total, uint64 each
	doneFrame                       // a batch of a queue is worked off: see reply
	warningFrame                    // text
	pongFrame
)

const (
	headerSize = 12
	maxFrame   = 4 << 20 // of payload
	childHello = "rocmforge device child 1\n"
)

// newFrame begins a frame in b's memory; seal ends it.
func newFrame(b []byte, k kind, id uint32) []byte {
	b = append(b[:0], 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(k))
	return binary.LittleEndian.AppendUint32(b, id)
}

func seal(b []byte) []byte {
	binary.LittleEndian.PutUint32(b, uint32(len(b)-headerSize))
	return b
}

// frame is one that was read. Its payload is valid until the next one is read
// into the same memory.
type frame struct {
	kind    kind
	id      uint32
	payload []byte
}

// readFrame reads the next frame into b's memory, or larger one.
func readFrame(r *bufio.Reader, b []byte) (frame, error) {
	header, err := r.Peek(headerSize)
	if err != nil {
		return frame{}, err
	}
	n := binary.LittleEndian.Uint32(header)
	f := frame{kind: kind(binary.LittleEndian.Uint32(header[4:])), id: binary.LittleEndian.Uint32(header[8:])}
	if n > maxFrame {
		return frame{}, fmt.Errorf("a frame of %d bytes; the most is %d", n, maxFrame)
	}
	_, _ = r.Discard(headerSize) // they are in r's buffer
	if int(n) > cap(b) {
		b = make([]byte, n)
	}
	f.payload = b[:n]
	_, err = io.ReadFull(r, f.payload)
	return f, err
}

// pipe is one direction. Frames of several goroutines do not mix.
type pipe struct {
	mu sync.Mutex
	w  io.WriteCloser
}

// send writes a sealed frame. That the other process is gone, its reader tells.
func (p *pipe) send(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, _ = p.w.Write(b)
}

// say sends a frame of its own.
func (p *pipe) say(k kind, id uint32, payload []byte) {
	p.send(seal(append(newFrame(nil, k, id), payload...)))
}
