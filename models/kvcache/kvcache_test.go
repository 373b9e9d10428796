package kvcache

import (
	"math"
	"slices"
	"testing"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/cpu"
	"github.com/rocmforge/rocmforge/quant"
)

func newCache(t *testing.T, sequences, tokens int) (*Cache, device.Queue) {
	t.Helper()
	d, err := cpu.New(1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	spec := Spec{Type: quant.F16, Layers: 2, Heads: 2, HeadDim: 16, Sequences: sequences, Tokens: tokens}
	c, err := New(d, spec)
	if err != nil {
		t.Fatal(err)
	}
	if d.InUse() != spec.SizeBytes() {
		t.Errorf("%d bytes allocated; SizeBytes says %d", d.InUse(), spec.SizeBytes())
	}
	q, err := d.NewQueue()
	if err != nil {
		t.Fatal(err)
	}
	return c, q
}

// table is the page table as the device sees it.
func table(c *Cache, seq int) []int32 {
	all := device.HostSlice[int32](c.table, len(c.pages))
	return slices.Clone(all[seq*c.perSeq:][:c.held[seq]])
}

// TestPagesAreOwnedOnce gives every page to one sequence at a time.
func TestPagesAreOwnedOnce(t *testing.T) {
	c, q := newCache(t, 3, 3*PageTokens)
	for _, step := range []struct{ seq, tokens int }{{0, 1}, {1, PageTokens + 1}, {0, 2 * PageTokens}, {2, 3 * PageTokens}} {
		if err := c.Extend(q, step.seq, step.tokens); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[int32]bool{}
	for seq, pages := range []int{2, 2, 3} {
		got := table(c, seq)
		if len(got) != pages {
			t.Errorf("sequence %d has %d pages; want %d", seq, len(got), pages)
		}
		for _, p := range got {
			if p < 0 || int(p) >= len(c.pages) || seen[p] {
				t.Errorf("sequence %d: page %d is not its own", seq, p)
			}
			seen[p] = true
		}
	}
	c.Truncate(2, PageTokens)
	if c.held[2] != 1 || len(c.free) != len(c.pages)-5 {
		t.Errorf("after Truncate: %d pages held, %d free", c.held[2], len(c.free))
	}
}

func TestExtendRefuses(t *testing.T) {
	c, q := newCache(t, 1, PageTokens+1)
	if err := c.Extend(q, 0, PageTokens+2); err == nil {
		t.Error("a sequence outgrew the cache")
	}
	if c.held[0] != 0 {
		t.Error("a refused Extend took pages")
	}
	if err := c.Extend(q, 0, PageTokens+1); err != nil {
		t.Error(err)
	}
	c.Close()
	c.Close()
	if n := c.dev.InUse(); n != 0 {
		t.Errorf("%d bytes in use after Close", n)
	}
}

func TestParseType(t *testing.T) {
	for name, want := range map[string]quant.Type{"f16": quant.F16, "F32": quant.F32, "fp8": quant.FP8_E4M3, "MXFP6": quant.MXFP6_E2M3} {
		if got, err := ParseType(name); err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "q4_K", "fp9"} {
		if _, err := ParseType(name); err == nil {
			t.Errorf("%q was accepted", name)
		}
	}
}

// TestReduction: the bits that a format has are those that a cache takes.
func TestReduction(t *testing.T) {
	for name, bits := range map[string]float64{"f32": 32, "f16": 16, "bf16": 16, "fp8": 8, "mxfp6": 6.25, "mxfp4": 4.25} {
		typ, err := ParseType(name)
		if err != nil {
			t.Fatal(err)
		}
		s := Spec{Type: typ, Layers: 32, Heads: 8, HeadDim: 128, Sequences: 1, Tokens: 4096}
		if got, want := s.ReductionVsF16(), 1-bits/16; math.Abs(got-want) > 1e-4 {
			t.Errorf("%s saves %.4f of F16; want %.4f", name, got, want)
		}
	}
}
