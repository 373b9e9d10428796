package emu_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/device/emu"
	"github.com/rocmforge/rocmforge/device/emu/sim"
)

const countedFile = "testdata/counted.hip"

const profileGroups = 4

func counted(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(countedFile)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// profiled compiles the file, and counts what all groups of a kernel do.
func profiled(t *testing.T, d *emu.Device, kernel string, n, some int) *emu.Profile {
	t.Helper()
	k := compile(t, d, countedFile, counted(t))[kernel]
	wave := d.Caps().Wave
	out, in := alloc(t, d, 4*wave*profileGroups), alloc(t, d, 4*wave*profileGroups*32)
	args, err := k.Args(out, in, int32(n))
	if err != nil {
		t.Fatal(err)
	}
	p, err := k.Profile(t.Context(), [3]int{profileGroups, 1, 1}, wave, args, some)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// total sums up instructions of a kind, or of those of the source line that
// ends with a mark.
func total(t *testing.T, p *emu.Profile, kind sim.Kind, mark string) (sum sim.InstCount) {
	before, _, _ := strings.Cut(counted(t), mark)
	line := fmt.Sprintf("%s:%d", countedFile, strings.Count(before, "\n")+1)
	for _, in := range p.Counts.Insts {
		if in.Kind != kind || mark != "" && in.Source != line {
			continue
		}
		sum.Runs += in.Runs
		sum.Lanes += in.Lanes
		sum.Bytes += in.Bytes
		sum.Lines += in.Lines
		sum.Ideal += in.Ideal
		sum.LDSCycles += in.LDSCycles
		sum.Conflicts += in.Conflicts
	}
	return sum
}

func eachCounted(t *testing.T, test func(t *testing.T, d *emu.Device, wave int64)) {
	for _, arch := range emu.Archs {
		t.Run(arch, func(t *testing.T) {
			d := open(t, emu.Options{Arch: arch, Unsafe: true})
			test(t, d, int64(d.Caps().Wave))
		})
	}
}

func TestProfileCoalesced(t *testing.T) {
	eachCounted(t, func(t *testing.T, d *emu.Device, wave int64) {
		p := profiled(t, d, "copy", 0, profileGroups)
		loads, stores := total(t, p, sim.GlobalLoad, ""), total(t, p, sim.GlobalStore, "")
		for _, got := range []sim.InstCount{loads, stores} {
			if got.Runs != profileGroups || got.Bytes != profileGroups*4*wave || got.Lines != profileGroups*wave/32 || got.Ideal != got.Lines {
				t.Errorf("%+v", got)
			}
		}
		if moved := p.MovedBytes(); moved < float64(2*4*wave*profileGroups) {
			t.Errorf("%v bytes moved", moved)
		}
	})
}

// TestProfileOne asks for one group, or none, and gets what all move all the
// same: two are executed.
func TestProfileOne(t *testing.T) {
	eachCounted(t, func(t *testing.T, d *emu.Device, wave int64) {
		all := profiled(t, d, "copy", 0, profileGroups).Estimate().MemoryBytes
		for _, n := range []int{0, 1} {
			p := profiled(t, d, "copy", 0, n)
			if got := p.Estimate().MemoryBytes; p.Counts.Executed != 2 || got != all || got < float64(2*4*wave*profileGroups) {
				t.Errorf("%d groups: %d executed, %v bytes of memory; want %v", n, p.Counts.Executed, got, all)
			}
		}
	})
}

func TestProfileStrided(t *testing.T) {
	eachCounted(t, func(t *testing.T, d *emu.Device, wave int64) {
		p := profiled(t, d, "strided", 0, 2)
		if got := total(t, p, sim.GlobalLoad, ""); got.Runs != 2 || got.Lines != 2*wave || got.Ideal != 2*wave/32 {
			t.Errorf("%+v", got)
		}
		if p.Counts.Executed != 2 || p.Scale() != profileGroups/2 {
			t.Errorf("%d groups, scale %v", p.Counts.Executed, p.Scale())
		}
	})
}

func TestProfileConflicts(t *testing.T) {
	eachCounted(t, func(t *testing.T, d *emu.Device, wave int64) {
		p := profiled(t, d, "conflict", 0, 2)
		store, load := total(t, p, sim.LDS, "// STORE"), total(t, p, sim.LDS, "// LOAD")
		wantStore, wantLoad := [2]int64{2 * 32, 2 * 31}, [2]int64{2 * 32, 2 * 31}
		if wave == 64 { // stores in two passes over 32 banks, loads in one of two cycles over 64
			wantStore, wantLoad = [2]int64{2 * 64, 2 * 62}, [2]int64{2 * 128, 2 * 126}
		}
		if got := [2]int64{store.LDSCycles, store.Conflicts}; got != wantStore || store.Runs != 2 {
			t.Errorf("stores: %+v, want %v", store, wantStore)
		}
		if got := [2]int64{load.LDSCycles, load.Conflicts}; got != wantLoad || load.Runs != 2 {
			t.Errorf("loads: %+v, want %v", load, wantLoad)
		}
	})
}

func TestProfileLoop(t *testing.T) {
	eachCounted(t, func(t *testing.T, d *emu.Device, wave int64) {
		for _, n := range []int{0, 1, 10} {
			p := profiled(t, d, "loop", n, profileGroups)
			if got := total(t, p, sim.Transcendental, "// AGAIN"); got.Runs != int64(n*profileGroups) || got.Lanes != int64(n*profileGroups)*wave {
				t.Errorf("%d times: %+v", n, got)
			}
		}
	})
}

// TestProfileAgain wants the same figures whatever order groups are run in.
func TestProfileAgain(t *testing.T) {
	eachCounted(t, func(t *testing.T, d *emu.Device, _ int64) {
		a, b := profiled(t, d, "loop", 3, profileGroups), profiled(t, d, "loop", 3, profileGroups)
		if a.Counts.Cycles != b.Counts.Cycles || a.Counts.Waves != b.Counts.Waves || a.Estimate() != b.Estimate() {
			t.Errorf("%d cycles and %d; %+v and %+v", a.Counts.Cycles, b.Counts.Cycles, a.Estimate(), b.Estimate())
		}
	})
}

func TestProfileStops(t *testing.T) {
	d := open(t, emu.Options{Arch: "gfx1100", Unsafe: true})
	k := compile(t, d, countedFile, counted(t))["copy"]
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := k.Profile(ctx, [3]int{1, 1, 1}, 32, nil, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	checked := open(t, emu.Options{Arch: "gfx1100"})
	k = compile(t, checked, countedFile, counted(t))["copy"]
	if _, err := k.Profile(t.Context(), [3]int{1, 1, 1}, 32, nil, 1); err == nil {
		t.Error("a device that checks counts")
	}
}
