package isolated

import (
	"fmt"
	"os"
)

// Shared memory is cut into slots. A slot belongs to one upload or download at
// a time; the program gives them out, and the child does what it is told.
const (
	slots    = 8
	slotSize = 8 << 20

	sharedName = "rocmforge device"
	sharedFile = 3 // its number in the child
)

// shared is the program's side.
type shared struct {
	memory []byte   // nil: all goes through the pipe
	file   *os.File // until the child has it
	free   chan int
}

// slot is the first n bytes of a slot.
func slot(memory []byte, i, n uint64) ([]byte, error) {
	if i >= slots || n > slotSize || len(memory) != slots*slotSize {
		return nil, fmt.Errorf("slot %d with %d bytes, of %d bytes of shared memory", i, n, len(memory))
	}
	return memory[i*slotSize:][:n:n], nil
}

// open makes shared memory, where the system has it.
func (s *shared) open() {
	s.free = make(chan int, slots)
	if noShared {
		return
	}
	f, memory, err := createShared(slots * slotSize)
	if err != nil {
		return
	}
	s.file, s.memory = f, memory
	for i := range slots {
		s.free <- i
	}
}

// handedOver closes the file when the child has it.
func (s *shared) handedOver() {
	if s.file != nil {
		s.file.Close()
		s.file = nil
	}
}

// close unmaps. Nobody copies any more.
func (s *shared) close() {
	s.handedOver()
	unmapShared(s.memory)
	s.memory = nil
}

// noShared is for tests of what other systems do.
var noShared = false
