// Package opstest is the conformance suite of ops: it runs every op on a
// device and compares the result with a float64 reference that is slow and
// obvious. Files have the names of the ops' files.
//
// It is also what `rocmforge verify` runs, so it does not import testing. It
// must not know which device it is given.
package opstest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/rocmforge/rocmforge/device"
)

// A Case is one op with one set of shapes.
type Case struct {
	Op   string // the op's name: "rmsnorm"
	Name string // the shapes and what else is special
	Run  func(d device.Device) Result
}

// A Result is what running a Case says about a device.
type Result struct {
	// Err is why the case failed: a device error, a value outside the
	// tolerance, or a write outside the output.
	Err error
	// MaxAbs and MaxRel are the largest differences from the reference, over
	// all elements where both are finite.
	MaxAbs, MaxRel float64
	// OfAllowed is the largest share that a difference was of the one allowed.
	OfAllowed float64
	// Skipped says why the device does not do this case; "" if it does.
	Skipped string
}

// Suite lists all cases, op by op. What they feed in is the same in every run.
func Suite() []Case {
	return slices.Concat(
		addCases(),
		advanceCases(),
		argmaxCases(),
		attentionCases(),
		attentionDecodeCases(),
		attentionPrefillCases(),
		dequantizeCases(),
		embeddingCases(),
		gemmCases(),
		gemvCases(),
		gemvGateCases(),
		headNormCases(),
		kvAppendCases(),
		kvCases(),
		kvReadCases(),
		maskCases(),
		packCases(),
		panelsCases(),
		repackCases(),
		rmsNormCases(),
		ropeCases(),
		ropeAppendCases(),
		scaleCases(),
		simulateCases(),
		softmaxCases(),
		swiGLUCases(),
	)
}

// newCase makes a Case of a body, which uploads, launches and checks through
// a bench.
func newCase(op, name string, body func(b *bench)) Case {
	return Case{Op: op, Name: name, Run: func(d device.Device) Result {
		_, binding := d.(*binder)
		b := &bench{device: d, binding: binding, guard: guardOf(d)}
		if b.queue, b.err = d.NewQueue(); b.err != nil {
			return b.result
		}
		body(b)
		b.checkBuffers()
		b.close()
		if errors.Is(b.err, errors.ErrUnsupported) {
			return Result{Skipped: b.err.Error()}
		}
		if b.err != nil {
			b.result.Err = fmt.Errorf("%s %s: %w", op, name, b.err)
		}
		return b.result
	}}
}
