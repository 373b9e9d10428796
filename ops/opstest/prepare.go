package opstest

import (
	"context"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/null"
)

// Prepare binds what the cases will bind, and has the device compile it all at
// once: one by one, that would take minutes.
func Prepare(ctx context.Context, d device.Device, cases []Case, progress func(done, total int)) error {
	b := &binder{null.New(d.Caps()), d}
	for _, c := range cases {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.Run(b)
	}
	return d.Build(ctx, progress)
}

// binder is a device on which nothing happens but that another one binds.
type binder struct {
	*null.Device
	real device.Device
}

func (b *binder) Bind(k *device.Kernel, s device.Spec) (device.Program, error) {
	return b.real.Bind(k, s)
}
