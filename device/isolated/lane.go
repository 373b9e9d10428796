package isolated

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/rocmforge/rocmforge/device"
)

// lane is the child's side of a queue: a goroutine that does batches in order.
type lane struct {
	c       *child
	id      uint32
	queue   device.Queue
	batches chan []byte
	ended   chan struct{}

	programs []bound // a copy of the child's, or older
	graphs   map[device.GraphKey]*replayed
	reply    []byte // a frame
	failed   error  // a panic since the last wait: the op's Go code refused its arguments
}

// replayed is a graph's launches.
type replayed struct {
	launches []byte
	run      func() // launches them
}

func (c *child) newLane(id uint32) error {
	q, err := c.dev.NewQueue()
	if err != nil {
		return err
	}
	l := &lane{c: c, id: id, queue: q, batches: make(chan []byte, window), ended: make(chan struct{}), graphs: map[device.GraphKey]*replayed{}}
	c.mu.Lock()
	c.lanes[id] = l
	c.mu.Unlock()
	go l.work()
	return nil
}

func (c *child) closeLane(id uint32) error {
	c.mu.Lock()
	l := c.lanes[id]
	delete(c.lanes, id)
	c.mu.Unlock()
	if l == nil {
		return fmt.Errorf("queue %d is not there", id)
	}
	close(l.batches)
	<-l.ended
	return l.queue.Close()
}

// work does batches and replies to each.
func (l *lane) work() {
	defer close(l.ended)
	for b := range l.batches {
		l.reply = append(newFrame(l.reply, doneFrame, l.id), 0)
		if err := l.do(b); err != nil {
			l.c.fatal(err)
		}
		l.c.reuse(b)
		l.c.out.send(seal(l.reply))
	}
}

// do does the items of a batch. An error is one of the protocol; those of the
// device are the queue's.
func (l *lane) do(b []byte) (err error) {
	for len(b) > 0 && err == nil {
		var p piece
		if p, b, err = nextPiece(b); err == nil {
			err = l.item(&p)
		}
	}
	return err
}

func (l *lane) item(p *piece) error {
	switch p.item {
	case launchItem:
		return l.launch(p)
	case graphItem:
		return l.record(p)
	case replayItem:
		g := l.graphs[p.key()]
		if g == nil {
			return errors.New("a graph that is not there")
		}
		l.queue.Graph(p.key(), g.run)
	case dropItem:
		delete(l.graphs, p.key())
	case forgetItem:
		l.forget(device.Ptr(p.n[0]))
	case copyItem:
		l.queue.Copy(device.Ptr(p.n[0]), device.Ptr(p.n[1]), int(p.n[2]))
	case uploadItem:
		l.queue.Upload(device.Ptr(p.n[0]), p.data)
	case waitItem:
		l.wait()
	default:
		return l.copy(p)
	}
	return nil
}

// launch launches a program that is bound.
func (l *lane) launch(p *piece) error {
	if p.n[0] >= uint64(len(l.programs)) {
		l.c.mu.RLock()
		l.programs = l.c.programs
		l.c.mu.RUnlock()
	}
	if p.n[0] >= uint64(len(l.programs)) || l.programs[p.n[0]].args != len(p.data) {
		return fmt.Errorf("a launch of program %d with %d bytes of arguments", p.n[0], len(p.data))
	}
	if l.failed == nil {
		l.tryLaunch(l.programs[p.n[0]], p.data)
	}
	return nil
}

func (l *lane) tryLaunch(b bound, args []byte) {
	defer func() {
		if r := recover(); r != nil {
			l.failed = &device.LaunchError{Op: b.op, Value: r, Stack: debug.Stack()}
		}
	}()
	l.queue.Launch(b.program, args)
}

// record keeps launches and runs them.
func (l *lane) record(p *piece) error {
	g := &replayed{launches: append([]byte(nil), p.data...)}
	g.run = func() {
		if err := l.do(g.launches); err != nil {
			l.c.fatal(err)
		}
	}
	l.graphs[p.key()] = g
	l.queue.Graph(p.key(), g.run)
	return nil
}

func (l *lane) forget(owner device.Ptr) {
	for key := range l.graphs {
		if key.Owner == owner {
			delete(l.graphs, key)
		}
	}
	l.queue.Forget(owner)
}

// copy moves bytes from or to the program.
func (l *lane) copy(p *piece) error {
	if p.item == downloadItem {
		return l.download(device.Ptr(p.n[0]), p.n[1])
	}
	memory, err := slot(l.c.shared, p.n[1], p.n[2])
	if err != nil {
		return err
	}
	if p.item == fromSlotItem {
		l.queue.Upload(device.Ptr(p.n[0]), memory)
	} else {
		l.queue.Download(memory, device.Ptr(p.n[0]))
		l.wait()
	}
	return nil
}

// download makes the bytes the reply.
func (l *lane) download(src device.Ptr, n uint64) error {
	if n > inline {
		return fmt.Errorf("a download of %d bytes", n)
	}
	at := len(l.reply)
	l.reply = append(l.reply, make([]byte, n)...)
	l.queue.Download(l.reply[at:], src)
	l.wait()
	return nil
}

// wait makes the queue's error the reply, if there is one.
func (l *lane) wait() {
	err := l.queue.Wait()
	if l.failed != nil {
		err, l.failed = l.failed, nil
	}
	if err != nil {
		l.reply = append(l.reply[:headerSize], 1)
		l.reply = append(l.reply, encodeErrorText(err)...)
	}
}
