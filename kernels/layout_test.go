package kernels_test

import (
	"slices"
	"testing"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/null"
	"github.com/rocmforge/rocmforge/kernels/jit"
)

// TestLayouts is for the kernels of models what TestCompile is for others.
func TestLayouts(t *testing.T) {
	bound := map[string][]null.Bound{}
	for _, arch := range modelArchs {
		bound[arch] = allBound(t, arch)
	}
	for _, o := range modelObjects(t) {
		checkLayouts(t, o.Metadata, bound[o.Arch])
	}
}

// checkLayouts compares the parameters of a code object's kernels with the
// argument structs of the ops that launch them: a device hands these over as
// they are.
func checkLayouts(t *testing.T, m jit.Metadata, bound []null.Bound) {
	t.Helper()
	users := map[string]map[string]*device.Kernel{} // by symbol and op
	for _, b := range bound {
		for _, s := range b.Steps {
			symbol := unitOf(s).Symbol()
			if users[symbol] == nil {
				users[symbol] = map[string]*device.Kernel{}
			}
			users[symbol][b.Kernel.Name] = b.Kernel
		}
	}
	for _, k := range m.Kernels {
		if len(users[k.Symbol]) == 0 {
			t.Errorf("nothing launches %s", k.Symbol)
		}
		for _, op := range users[k.Symbol] {
			checkLayout(t, k, op)
		}
	}
}

// checkLayout allows a struct to end with padding. No kernel uses what the run
// time could add behind the struct.
func checkLayout(t *testing.T, k jit.Kernel, op *device.Kernel) {
	t.Helper()
	if !slices.EqualFunc(k.Args, op.Params, sameParameter) {
		t.Errorf("%s takes %v, op %s has %v", k.Symbol, k.Args, op.Name, op.Params)
	}
	if k.KernargBytes > op.ArgSize {
		t.Errorf("%s takes %d bytes, op %s has %d", k.Symbol, k.KernargBytes, op.Name, op.ArgSize)
	}
}

func sameParameter(a jit.Arg, p device.Param) bool {
	sameName := a.Name == p.Name || otherNames[a.Name] == p.Name
	return sameName && a.Offset == p.Offset && a.Size == p.Size
}

// otherNames are fields whose names kernels need for a constant or for another
// parameter.
var otherNames = map[string]string{"UNUSED_K": "K", "KVHeads": "Heads"} // the KV's heads
