package nn

import (
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
)

// forms is an op that writes an activation, bound for some of the forms.
type forms[A any] struct {
	op  [ops.FormCount]device.Bound[A]
	has [ops.FormCount]bool
}

// bind prepares the op for one form, which a says.
func (b *forms[A]) bind(d device.Device, op *device.Op[A], f ops.Form, a A) (err error) {
	b.op[f], err = device.Bind(d, op, op.Spec(&a))
	b.has[f] = err == nil
	return err
}
