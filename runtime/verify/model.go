package verify

import (
	"context"

	"github.com/rocmforge/rocmforge/runtime"
)

// checkModel does what needs a model: on the CPU, on the device, and there once
// more without graphs. Only one is open at a time, as there may be no room for
// two.
func (r *Report) checkModel(ctx context.Context, o *Options) {
	o.step("tokens of the CPU")
	want, err := reference(ctx, o)
	r.Greedy.Outcome = outcome(err)

	options := o.Runtime
	options.Device = r.Device.Name
	var replayed trace
	err = o.with(ctx, options, func(m *runtime.Model) {
		o.step("copying")
		r.Copy = measureCopy(m)
		if r.Greedy.Status == Passed {
			o.step("tokens of " + r.Device.Name)
			r.Greedy = compareGreedy(ctx, m, want, options.Exact)
		}
		replayed = r.replay(ctx, o, m)
	})
	if err != nil {
		r.Copy.Outcome, r.Greedy.Outcome, r.Graphs.Outcome = outcome(err), outcome(err), outcome(err)
	}
	if r.Graphs.Status == Passed { // up to here
		options.NoGraph = true
		err = o.with(ctx, options, func(m *runtime.Model) { r.Graphs = compareGraphs(ctx, m, replayed) })
		if err != nil {
			r.Graphs.Outcome = outcome(err)
		}
	}
}

// replay records what the device does with graphs, if it has any.
func (r *Report) replay(ctx context.Context, o *Options, m *runtime.Model) (t trace) {
	switch {
	case r.Device.Kind != "hip":
		r.Graphs.Outcome = Outcome{Skipped, r.Device.Name + " has no graphs"}
	case o.Runtime.NoGraph:
		r.Graphs.Outcome = Outcome{Skipped, "no graphs were wanted"}
	default:
		o.step("graphs")
		var err error
		t, err = record(ctx, m)
		r.Graphs.Outcome = outcome(err)
	}
	return t
}

// with opens the model for f.
func (o *Options) with(ctx context.Context, options runtime.Options, f func(*runtime.Model)) error {
	m, err := o.Open(ctx, options)
	if err != nil {
		return err
	}
	f(m)
	return m.Close()
}

func measureCopy(m *runtime.Model) Copy {
	if m.DeviceInfo().Kind == "emu" {
		return Copy{Outcome: Outcome{Skipped, "an emulator has no memory of its own"}}
	}
	rate, err := m.CopyRate()
	return Copy{outcome(err), rate}
}
