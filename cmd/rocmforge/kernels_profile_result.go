package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/rocmforge/rocmforge/device/emu"
	"github.com/rocmforge/rocmforge/device/emu/sim"
	"github.com/rocmforge/rocmforge/quant"
)

// profileResult is the JSON of kernels profile.
type profileResult struct {
	Card    *sim.Card       `json:"card"`
	Shape   string          `json:"shape"`
	Type    string          `json:"type"`
	Input   string          `json:"input"`
	Tokens  int             `json:"tokens"`
	Depth   int             `json:"depth"`
	Kernels []profileKernel `json:"kernels"`
	Pass    profilePass     `json:"pass"`
}

// profileKernel is a kernel of a pass. Figures are of one launch: those that
// are counted are of the executed groups, multiplied by Scale, but for
// DistinctLines, which are of those groups.
type profileKernel struct {
	Op       string           `json:"op"`
	Kernel   string           `json:"kernel"`
	Launches int              `json:"launches"` // of the pass
	Groups   [3]int           `json:"groups"`
	Block    int              `json:"block"`
	Executed int              `json:"executed"` // groups
	Scale    float64          `json:"scale"`    // groups / executed
	Counted  profileCounted   `json:"counted"`
	Ledger   profileLedger    `json:"ledger"`
	Modelled profileModelled  `json:"modelled"`
	Listing  []profileListing `json:"listing,omitempty"`

	label string // for tables: "gemv Q4_K 4096x14336"
}

type profileCounted struct {
	Waves        float64            `json:"waves"`
	Instructions map[string]float64 `json:"instructions"` // of all waves, by kind
	PerWave      float64            `json:"per_wave"`     // instructions

	// Of products only: weights, as they are stored, and the instructions
	// of lanes that each of their elements takes.
	WeightElements int     `json:"weight_elements,omitempty"`
	WeightBytes    int     `json:"weight_bytes,omitempty"`
	PerWeight      float64 `json:"per_weight,omitempty"`

	RequestedBytes float64 `json:"requested_bytes"`
	Lines          float64 `json:"lines"`     // that instructions touch
	Coalesced      float64 `json:"coalesced"` // lines that would do, of those
	Sectors        float64 `json:"sectors"`   // of 64 bytes, of vector instructions
	DistinctLines  int     `json:"distinct_lines"`
	MovedBytes     float64 `json:"moved_bytes"` // distinct lines of each group
	MovedPerWeight float64 `json:"moved_per_weight_byte,omitempty"`
}

type profileLedger struct {
	VGPR      int `json:"vgpr"`
	SGPR      int `json:"sgpr"`
	Spills    int `json:"spills"`
	LDS       int `json:"lds"`
	Scratch   int `json:"scratch"`
	CodeBytes int `json:"code_bytes"`
	Occupancy int `json:"occupancy"`
}

type profileModelled struct {
	Seconds        float64            `json:"seconds"`
	Bound          string             `json:"bound"`
	Bounds         map[string]float64 `json:"bounds"` // seconds
	MemoryBytes    float64            `json:"memory_bytes"`
	BandwidthShare float64            `json:"bandwidth_share"`
	Resident       int                `json:"resident"`     // waves of a SIMD
	GroupCycles    float64            `json:"group_cycles"` // from a group's beginning to its end
	StallShare     float64            `json:"stall_share"`  // of a wave's time that it waits
	LDSCycles      float64            `json:"lds_cycles"`   // of all groups' passes through LDS, by a rule of banks
	LDSConflicts   float64            `json:"lds_conflicts"`
}

// profilePass sums up all launches.
type profilePass struct {
	Launches       int     `json:"launches"`
	WeightBytes    float64 `json:"weight_bytes"` // counted
	Seconds        float64 `json:"seconds"`      // modelled, as all below
	MemoryBytes    float64 `json:"memory_bytes"`
	BandwidthShare float64 `json:"bandwidth_share"`
	TokensRate     float64 `json:"tokens_rate,omitempty"` // tokens per second; not of single ops
}

// add makes an entry of a kernel's profile.
func (r *profileResult) add(p *emu.Profile, launches int, listing bool) {
	k := profileKernel{
		Op: p.Op.Name, Kernel: p.Unit.Symbol(), Launches: launches, Groups: p.Groups, Block: p.Block,
		Executed: p.Counts.Executed, Scale: p.Scale(), Counted: countedOf(p), Modelled: modelledOf(p),
		Ledger: profileLedger{p.Meta.VGPR, p.Meta.SGPR, p.Meta.VGPRSpills + p.Meta.SGPRSpills, p.Meta.LDS, p.Meta.Scratch, p.Meta.CodeBytes, p.Meta.Waves},
		label:  labelOf(p),
	}
	if listing {
		k.Listing = listingOf(&p.Counts)
	}
	r.Kernels = append(r.Kernels, k)
}

func labelOf(p *emu.Profile) string {
	label := p.Unit.Kernel
	for _, role := range slices.Sorted(maps.Keys(p.Unit.Formats)) {
		label += " " + p.Unit.Formats[role]
	}
	m, ok1 := p.Arg("M")
	k, ok2 := p.Arg("K")
	if ok1 && ok2 {
		label += fmt.Sprintf(" %dx%d", m, k)
	}
	return label
}

func countedOf(p *emu.Profile) profileCounted {
	c, scale := profileCounted{Instructions: map[string]float64{}}, p.Scale()
	runs, ideal := 0.0, 0.0
	for i := range p.Counts.Insts {
		in := &p.Counts.Insts[i]
		runs += float64(in.Runs)
		c.Instructions[in.Kind.String()] += float64(in.Runs) * scale
		c.RequestedBytes += float64(in.Bytes) * scale
		c.Lines += float64(in.Lines) * scale
		c.Sectors += float64(in.Sectors) * scale
		ideal += float64(in.Ideal) * scale
	}
	c.Waves = float64(p.Counts.Waves) * scale
	c.PerWave = runs / float64(max(p.Counts.Waves, 1))
	c.Coalesced = ratio(ideal, c.Lines)
	c.MovedBytes = p.MovedBytes()
	for i := range p.Counts.Buffers {
		c.DistinctLines += p.Counts.Buffers[i].Distinct
	}
	c.WeightElements, c.WeightBytes = weightsOf(p)
	c.PerWeight = ratio(runs*scale*float64(p.Meta.Wave), float64(c.WeightElements))
	c.MovedPerWeight = ratio(c.MovedBytes, float64(c.WeightBytes))
	return c
}

// weightsOf are the elements and bytes of the matrix that a product reads.
func weightsOf(p *emu.Profile) (elements, bytes int) {
	m, ok1 := p.Arg("M")
	k, ok2 := p.Arg("K")
	f, err := quant.Parse(p.Unit.Formats["w"])
	if !ok1 || !ok2 || err != nil {
		return 0, 0
	}
	if p.Op.Name == "gemv_gate" { // both halves
		m *= 2
	}
	row, _ := f.RowBytes(int(k))
	return int(m * k), int(m) * row
}

func modelledOf(p *emu.Profile) profileModelled {
	e, now, stall := p.Estimate(), 0.0, 0.0
	m := profileModelled{
		Seconds: e.Seconds, Bound: e.Bound.String(), Bounds: map[string]float64{}, MemoryBytes: e.MemoryBytes,
		BandwidthShare: ratio(e.MemoryBytes, e.Seconds*p.Counts.Card.Bandwidth), Resident: e.Resident,
		GroupCycles: float64(p.Counts.Cycles) / float64(max(p.Counts.Executed, 1)),
	}
	for b, s := range e.Bounds {
		m.Bounds[emu.Bound(b).String()] = s
	}
	for i := range p.Counts.Insts {
		in := &p.Counts.Insts[i]
		now += float64(in.Issue + in.Stall)
		stall += float64(in.Stall)
		m.LDSCycles += float64(in.LDSCycles) * p.Scale()
		m.LDSConflicts += float64(in.Conflicts) * p.Scale()
	}
	m.StallShare = ratio(stall, now)
	return m
}

// sum fills in Pass. whole says that no op is missing.
func (r *profileResult) sum(whole bool) {
	s := &r.Pass
	for i := range r.Kernels {
		k := &r.Kernels[i]
		n := float64(k.Launches)
		s.Launches += k.Launches
		s.WeightBytes += n * float64(k.Counted.WeightBytes)
		s.Seconds += n * k.Modelled.Seconds
		s.MemoryBytes += n * k.Modelled.MemoryBytes
	}
	s.BandwidthShare = ratio(s.MemoryBytes, s.Seconds*r.Card.Bandwidth)
	if whole {
		s.TokensRate = ratio(float64(r.Tokens), s.Seconds)
	}
}

// ratio is a / b, or 0 for nothing of nothing.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
