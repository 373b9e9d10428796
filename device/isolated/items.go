package isolated

import (
	"encoding/binary"
	"errors"

	"github.com/rocmforge/rocmforge/device"
)

// An item is one piece of a queue's work. A batch is items one behind the
// other: a byte that says which, and its numbers, 64 bits each.
type item byte

const (
	launchItem   item = 1 + iota // program, n; n bytes of arguments
	graphItem                    // key, n; n bytes of launches: keep and run them
	replayItem                   // key
	dropItem                     // key
	forgetItem                   // owner
	uploadItem                   // dst, n; n bytes
	fromSlotItem                 // dst, slot, n: an upload through shared memory
	copyItem                     // dst, src, n
	downloadItem                 // src, n: the bytes are the reply
	toSlotItem                   // src, slot, n: a download through shared memory
	waitItem                     // the queue's error is the reply, as after a download
)

var numbers = [...]int{
	launchItem: 2, graphItem: 3, replayItem: 2, dropItem: 2, forgetItem: 1, uploadItem: 2,
	fromSlotItem: 3, copyItem: 3, downloadItem: 2, toSlotItem: 3, waitItem: 0,
}

const maxItem = 1 + 8*3 // without the bytes behind it

// bytesFollow tells the items whose last number counts bytes behind them.
func (i item) bytesFollow() bool { return i == launchItem || i == graphItem || i == uploadItem }

func appendItem(b []byte, i item, n ...uint64) []byte {
	b = append(b, byte(i))
	for _, v := range n {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	return b
}

// piece is an item that was read.
type piece struct {
	item item
	n    [3]uint64
	data []byte
}

var errItem = errors.New("a batch with something that is no item")

// nextPiece takes an item off b.
func nextPiece(b []byte) (p piece, rest []byte, err error) {
	p.item = item(b[0])
	if int(p.item) >= len(numbers) || p.item == 0 {
		return p, nil, errItem
	}
	b = b[1:]
	count := numbers[p.item]
	if len(b) < 8*count {
		return p, nil, errItem
	}
	for i := range count {
		p.n[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	b = b[8*count:]
	if !p.item.bytesFollow() {
		return p, b, nil
	}
	n := p.n[count-1]
	if n > uint64(len(b)) {
		return p, nil, errItem
	}
	p.data = b[:n:n]
	return p, b[n:], nil
}

func (p *piece) key() device.GraphKey {
	return device.GraphKey{Owner: device.Ptr(p.n[0]), Variant: int(p.n[1])}
}
