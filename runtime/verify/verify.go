// Package verify finds out whether a device computes what it should: it runs
// the conformance suite of ops, measures how fast memory is copied, compares
// replayed graphs with launches one by one, and a model's tokens with the
// CPU's. Its report holds nothing that tells whose machine it was.
package verify

import (
	"context"

	"github.com/rocmforge/rocmforge/runtime"
)

// Options say what to verify.
type Options struct {
	// Runtime names the device and how it computes.
	Runtime runtime.Options
	// Open opens the model whose tokens are compared, with the options given.
	Open func(context.Context, runtime.Options) (*runtime.Model, error)
	// Ops are the names of those that are checked; none means all.
	Ops []string
	// Tokens is how many greedy tokens are compared.
	Tokens int
	// Step is told what begins; it may be nil. A fault that ends the process
	// happened in the last one.
	Step func(what string)
}

func (o *Options) step(what string) {
	if o.Step != nil {
		o.Step(what)
	}
}

// Run verifies a device. That it computes something wrong is no error, but in
// the report. An error is that there is no such device, or ctx's.
func Run(ctx context.Context, o Options) (*Report, error) {
	r := &Report{Ops: []Op{}}
	if err := r.checkOps(ctx, &o); err != nil {
		return nil, err
	}
	r.checkModel(ctx, &o)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	r.OK = len(r.Failed()) == 0
	return r, nil
}
