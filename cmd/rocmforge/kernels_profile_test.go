package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/rocmforge/rocmforge/device/emu"
	"github.com/rocmforge/rocmforge/device/emu/sim"
	"github.com/rocmforge/rocmforge/internal/comgr"
	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/kernels/jit"
	"github.com/rocmforge/rocmforge/ops"
)

var gemvArgs = ops.GEMVArgs{M: 16, K: 64, Tokens: 1}

// profileOfGEMV is what two of eight groups of a GEMV might have done.
func profileOfGEMV() *emu.Profile {
	return &emu.Profile{
		Op:     ops.GEMV.Kernel(),
		Unit:   kernels.Unit{Kernel: "gemv", Formats: map[string]string{"w": "Q8_0"}, Consts: map[string]int{"K": 64}},
		Meta:   jit.Kernel{Wave: 32, VGPR: 40, SGPR: 20, LDS: 512, CodeBytes: 1000, Waves: 16},
		Groups: [3]int{8, 1, 1}, Block: 64,
		Args: unsafe.Slice((*byte)(unsafe.Pointer(&gemvArgs)), unsafe.Sizeof(gemvArgs)),
		Counts: sim.Profile{
			Card: sim.CardOf("gfx1100"), Executed: 2, Waves: 4, Cycles: 4000,
			Insts: []sim.InstCount{
				{Addr: 0x1600, Text: "global_load_b128 v[0:3], v4, s[0:1]", Kind: sim.GlobalLoad, Source: "kernels/src/gemv.hip:9", Runs: 4, Lanes: 128, Bytes: 2048, Lines: 20, Sectors: 40, Ideal: 16, Issue: 4},
				{Addr: 0x1608, Text: "s_waitcnt vmcnt(0)", Kind: sim.Wait, Source: "kernels/src/gemv.hip:9", Runs: 4, Lanes: 128, Issue: 4, Stall: 3000},
				{Addr: 0x160c, Text: "ds_store_b32 v0, v1", Kind: sim.LDS, Source: "kernels/src/lib/base.h:1", Runs: 4, Lanes: 128, LDSCycles: 8, Conflicts: 4, Issue: 4},
				{Addr: 0x1610, Text: "v_dot4_i32_iu8 v0, v1, v2, v3", Kind: sim.Dot, Runs: 40, Lanes: 1280, Issue: 40},
			},
			Buffers: []sim.BufferCount{{Name: "weights", Base: 1 << 32, Size: 1 << 20, Each: 18, Distinct: 18, Lo: 1 << 32, Hi: 1<<32 + 1<<20}},
		},
	}
}

func resultOfGEMV() *profileResult {
	r := &profileResult{Card: sim.CardOf("gfx1100"), Shape: "8b", Type: "Q8_0", Tokens: 1, Depth: 1024}
	r.add(profileOfGEMV(), 32, true)
	r.sum(true)
	return r
}

func TestKernelsProfileJSON(t *testing.T) {
	text, err := json.Marshal(resultOfGEMV())
	if err != nil {
		t.Fatal(err)
	}
	compareJSON(t, filepath.Join("testdata", "kernels_profile.json"), string(text))
}

// TestKernelsProfileFigures checks what is derived from counts.
func TestKernelsProfileFigures(t *testing.T) {
	r := resultOfGEMV()
	k := r.Kernels[0]
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"scale", k.Scale, 4},
		{"waves", k.Counted.Waves, 16},
		{"instructions of a wave", k.Counted.PerWave, 52. / 4},
		{"dot products", k.Counted.Instructions["dot"], 160},
		{"weights", float64(k.Counted.WeightElements), 16 * 64},
		{"bytes of weights", float64(k.Counted.WeightBytes), 16 * 68},
		{"instructions for a weight", k.Counted.PerWeight, 52 * 4 * 32. / 1024},
		{"lines", k.Counted.Lines, 80},
		{"coalesced", k.Counted.Coalesced, 0.8},
		{"moved", k.Counted.MovedBytes, 4 * 18 * 128},
		{"conflicts", k.Modelled.LDSConflicts, 16},
		{"memory", k.Modelled.MemoryBytes, 128 * (9 + 7*9)},
		{"waited", k.Modelled.StallShare, 3000. / 3052},
		{"time", r.Pass.Seconds, 32 * k.Modelled.Seconds},
		{"bytes of all weights", r.Pass.WeightBytes, 32 * 16 * 68},
	} {
		if math.Abs(c.got-c.want) > 1e-9*math.Abs(c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestKernelsProfileText(t *testing.T) {
	var out bytes.Buffer
	a := &app{stdout: &out}
	if err := a.printProfile(resultOfGEMV()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Radeon RX 7900 XTX", "960 GB/s", "gemv Q8_0 16x64", "LATENCY (m)", "CONFLICTS (m)", "WAVES (l)", "all 32 launches",
		"kernels/src/gemv.hip:9: " + strings.TrimSpace(kernels.SourceLine("kernels/src/gemv.hip", 9)), "1600  global_load_b128", "(no source)",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	if gemv, base := strings.Index(out.String(), "gemv.hip:9"), strings.Index(out.String(), "base.h:1"); gemv > base {
		t.Error("headers stand before the kernel")
	}
}

func TestKernelsProfileUsage(t *testing.T) {
	for _, args := range [][]string{
		{}, {"--arch", "gfx90a"}, {"--arch", "gfx1100", "--tokens", "0"}, {"--arch", "gfx1100", "--groups", "0"},
		{"--arch", "gfx1100", "--depth", "-1"}, {"--arch", "gfx1100", "--shape", "9b"}, {"--arch", "gfx1100", "--type", "Q9"},
		{"--arch", "gfx1100", "--input", "Q9"}, {"--arch", "gfx1100", "--shape", "1b", "--op", "nosuch"},
	} {
		if _, stderr, code := command("", append([]string{"kernels", "profile"}, args...)...); code != exitUsage {
			t.Errorf("%q: exit code %d, %s", args, code, stderr)
		}
	}
	shape := []string{"--shape", "1b"}
	if runtime.GOOS == "linux" { // where weights of 130 GiB take no room
		shape = []string{"--shape", "70b", "--type", "F16"}
	}
	args := append([]string{"kernels", "profile", "--arch", "gfx1100", "--op", "gemm"}, shape...)
	if _, stderr, _ := command("", args...); !strings.Contains(stderr, "gemv") {
		t.Errorf("ops are not listed: %s", stderr)
	}
}

// TestKernelsProfileNoROCm wants the exit code of a device that is not there.
func TestKernelsProfileNoROCm(t *testing.T) {
	if _, err := jit.New(jit.Options{NoCache: true}); err == nil {
		t.Skip("there is a libhiprtc")
	}
	t.Setenv("ROCMFORGE_CACHE_DIR", t.TempDir())
	if _, stderr, code := command("", "kernels", "profile", "--arch", "gfx950", "--shape", "1b"); code != exitDevice {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

// TestKernelsProfile executes groups of real kernels.
func TestKernelsProfile(t *testing.T) {
	if _, err := jit.New(jit.Options{NoCache: true}); err != nil {
		t.Skipf("no libhiprtc: %v", err)
	}
	if _, err := comgr.Open(); err != nil {
		t.Skipf("no libamd_comgr: %v", err)
	}
	t.Setenv("ROCMFORGE_CACHE_DIR", t.TempDir())
	for _, arch := range emu.Archs {
		out := mustRun(t, "", "kernels", "profile", "--arch", arch, "--shape", "1b", "--type", "Q4_0", "--groups", "2", "--depth", "64", "--listing", "--json")
		checkDocumented(t, parseJSON(t, out))
		var r profileResult
		if err := json.Unmarshal([]byte(out), &r); err != nil {
			t.Fatal(err)
		}
		found := map[string]profileKernel{}
		for _, k := range r.Kernels {
			found[k.Op] = k
		}
		gate := found["gemv_gate"]
		if c := gate.Counted; gate.Launches != 16 || c.WeightElements != 2*8192*2048 || c.WeightBytes != c.WeightElements/32*18 || c.MovedPerWeight < 1 || c.MovedPerWeight > 2 {
			t.Errorf("%s: %+v", arch, gate)
		}
		if m := gate.Modelled; m.MemoryBytes < float64(gate.Counted.WeightBytes) || m.MemoryBytes > 1.2*float64(gate.Counted.WeightBytes) {
			t.Errorf("%s: %v bytes of memory for %d of weights", arch, m.MemoryBytes, gate.Counted.WeightBytes)
		}
		if found["attention_decode"].Launches != 16 || len(gate.Listing) == 0 || r.Pass.TokensRate <= 0 {
			t.Errorf("%s: %+v", arch, r.Pass)
		}
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(signalError{"interrupted", exitInt})
	a := &app{stdout: new(bytes.Buffer), stderr: new(bytes.Buffer)}
	err := a.profileKernels(ctx, kernelsProfile{arch: "gfx1100", shape: "1b", typ: "Q4_0", tokens: 1, groups: 1})
	if exitCode(err) != exitInt {
		t.Errorf("interrupted: %v", err)
	}
}
