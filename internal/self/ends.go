package self

import (
	"strings"
	"sync"
)

// MaxEnd is how much is kept of the beginning and of the end of a child's
// stderr. A library's last words are its reason; those of Go's run time are
// the first ones before a long trace.
const MaxEnd = 2 << 10

// Ends keeps the beginning and the end of what is written to it: a child's stderr.
type Ends struct {
	mu          sync.Mutex
	first, last []byte
	cut         bool // there was more between them
}

// Write takes it all.
func (e *Ends) Write(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := len(b)
	room := min(n, MaxEnd-len(e.first))
	e.first = append(e.first, b[:room]...)
	e.last = append(e.last, b[room:]...)
	if extra := len(e.last) - MaxEnd; extra > 0 {
		e.last = append(e.last[:0], e.last[extra:]...)
		e.cut = true
	}
	return n, nil
}

// Reset forgets what was written.
func (e *Ends) Reset() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.first, e.last, e.cut = nil, nil, false
}

// String is the text, with dots where it was cut, up to the trace that Go adds
// whenever something aborts the process.
func (e *Ends) String() string {
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
