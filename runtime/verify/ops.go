package verify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops/opstest"
	"github.com/rocmforge/rocmforge/runtime"
)

// OpNames lists the ops that can be checked.
func OpNames() (names []string) {
	for _, c := range opstest.Suite() {
		names = append(names, c.Op)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// checkOps runs the conformance suite.
func (r *Report) checkOps(ctx context.Context, o *Options) error {
	d, info, err := runtime.OpenDevice(o.Runtime)
	if err != nil {
		return err
	}
	defer d.Close()
	r.Device = deviceOf(info)
	cases := slices.DeleteFunc(opstest.Suite(), func(c opstest.Case) bool {
		return len(o.Ops) > 0 && !slices.Contains(o.Ops, c.Op)
	})
	if err := r.compile(ctx, o, d, cases); err != nil {
		return err
	}
	for _, c := range cases {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		r.op(o, c.Op).add(run(c, d))
	}
	return nil
}

// compile makes the kernels of all cases. Some that the compiler refuses leave
// others to be checked; if there are none, the device is of no use.
func (r *Report) compile(ctx context.Context, o *Options, d device.Device, cases []opstest.Case) error {
	if d.Caps().Host {
		r.Kernels.Outcome = Outcome{Skipped, d.Name() + " compiles none"}
		return nil
	}
	o.step("kernels")
	b := &builder{Device: d}
	err := opstest.Prepare(ctx, b, cases, o.Runtime.Compiling)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if c, ok := d.(interface{ Compiled() (programs, cached int) }); ok {
		r.Kernels.Programs, r.Kernels.Cached = c.Compiled()
	}
	if err != nil && r.Kernels.Programs == 0 {
		return &runtime.DeviceError{Device: d.Name(), Err: err}
	}
	r.Kernels.Outcome, r.Kernels.Seconds = outcome(err), b.took.Seconds()
	return nil
}

// builder is a device whose compiler is timed.
type builder struct {
	device.Device
	took time.Duration
}

func (b *builder) Build(ctx context.Context, progress func(done, total int)) error {
	start := time.Now()
	defer func() { b.took = time.Since(start) }()
	return b.Device.Build(ctx, progress)
}

// op is the last line of the report, which is of that op, or a new one.
func (r *Report) op(o *Options, name string) *Op {
	if n := len(r.Ops); n == 0 || r.Ops[n-1].Op != name {
		o.step(name)
		r.Ops = append(r.Ops, Op{Op: name})
	}
	return &r.Ops[len(r.Ops)-1]
}

// run is a case, of which a panic is a failure: an index that a device
// computed may be anything.
func run(c opstest.Case, d device.Device) (r opstest.Result) {
	defer func() {
		if p := recover(); p != nil {
			r.Err = fmt.Errorf("%s %s: panic: %v", c.Op, c.Name, p)
		}
	}()
	return c.Run(d)
}

// maxErrors is how many errors of an op are kept.
const maxErrors = 3

func (o *Op) add(r opstest.Result) {
	o.MaxAbs, o.MaxRel, o.OfAllowed = max(o.MaxAbs, r.MaxAbs), max(o.MaxRel, r.MaxRel), max(o.OfAllowed, r.OfAllowed)
	switch {
	case r.Err != nil:
		o.Failed++
		if len(o.Errors) < maxErrors {
			first, _, _ := strings.Cut(r.Err.Error(), "\n")
			o.Errors = append(o.Errors, clean(first))
		}
	case r.Skipped != "":
		o.Skipped++
		if o.Why == "" {
			o.Why = clean(r.Skipped)
		}
	default:
		o.Passed++
	}
}
