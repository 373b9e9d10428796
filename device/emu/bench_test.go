package emu_test

import (
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/device/emu"
	"github.com/rocmforge/rocmforge/ops/opstest"
)

// BenchmarkSuite runs cases of the suite on one core and says how many
// instructions of lanes it executes in a second, in millions. What the cases
// need to be made and compared is counted as time, too.
func BenchmarkSuite(b *testing.B) {
	cases := map[string]string{
		"gemv":      "Q4_K",
		"gemm":      "F16 263x147",
		"attention": "",
		"rmsnorm":   "",
		"softmax":   "",
	}
	for _, arch := range emu.Archs {
		for _, checked := range []bool{false, true} {
			for op, name := range cases {
				b.Run(arch+"/"+op+"/"+map[bool]string{false: "unchecked", true: "checked"}[checked], func(b *testing.B) {
					d := open(b, emu.Options{Arch: arch, Unsafe: !checked, Workers: 1})
					runCases(b, d, op, name)
				})
			}
		}
	}
}

// runCases runs the cases of an op whose names begin with prefix.
func runCases(b *testing.B, d *emu.Device, op, prefix string) {
	var cases []opstest.Case
	for _, c := range filter(opstest.Suite(), []string{op}) {
		if strings.HasPrefix(c.Name, prefix) {
			cases = append(cases, c)
		}
	}
	if err := opstest.Prepare(b.Context(), d, cases, nil); err != nil {
		b.Fatal(err)
	}
	run := func() {
		for _, c := range cases {
			if r := c.Run(d); r.Err != nil {
				b.Fatal(r.Err)
			}
		}
	}
	run() // decodes
	before, busy := d.Count().Lanes, d.Count().Busy
	for b.Loop() {
		run()
	}
	b.ReportMetric(float64(d.Count().Lanes-before)/(d.Count().Busy-busy).Seconds()/1e6, "Mlanes/s")
}
