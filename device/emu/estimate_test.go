package emu

import (
	"math"
	"testing"

	"github.com/rocmforge/rocmforge/device/emu/sim"
	"github.com/rocmforge/rocmforge/kernels/jit"
)

// launchOf is a launch of as many groups as a card of two units has room for,
// of which two were executed.
func launchOf(card sim.Card, insts ...sim.InstCount) *Profile {
	return &Profile{
		Meta: jit.Kernel{Waves: 8}, Groups: [3]int{16, 1, 1}, Block: 64,
		Counts: sim.Profile{Card: &card, Insts: insts, Executed: 2, Waves: 4},
	}
}

var twoUnits = sim.Card{Units: 2, SIMDs: 2, Clock: 1e9, Bandwidth: 1e9, Line: 128, CacheRate: 64, LDSRate: 128, VALU: 1}

// TestBounds has a figure for each part of a card. Each executed group stands
// for eight, and each unit has eight groups.
func TestBounds(t *testing.T) {
	apart := twoUnits
	apart.MatrixApart = true
	for _, c := range []struct {
		name  string
		card  sim.Card
		inst  sim.InstCount
		bound Bound
		want  float64 // nanoseconds
	}{
		{"vector", twoUnits, sim.InstCount{Kind: sim.VALU, Issue: 200}, VectorBound, 200. / 2 * 8 / 2},
		{"scalar", twoUnits, sim.InstCount{Kind: sim.SALU, Issue: 200}, VectorBound, 0},
		{"matrix with vector", twoUnits, sim.InstCount{Kind: sim.Matrix, Issue: 200, Matrix: 200}, VectorBound, 200. / 2 * 8 / 2},
		{"matrix apart", apart, sim.InstCount{Kind: sim.Matrix, Issue: 20, Matrix: 200}, MatrixBound, 200. / 2 * 8 / 2},
		{"matrix apart leaves the vector unit", apart, sim.InstCount{Kind: sim.Matrix, Issue: 20, Matrix: 200}, VectorBound, 0},
		{"cache", twoUnits, sim.InstCount{Kind: sim.GlobalLoad, Sectors: 100}, CacheBound, 100. / 2 * 8},
		{"LDS", twoUnits, sim.InstCount{Kind: sim.LDS, LDSCycles: 100}, LDSBound, 100. / 2 * 8},
	} {
		e := launchOf(c.card, c.inst).Estimate()
		if got := e.Bounds[c.bound] * 1e9; math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %v ns, want %v", c.name, got, c.want)
		}
		if c.want > 0 && (e.Bound != c.bound || math.Abs(e.Seconds*1e9-c.want) > 1e-9) {
			t.Errorf("%s: bound by %v, %v s", c.name, e.Bound, e.Seconds)
		}
	}
}

// TestLatency lets as many groups of two waves run at once as registers allow.
func TestLatency(t *testing.T) {
	for waves, want := range map[int]float64{8: 1000, 4: 2000, 1: 8000} { // of a SIMD -> ns
		p := launchOf(twoUnits)
		p.Meta.Waves, p.Counts.Cycles = waves, 2000
		if got := p.Estimate().Bounds[LatencyBound] * 1e9; math.Abs(got-want) > 1e-9 {
			t.Errorf("%d waves: %v ns, want %v", waves, got, want)
		}
	}
}

// TestMemoryBytes extrapolates: lines that each group has for itself are as
// many times more as there are groups, shared ones are not, and no buffer is
// larger than it is.
func TestMemoryBytes(t *testing.T) {
	for _, c := range []struct {
		name   string
		buffer sim.BufferCount
		lines  float64
	}{
		{"own", sim.BufferCount{Each: 20, Distinct: 20, Hi: 1 << 30}, 160},
		{"shared", sim.BufferCount{Each: 20, Distinct: 10, Hi: 1 << 30}, 10},
		{"half", sim.BufferCount{Each: 20, Distinct: 15, Hi: 1 << 30}, 10 + 15*5},
		{"small", sim.BufferCount{Each: 20, Distinct: 20, Lo: 128, Hi: 51 * 128}, 50},
	} {
		p := launchOf(twoUnits)
		p.Counts.Buffers = []sim.BufferCount{c.buffer}
		e := p.Estimate()
		if e.MemoryBytes != 128*c.lines || e.Bound != MemoryBound || math.Abs(e.Seconds-e.MemoryBytes/1e9) > 1e-15 {
			t.Errorf("%s: %+v, want %v lines", c.name, e, c.lines)
		}
	}
}

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		total, n int
		want     []int64
	}{{1, 8, []int64{0}}, {10, 2, []int64{0, 9}}, {9, 3, []int64{0, 4, 8}}, {4, 1, []int64{0, 3}}, {4, 0, []int64{0, 3}}, {1, 0, []int64{0}}, {3, 3, []int64{0, 1, 2}}} {
		got := spread(c.total, c.n)
		if len(got) != len(c.want) {
			t.Fatalf("%d of %d: %v", c.n, c.total, got)
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%d of %d: %v, want %v", c.n, c.total, got, c.want)
			}
		}
	}
}
