package isolated

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/rocmforge/rocmforge/device"
)

// answer does what a request asks for.
func (c *child) answer(ctx context.Context, id uint32, r *request) {
	a := &answer{}
	if err := c.do(ctx, id, r, a); err != nil {
		a = &answer{Err: encodeError(err)}
	}
	c.cancel(id)
	text, err := json.Marshal(a)
	if err != nil {
		c.fatal(err)
	}
	c.out.say(answerFrame, id, text)
}

var errNoDevice = errors.New("no device was opened")

func (c *child) do(ctx context.Context, id uint32, r *request, a *answer) (err error) {
	if r.Method == "open" {
		return c.open(r, a)
	}
	c.mu.RLock()
	d := c.dev
	c.mu.RUnlock()
	if d == nil {
		return errNoDevice
	}
	switch r.Method {
	case "alloc":
		a.Ptr, err = d.Alloc(r.Bytes)
	case "free":
		d.Free(r.Ptr)
	case "available":
		a.Bytes = d.Available()
	case "bind":
		err = c.bind(r, a)
	case "build":
		err = d.Build(ctx, func(done, total int) { c.progress(id, done, total) })
		if n, ok := d.(interface{ Compiled() (programs, cached int) }); ok {
			a.Compiled[0], a.Compiled[1] = n.Compiled()
		}
	case "queue":
		err = c.newLane(r.Queue)
	case "close queue":
		err = c.closeLane(r.Queue)
	case "close":
		err = d.Close()
	default:
		err = fmt.Errorf("a request for %.64q", r.Method)
	}
	return err
}

func (c *child) open(r *request, a *answer) error {
	d, err := c.parts.Open(r.Config, func(s string) { c.out.say(warningFrame, 0, []byte(cut(s))) })
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.dev = d
	c.mu.Unlock()
	a.Name, a.Caps = d.Name(), d.Caps()
	if p, ok := d.(interface{ Product() string }); ok {
		a.Product = p.Product()
	}
	return nil
}

func (c *child) bind(r *request, a *answer) error {
	k := c.kernels[r.Op]
	if k == nil || k.ArgSize != r.Args {
		return fmt.Errorf("op %.64q with %d bytes of arguments is none that the device's process knows", r.Op, r.Args)
	}
	p, err := c.dev.Bind(k, r.Spec)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	a.Program, a.Name = uint64(len(c.programs)), programName(k, p)
	c.programs = append(c.programs, bound{p, k.Name, k.ArgSize})
	return nil
}

// programName is what a device calls its kernels, or the op's name.
func programName(k *device.Kernel, p device.Program) string {
	if s, ok := p.(fmt.Stringer); ok {
		return s.String()
	}
	return k.Name
}

func (c *child) progress(call uint32, done, total int) {
	b := binary.LittleEndian.AppendUint64(nil, uint64(done))
	c.out.say(progressFrame, call, binary.LittleEndian.AppendUint64(b, uint64(total)))
}
