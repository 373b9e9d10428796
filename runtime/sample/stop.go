package sample

import (
	"errors"
	"strings"
)

// Stopper watches a stream of text for stop strings. Text that may be the
// beginning of one is held back until the next piece decides.
type Stopper struct {
	stops []string
	held  string
}

// NewStopper watches for any of stops. None means that nothing is ever held
// back; an empty string would stop everything and is an error.
func NewStopper(stops []string) (*Stopper, error) {
	for _, s := range stops {
		if s == "" {
			return nil, errors.New("a stop string is empty")
		}
	}
	return &Stopper{stops: stops}, nil
}

// Push takes the next piece of text and returns what may be shown. When a stop
// string is complete, stopped is true and text ends before that string; what
// follows it is dropped. The stop string that ends first wins, the longest of
// those that end together, so how the text is cut into pieces does not matter.
func (s *Stopper) Push(piece string) (text string, stopped bool) {
	buffer := s.held + piece
	s.held = ""
	if start, found := s.find(buffer); found {
		return buffer[:start], true
	}
	n := len(buffer) - s.begun(buffer)
	s.held = buffer[n:]
	return buffer[:n], false
}

// Flush returns what is held back: the stream has ended without a stop string.
func (s *Stopper) Flush() string {
	text := s.held
	s.held = ""
	return text
}

// find is where the stop string that ends first begins.
func (s *Stopper) find(text string) (start int, found bool) {
	end := 0
	for _, stop := range s.stops {
		i := strings.Index(text, stop)
		if i < 0 {
			continue
		}
		e := i + len(stop)
		if !found || e < end || e == end && i < start {
			start, end, found = i, e, true
		}
	}
	return start, found
}

// begun is the length of the longest end of text that begins a stop string.
func (s *Stopper) begun(text string) int {
	longest := 0
	for _, stop := range s.stops {
		for n := min(len(stop)-1, len(text)); n > longest; n-- {
			if strings.HasSuffix(text, stop[:n]) {
				longest = n
			}
		}
	}
	return longest
}
