package sample

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Stopper watches a stream of text for stop strings. Text that may be the
// beginning of one is held back until the next piece decides.
type Stopper struct {
	stops  []string
	held   string
	hidden []span // parts of held that are not shown
}

// A span is bytes from..to-1 of a text.
type span struct{ from, to int }

// NewStopper watches for any of stops. None means that nothing is ever held
// back. An empty string, which would stop everything, and one that is not
// UTF-8, which no text contains, are an *OptionError.
func NewStopper(stops []string) (*Stopper, error) {
	for _, s := range stops {
		if s == "" || !utf8.ValidString(s) {
			return nil, &OptionError{"stop string", strconv.Quote(s), "a text in UTF-8 that is not empty"}
		}
	}
	return &Stopper{stops: stops}, nil
}

// Push takes the next piece of text and returns what may be shown. When a stop
// string is complete, stopped is true and text ends before that string; what
// follows it is dropped. The stop string that ends first wins, the longest of
// those that end together, so how the text is cut into pieces does not matter.
func (s *Stopper) Push(piece string) (text string, stopped bool) {
	s.held += piece
	if start, found := s.find(s.held); found {
		return s.show(start), true
	}
	return s.show(len(s.held) - s.begun(s.held)), false
}

// PushHidden is Push for a piece that is not shown, as a special token is. It
// belongs to the text that stop strings are looked for in.
func (s *Stopper) PushHidden(piece string) (text string, stopped bool) {
	if len(s.stops) == 0 {
		return "", false
	}
	s.hidden = append(s.hidden, span{len(s.held), len(s.held) + len(piece)})
	return s.Push(piece)
}

// Flush returns what is held back: the stream has ended without a stop string.
func (s *Stopper) Flush() string { return s.show(len(s.held)) }

// show gives the first n of the held bytes, but what is hidden, and holds the
// others.
func (s *Stopper) show(n int) (text string) {
	done, left := 0, s.hidden[:0]
	for _, h := range s.hidden {
		if h.from < n {
			text += s.held[done:h.from]
			done = min(h.to, n)
		}
		if h.to > n {
			left = append(left, span{max(h.from, n) - n, h.to - n})
		}
	}
	text += s.held[done:n]
	s.held, s.hidden = s.held[n:], left
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
