package emu

import (
	"math"

	"github.com/rocmforge/rocmforge/device/emu/sim"
)

// An Estimate is what a model of a card makes of a profile: the time that each
// part of the card would need for the launch if nothing else took any. The
// longest of them is the launch's; what a launch itself takes is not in it.
type Estimate struct {
	Bounds      [Bounds]float64 // seconds
	Bound       Bound           // the longest
	Seconds     float64         // of that
	MemoryBytes float64         // that memory has to move
	Resident    int             // waves of a SIMD at the same time
}

// A Bound is a part of a card that can be the slowest.
type Bound uint8

// The parts.
const (
	MemoryBound  Bound = iota // the card's memory
	CacheBound                // first-level caches
	LDSBound                  // LDS with its bank conflicts
	VectorBound               // the SIMDs' vector units
	MatrixBound               // their matrix units
	LatencyBound              // waves that wait, as many as there is room for
	Bounds
)

var boundNames = [Bounds]string{"memory", "cache", "lds", "vector", "matrix", "latency"}

func (b Bound) String() string { return boundNames[b] }

// Estimate applies the model that docs/PERFORMANCE.md describes.
func (p *Profile) Estimate() Estimate {
	card, c := p.Counts.Card, &p.Counts
	e := Estimate{MemoryBytes: p.memoryBytes()}
	groups := math.Ceil(float64(p.Total()) / float64(card.Units)) // of the busiest unit
	var vector, matrix, lds, sectors float64
	for i := range c.Insts {
		in := &c.Insts[i]
		if usesVector(in.Kind) && (in.Kind != sim.Matrix || !card.MatrixApart) {
			vector += float64(in.Issue)
		}
		matrix += float64(in.Matrix)
		lds += float64(in.LDSCycles)
		sectors += float64(in.Sectors)
	}
	executed := float64(max(c.Executed, 1))
	waves := max(float64(c.Waves)/executed, 1) // of a group
	simds := min(float64(card.SIMDs), groups*waves)
	ldsPasses := float64(card.LDSRate) / 128 // of a cycle: in one, a pass moves 128 bytes
	cycles := [Bounds]float64{
		CacheBound:  sectors * sim.SectorBytes / float64(card.CacheRate),
		LDSBound:    lds / ldsPasses,
		VectorBound: vector / simds,
	}
	if card.MatrixApart {
		cycles[MatrixBound] = matrix / simds
	}
	for b := range cycles {
		e.Bounds[b] = cycles[b] / executed * groups / card.Clock
	}
	e.Resident = p.resident(waves)
	atOnce := max(math.Floor(float64(e.Resident*card.SIMDs)/waves), 1)
	e.Bounds[LatencyBound] = math.Ceil(groups/atOnce) * float64(c.Cycles) / executed / card.Clock
	e.Bounds[MemoryBound] = e.MemoryBytes / card.Bandwidth
	for b, s := range e.Bounds {
		if s > e.Seconds {
			e.Seconds, e.Bound = s, Bound(b)
		}
	}
	return e
}

// usesVector says which instructions a SIMD's vector unit executes.
func usesVector(k sim.Kind) bool {
	switch k {
	case sim.VALU, sim.Transcendental, sim.Dot, sim.Matrix, sim.CrossLane:
		return true
	}
	return false
}

// resident is how many waves a SIMD has at the same time: what registers and
// LDS leave room for, but not more than there are.
func (p *Profile) resident(wavesOfGroup float64) int {
	card := p.Counts.Card
	all := math.Ceil(float64(p.Total()) * wavesOfGroup / float64(card.Units*card.SIMDs))
	return max(int(min(float64(p.Meta.Waves), all)), 1)
}

// memoryBytes is what has to come from memory or go there: of each buffer the
// lines that all groups touch together. Each executed group but the first
// stands for others that bring as many new lines as it does, and no buffer has
// more lines than lie between its first and its last.
func (p *Profile) memoryBytes() (bytes float64) {
	c := &p.Counts
	n, total := float64(c.Executed), float64(p.Total())
	for i := range c.Buffers {
		b := &c.Buffers[i]
		lines := float64(b.Distinct)
		if n > 1 {
			first := float64(b.Each) / n
			lines = first + (total-1)*max(lines-first, 0)/(n-1)
		}
		bytes += min(lines*float64(c.Card.Line), float64(b.Hi-b.Lo))
	}
	return bytes
}

// MovedBytes is what goes between the second-level cache and the groups: of
// each group the lines that it touches, once. It is counted.
func (p *Profile) MovedBytes() float64 {
	lines := 0
	for i := range p.Counts.Buffers {
		lines += p.Counts.Buffers[i].Each
	}
	return float64(lines*p.Counts.Card.Line) * p.Scale()
}
