//go:build linux && !nohip

package runtime

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rocmforge/rocmforge/device/hip"
	"github.com/rocmforge/rocmforge/gopher"
	"github.com/rocmforge/rocmforge/internal/hipstand"
)

// nullGPU is how to open models on a GPU that computes nothing, in a process of
// the test's own; ok is false in the other one.
func nullGPU(t *testing.T) (o Options, c *hipstand.Control, ok bool) {
	t.Helper()
	if testIsolate {
		t.Skip("the stand-in counts in the child")
	}
	dir := hipstand.Dir(t)
	if !hipstand.Alone(t) {
		return o, nil, false
	}
	hipstand.NullDir(t)
	t.Setenv("ROCMFORGE_CACHE_DIR", t.TempDir())
	return Options{Device: "hip", ROCm: dir, Context: 256}, hipstand.Open(t, dir, "libamdhip64.so.6"), true
}

var liveKinds = []string{"device", "host", "stream", "event", "module", "graph", "exec"}

func mustBeGone(t *testing.T, c *hipstand.Control) {
	t.Helper()
	for _, kind := range liveKinds {
		if n := c.Live(kind); n != 0 {
			t.Errorf("%d of %s are left", n, kind)
		}
	}
}

// TestNullGPU loads, captures, replays and closes: 8 sessions at once, and
// nothing is left.
func TestNullGPU(t *testing.T) {
	o, c, ok := nullGPU(t)
	if !ok {
		return
	}
	for _, o.NoGraph = range []bool{false, true} {
		m := openGopher(t, o)
		var all sync.WaitGroup
		for i := range 8 {
			s := newSession(t, m)
			all.Go(func() {
				ids := mustGenerate(t, s, someIDs(40, i), GenerateOptions{MaxTokens: 32, IgnoreEOS: true, Sampling: greedy})
				if len(ids) != 32 {
					t.Errorf("%d tokens", len(ids))
				}
			})
		}
		all.Wait()
		if n := c.Calls("hipGraphLaunch"); (n == 0) != o.NoGraph {
			t.Errorf("no graph: %t, and %d graphs launched", o.NoGraph, n)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		mustBeGone(t, c)
		c.SetFaults(t, "") // counts begin again
	}
}

// TestNullGPUStepIsCheap: a decode step allocates nothing on either side, and
// hands one graph to the GPU.
func TestNullGPUStepIsCheap(t *testing.T) {
	o, c, ok := nullGPU(t)
	if !ok {
		return
	}
	s := decodingOn(t, o)
	s.step(t) // captures the graph of contexts up to 128 tokens
	c.SetFaults(t, "")
	if n := testing.AllocsPerRun(50, func() { s.step(t) }); n != 0 {
		t.Errorf("a pass of one token allocates %v times", n)
	}
	for _, call := range []string{"hipMalloc", "hipHostMalloc", "hipModuleLaunchKernel", "hipStreamSynchronize", "hipDeviceSynchronize"} {
		if n := c.Calls(call); n != 0 {
			t.Errorf("%s was called %d times", call, n)
		}
	}
	if n := c.Calls("hipGraphLaunch"); n != 51 {
		t.Errorf("%d graphs launched in 51 steps", n)
	}
}

// TestNullGPUFaults makes calls fail while a model is opened and generates:
// each is an error of the device's, the model closes, and opens again.
func TestNullGPUFaults(t *testing.T) {
	o, c, ok := nullGPU(t)
	if !ok {
		return
	}
	for _, fault := range []string{
		"hipMalloc:5:2", "hipHostMalloc:1:2", "hipMemcpyAsync:9:719", "hipModuleLoadData:2:209", "hipModuleLaunchKernel:30:98",
		"hipGraphLaunch:2:700", "hipStreamEndCapture:1:901", "hipGraphInstantiate:1:2", "hipEventQuery:20+:719", "hipStreamCreateWithFlags:1:2",
	} {
		c.SetFaults(t, fault)
		err := useGPU(t, o)
		c.SetFaults(t, "")
		name, _, _ := strings.Cut(fault, ":")
		if err == nil {
			t.Errorf("%s: no error", fault)
		} else if !strings.Contains(err.Error(), name) && !strings.Contains(err.Error(), "out of memory") {
			t.Errorf("%s: %v", fault, err)
		}
		if again := useGPU(t, o); again != nil {
			t.Errorf("after %s: %v", fault, again)
		}
	}
	mustBeGone(t, c)
}

// useGPU opens a model, generates and closes it.
func useGPU(t *testing.T, o Options) error {
	r := gopher.Model()
	m, err := OpenReader(r, r.Size(), o)
	if err != nil {
		return err
	}
	defer m.Close()
	s, err := m.NewSession()
	if err != nil {
		return err
	}
	_, _, err = generateIDs(t.Context(), s, someIDs(20, 1), GenerateOptions{MaxTokens: 8, IgnoreEOS: true, Sampling: greedy})
	return err
}

// TestNoGPU: where there is none, a GPU that was asked for is an error that
// says what was looked for, and auto is the CPU.
func TestNoGPU(t *testing.T) {
	if !hipstand.Alone(t) {
		return
	}
	empty := t.TempDir()
	r := gopher.Model()
	for _, device := range []string{"hip", "hip:3"} {
		_, err := OpenReader(r, r.Size(), Options{Device: device, ROCm: empty})
		var failed *DeviceError
		var none *hip.NoDeviceError
		if !errors.As(err, &failed) || failed.Device != device || !errors.As(err, &none) || !strings.Contains(err.Error(), empty) {
			t.Errorf("%s: %v", device, err)
		}
	}
	m, err := OpenReader(r, r.Size(), Options{ROCm: empty})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Device() != "cpu" {
		t.Errorf("auto took %s", m.Device())
	}
}

// TestAutoTakesTheGPU, and Devices marks it.
func TestAutoTakesTheGPU(t *testing.T) {
	o, _, ok := nullGPU(t)
	if !ok {
		return
	}
	root := t.TempDir()
	if err := os.Symlink(o.ROCm, filepath.Join(root, "lib")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ROCM_PATH", root)
	if m := openGopher(t, Options{Device: "auto", Context: 64}); m.Device() != "hip:0" || m.DeviceInfo().Arch != "gfx1100" {
		t.Errorf("auto took %v", m.DeviceInfo())
	}
	all, none, err := Devices()
	gpu := slices.IndexFunc(all, func(i DeviceInfo) bool { return i.Default })
	if err != nil || none != nil || gpu < 0 || all[gpu].Name != "hip:0" {
		t.Errorf("%+v, %v, %v", all, none, err)
	}
}

// TestGraphEqualsEager compares logits bit for bit, on a GPU that computes.
func TestGraphEqualsEager(t *testing.T) {
	if testDevice == "cpu" {
		t.Skip("ROCMFORGE_TEST_DEVICE names no GPU")
	}
	var runs [2][][]float32
	for i, noGraph := range []bool{false, true} {
		s := newSession(t, openGopher(t, Options{NoGraph: noGraph}))
		mustForward(t, s, someIDs(50, 1), false)
		for _, id := range someIDs(100, 2) { // through two sizes of context
			runs[i] = append(runs[i], mustForward(t, s, []int32{id}, false)[0])
		}
	}
	for i := range runs[0] {
		if !slices.Equal(runs[0][i], runs[1][i]) {
			t.Fatalf("step %d differs", i)
		}
	}
}
