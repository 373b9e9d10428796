package isolated

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
)

// receive takes frames apart until there are no more.
func (d *Device) receive(in *bufio.Reader) error {
	var b []byte
	for {
		f, err := readFrame(in, b)
		if err != nil {
			return err
		}
		b = f.payload
		d.clock.heard()
		if err := d.take(f); err != nil {
			return err
		}
	}
}

func (d *Device) take(f frame) error {
	switch f.kind {
	case doneFrame:
		if q := d.queue(f.id); q != nil {
			return q.arrive(f.payload)
		}
	case answerFrame:
		if w := d.calls.get(f.id); w != nil {
			var a answer
			err := json.Unmarshal(f.payload, &a)
			select {
			case w.answer <- a:
			default: // it has one
			}
			return err
		}
	case progressFrame:
		if w := d.calls.get(f.id); w != nil {
			return w.tell(f.payload)
		}
	case warningFrame:
		if d.options.Warn != nil {
			d.options.Warn(string(f.payload))
		}
	case pongFrame:
	default:
		return fmt.Errorf("a frame of kind %d", f.kind)
	}
	return nil
}

// tell passes on how far a call is.
func (w *waiting) tell(b []byte) error {
	if len(b) != 16 {
		return errors.New("a progress that is no two numbers")
	}
	select {
	case <-w.progress:
	default:
	}
	w.progress <- [2]int{int(binary.LittleEndian.Uint64(b)), int(binary.LittleEndian.Uint64(b[8:]))}
	return nil
}
