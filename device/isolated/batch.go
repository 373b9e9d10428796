package isolated

import (
	"errors"
	"fmt"
)

// All methods of a queue with small letters, but for arrive and fromSlot, want
// q.mu to be held.

// stops tells whether work is skipped.
func (q *queue) stops() bool {
	return q.failed != nil || q.closed || q.interrupted.Load() != nil || q.over()
}

func (q *queue) over() bool { return q.d.over.Load() != nil }

func (q *queue) fail(err error) {
	if q.failed == nil {
		q.failed = err
	}
}

// await waits for the reply to a batch.
func (q *queue) await(batch int) {
	for q.acked < batch && !q.over() {
		q.changed.Wait()
	}
}

// space waits until a batch may be sent. Meanwhile q.mu is let go.
func (q *queue) space() { q.await(q.sent - window + 1) }

// send sends the batch. There is space for it.
func (q *queue) send(r reply) {
	if !q.over() {
		q.replies[q.sent%window] = r
		q.sent++
		q.d.clock.begin()
		q.d.pipe.send(seal(q.batch))
	}
	q.batch = newFrame(q.batch, batchFrame, q.id)
}

// flush sends the batch, if there is anything in it.
func (q *queue) flush() {
	if len(q.batch) > headerSize {
		q.space()
	}
	if len(q.batch) > headerSize { // nobody else sent it meanwhile
		q.send(reply{})
	}
}

// room is for an item with n bytes.
func (q *queue) room(n int) {
	if len(q.batch)+maxItem+n > batchBytes {
		q.flush()
	}
}

// put adds an item, and the bytes that belong to it.
func (q *queue) put(data []byte, i item, n ...uint64) {
	q.room(len(data))
	q.batch = append(appendItem(q.batch, i, n...), data...)
	q.dirty = true
}

// ask sends an item with all that is collected, and waits for the reply.
func (q *queue) ask(r reply, i item, n ...uint64) {
	q.space()
	q.batch = appendItem(q.batch, i, n...)
	q.send(r)
	q.await(q.sent)
	q.dirty = false
}

// arrive takes the reply to the oldest batch: a byte that says whether there is
// an error, and the error or what was downloaded.
func (q *queue) arrive(b []byte) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.over() {
		return nil // nobody waits any more
	}
	if q.acked == q.sent || len(b) == 0 {
		return errors.New("a reply to no batch")
	}
	q.d.clock.done()
	r := &q.replies[q.acked%window]
	q.acked++
	q.changed.Broadcast()
	if r.slot > 0 {
		q.d.shared.free <- r.slot - 1
	}
	switch dst := r.dst; {
	case b[0] != 0:
		q.fail(decodeErrorText(b[1:]))
	case len(b)-1 != len(dst):
		return fmt.Errorf("%d bytes came, %d were asked for", len(b)-1, len(dst))
	default:
		copy(dst, b[1:])
	}
	*r = reply{}
	return nil
}
