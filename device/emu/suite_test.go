package emu_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rocmforge/rocmforge/device/emu"
	"github.com/rocmforge/rocmforge/device/emu/sim"
	"github.com/rocmforge/rocmforge/internal/comgr"
	"github.com/rocmforge/rocmforge/kernels/jit"
	"github.com/rocmforge/rocmforge/ops/opstest"
)

func TestMain(m *testing.M) {
	jit.Child()
	os.Exit(m.Run())
}

// open gives an emulated GPU, if ROCm's libraries are there.
func open(t testing.TB, o emu.Options) *emu.Device {
	t.Helper()
	if _, err := jit.New(jit.Options{NoCache: true}); err != nil || os.Getenv("HIPSTAND_NULL") != "" {
		t.Skipf("no libhiprtc: %v", err)
	}
	if _, err := comgr.Open(); err != nil {
		t.Skipf("no libamd_comgr: %v", err)
	}
	d, err := emu.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// TestSuite runs the conformance suite. ROCMFORGE_TEST_OPS, a list of ops,
// limits it.
func TestSuite(t *testing.T) {
	for _, arch := range archs() {
		t.Run(arch, func(t *testing.T) { suite(t, arch) })
	}
}

func archs() []string {
	if v := os.Getenv("ROCMFORGE_TEST_ARCHS"); v != "" {
		return strings.Split(v, ",")
	}
	return emu.Archs
}

func suite(t *testing.T, arch string) {
	d := open(t, emu.Options{Arch: arch, Unsafe: os.Getenv("ROCMFORGE_TEST_UNCHECKED") != "", Warn: func(s string) { t.Log(s) }})
	cases, whole := opstest.Suite(), true
	if v := os.Getenv("ROCMFORGE_TEST_OPS"); v != "" {
		whole = false
		cases = filter(cases, strings.Split(v, ","))
	}
	if err := opstest.Prepare(t.Context(), d, cases, nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Op+"/"+c.Name, func(t *testing.T) {
			r := c.Run(d)
			if r.Err != nil {
				t.Error(r.Err)
			}
			if r.Skipped != "" {
				t.Skip(r.Skipped)
			}
		})
	}
	coverage(t, d, whole)
}

// TestDecode decodes every kernel of the suite: all that can occur has a rule.
func TestDecode(t *testing.T) {
	for _, arch := range archs() {
		t.Run(arch, func(t *testing.T) {
			d := open(t, emu.Options{Arch: arch})
			if err := opstest.Prepare(t.Context(), d, opstest.Suite(), nil); err != nil {
				t.Fatal(err)
			}
			missing(t, d)
		})
	}
}

// missing fails if kernels have instructions that are not implemented.
func missing(t *testing.T, d *emu.Device) emu.Coverage {
	c, err := d.Coverage()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range c.Missing {
		t.Errorf("not implemented: %s", text)
	}
	return c
}

// coverage compares the instructions of the suite's kernels that no case
// executes with testdata/unexecuted.txt. Package sim's tests execute those.
func coverage(t *testing.T, d *emu.Device, whole bool) {
	c := missing(t, d)
	t.Logf("%d mnemonics executed of the %d in these kernels and of %d that are implemented; not executed: %s",
		len(c.Executed), len(c.Executed)+len(c.Unexecuted), len(sim.Implemented()), strings.Join(c.Unexecuted, " "))
	if diff := cmp.Diff(unexecuted(t, d.Caps().Arch), c.Unexecuted); diff != "" && whole {
		t.Errorf("testdata/unexecuted.txt (-) is not what no case executes (+): package sim needs a test of what is new\n%s", diff)
	}
}

func unexecuted(t *testing.T, arch string) (names []string) {
	text, err := os.ReadFile("testdata/unexecuted.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 2 && f[0] == arch {
			names = append(names, f[1])
		}
	}
	return names
}

func filter(cases []opstest.Case, ops []string) (out []opstest.Case) {
	for _, c := range cases {
		for _, op := range ops {
			if c.Op == op {
				out = append(out, c)
			}
		}
	}
	return out
}
