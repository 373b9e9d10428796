//go:build !nohip

package hip

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/kernels/jit"
)

// TestParams compares an op's struct with what a code object says.
func TestParams(t *testing.T) {
	k := &device.Kernel{Name: "sum", Params: []device.Param{{Name: "Y", Offset: 0, Size: 8}, {Name: "N", Offset: 8, Size: 4}}}
	good := []jit.Arg{{Name: "y", Offset: 0, Size: 8}, {Name: "n", Offset: 8, Size: 4}, {Offset: 16, Size: 4, Kind: "hidden_block_count_x"}}
	check(t, checkParams(k, jit.Kernel{Symbol: "add", Args: good}))
	for want, args := range map[string][]jit.Arg{
		"takes 1 parameters": {good[0], good[2]},
		"4 bytes at 16":      {good[0], {Name: "n", Offset: 16, Size: 4}},
		"parameter 1 (n)":    {good[0], {Name: "n", Offset: 8, Size: 8}},
	} {
		if err := checkParams(k, jit.Kernel{Symbol: "add", Args: args}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, not %s", err, want)
		}
	}
}

// TestBuildFails shows that a build can be cancelled, and that kernels that do
// not compile are an error of Build and of the launch.
func TestBuildFails(t *testing.T) {
	d := open(t, options(t))
	b := bind(t, d, sum(1))
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	cancel(enough)
	if err := d.Build(ctx, nil); !errors.Is(err, enough) {
		t.Errorf("cancelled: %v", err)
	}
	q := newQueueOf(t, d)
	op := sum(1)
	op.Variants[0].Steps[0].Kernel = "no such kernel"
	bad := bind(t, d, op)
	for _, err := range []error{d.Build(t.Context(), nil), waitFor(q, bad)} {
		if err == nil || !strings.Contains(err.Error(), "no such kernel") {
			t.Errorf("error %v", err)
		}
	}
	_ = b
	closeAndCount(t, d)
}

func waitFor(q *queue, b device.Bound[sumArgs]) error {
	b.Launch(q, &sumArgs{N: 1})
	return q.Wait()
}

// TestProgress reports each program.
func TestProgress(t *testing.T) {
	d := open(t, options(t))
	bind(t, d, sum(1))
	var last [2]int
	check(t, d.Build(t.Context(), func(done, total int) { last = [2]int{done, total} }))
	if last != [2]int{1, 1} {
		t.Errorf("%v", last)
	}
}
