package jit

import (
	"strings"
	"sync"
)

// maxEnd is how much is kept of the beginning and of the end of a child's
// stderr. A compiler's last words are its reason; those of Go's run time are
// the first ones before a long trace.
const maxEnd = 2 << 10

// ends keeps the beginning and the end of what is written to it.
type ends struct {
	mu          sync.Mutex
	first, last []byte
	cut         bool // there was more between them
}

func (e *ends) Write(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := len(b)
	room := min(n, maxEnd-len(e.first))
	e.first = append(e.first, b[:room]...)
	e.last = append(e.last, b[room:]...)
	if extra := len(e.last) - maxEnd; extra > 0 {
		e.last = append(e.last[:0], e.last[extra:]...)
		e.cut = true
	}
	return n, nil
}

func (e *ends) reset() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.first, e.last, e.cut = nil, nil, false
}

// String is the text, with dots where it was cut, up to the trace that Go adds
// whenever the compiler aborts the process.
func (e *ends) String() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	text := string(e.first)
	if e.cut {
		text += "\n...\n"
	}
	text, _, _ = strings.Cut(text+string(e.last), "\n\ngoroutine ")
	text, _, _ = strings.Cut(text, "\n\nruntime stack:")
	return strings.TrimSpace(text)
}
