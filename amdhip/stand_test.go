package amdhip

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/hiprtc"
	"github.com/rocmforge/rocmforge/internal/hipstand"
)

// stand opens the null device, and fails the test if it leaves anything behind.
func stand(t testing.TB) (*Library, *hipstand.Control) {
	t.Helper()
	dir := hipstand.NullDir(t)
	found, err := Open(Options{Path: dir})
	l := opened(t, found, err)
	c := hipstand.Open(t, dir, "libamdhip64.so.6")
	t.Cleanup(func() {
		for _, kind := range []string{"device", "host", "stream", "event", "module", "graph", "exec"} {
			if n := c.Live(kind); n != 0 {
				t.Errorf("%d of kind %s are left", n, kind)
			}
		}
	})
	return l, c
}

// must gives a value or fails the test.
func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func TestDevice(t *testing.T) {
	l, _ := stand(t)
	ok(t, l.Init(0))
	if n := must[int](t)(l.GetDeviceCount()); n != 1 {
		t.Errorf("%d devices", n)
	}
	ok(t, l.SetDevice(0))
	if d := must[int](t)(l.GetDevice()); d != 0 {
		t.Errorf("device %d", d)
	}
	p := must[Properties](t)(l.GetDeviceProperties(0))
	if p.ArchName != "gfx1100" || p.WarpSize != 32 || p.TotalGlobalMem == 0 || p.MaxThreadsPerBlock != 1024 {
		t.Errorf("%+v", p)
	}
	if name := must[string](t)(l.DeviceGetName(0)); name != p.Name || name == "" {
		t.Errorf("%q, %q", name, p.Name)
	}
	if id := must[string](t)(l.DeviceGetPCIBusId(0)); strings.Count(id, ":") != 2 {
		t.Errorf("PCI bus %q", id)
	}
	if n := must[int](t)(l.DeviceGetAttribute(AttributeWarpSize, 0)); n != p.WarpSize {
		t.Errorf("%d lanes, in the properties %d", n, p.WarpSize)
	}
	if _, total, err := l.MemGetInfo(); err != nil || total != p.TotalGlobalMem {
		t.Errorf("%d bytes, in the properties %d, %v", total, p.TotalGlobalMem, err)
	}
	if info := Find(Options{Path: l.Path()}); info.Err != nil || info.Runtime.String() != "6.4.43484" || info.Driver == 0 {
		t.Errorf("%+v", info)
	}
	ok(t, l.DeviceSynchronize())
	if err := l.SetDevice(1); !errors.Is(err, InvalidDevice) {
		t.Errorf("device 1: %v", err)
	}
	if c := l.PeekAtLastError(); c != InvalidDevice {
		t.Errorf("the last error is %v", c)
	}
	if c := l.GetLastError(); c != InvalidDevice {
		t.Errorf("the last error was %v", c)
	}
	if _, err := l.DeviceCanAccessPeer(0, 0); err != nil && !errors.Is(err, InvalidDevice) {
		t.Error(err)
	}
	if err := l.DeviceEnablePeerAccess(0); err == nil {
		t.Error("a device is its own peer")
	}
}

func TestMemory(t *testing.T) {
	l, _ := stand(t)
	const n = 1 << 16
	a, b := must[Ptr](t)(l.Malloc(n)), must[Ptr](t)(l.Malloc(n))
	h := must[Ptr](t)(l.HostMalloc(n, HostMallocDefault))
	s := must[Stream](t)(l.StreamCreateWithFlags(StreamNonBlocking))
	in := bytes.Repeat([]byte("0123456789abcdef"), n/16)
	out := make([]byte, n)

	ok(t, l.MemcpyHtoD(a, in), l.MemcpyDtoDAsync(b, a, n, s), l.MemcpyAsync(h, b, n, MemcpyDeviceToHost, s), l.StreamSynchronize(s))
	if !bytes.Equal(h.Host(n), in) {
		t.Error("to the device and back: other bytes")
	}
	ok(t, l.MemsetAsync(a+16, 'x', 16, s), l.StreamSynchronize(s), l.Memset(a, 'y', 1), l.MemcpyDtoH(out[:64], a))
	if got := string(out[:40]); got != "y123456789abcdefxxxxxxxxxxxxxxxx01234567" {
		t.Errorf("filled %q", got)
	}
	ok(t, l.Memcpy(h, a, 16, MemcpyDeviceToHost), l.MemcpyPeerAsync(b, 0, a, 0, 16, s), l.StreamSynchronize(s))
	if got := string(h.Host(2)); got != "y1" {
		t.Errorf("copied %q", got)
	}
	if done := must[bool](t)(l.StreamQuery(s)); !done {
		t.Error("the null device is not done")
	}
	ok(t, l.StreamDestroy(s), l.HostFree(h), l.Free(a), l.Free(b), l.Free(0))
	if err := l.Free(a); !errors.Is(err, InvalidValue) {
		t.Errorf("freed twice: %v", err)
	}
	if err := l.StreamSynchronize(s); !errors.Is(err, InvalidHandle) {
		t.Errorf("a stream that is gone: %v", err)
	}
}

func TestEvents(t *testing.T) {
	l, c := stand(t)
	s := must[Stream](t)(l.StreamCreateWithFlags(StreamDefault))
	a, b := must[Event](t)(l.EventCreateWithFlags(EventDefault)), must[Event](t)(l.EventCreateWithFlags(EventBlockingSync))
	ok(t, l.EventRecord(a, s), l.StreamWaitEvent(s, a), l.EventRecord(b, s), l.EventSynchronize(b))
	if ms, err := l.EventElapsedTime(a, b); err != nil || ms < 0 || ms > 60_000 {
		t.Errorf("%v ms, %v", ms, err)
	}
	if happened := must[bool](t)(l.EventQuery(b)); !happened {
		t.Error("the event has not happened")
	}
	c.SetFaults(t, "hipEventQuery:1:600,hipEventQuery:2:700,hipStreamQuery:1:600,hipEventElapsedTime:1:600")
	if happened, err := l.EventQuery(b); happened || err != nil {
		t.Errorf("not ready: %v, %v", happened, err)
	}
	if happened, err := l.EventQuery(b); happened || !errors.Is(err, IllegalAddress) || !DeviceLost(err) {
		t.Errorf("after a fault: %v, %v", happened, err)
	}
	if done, err := l.StreamQuery(s); done || err != nil {
		t.Errorf("not ready: %v, %v", done, err)
	}
	if _, err := l.EventElapsedTime(a, b); !errors.Is(err, NotReady) {
		t.Errorf("not ready: %v", err)
	}
	ok(t, l.EventDestroy(a), l.EventDestroy(b), l.StreamDestroy(s))
}

// kernel loads a module with one kernel.
func kernel(t testing.TB, l *Library) (Module, Function) {
	t.Helper()
	rtc, err := hiprtc.Open(hiprtc.Options{Path: hipstand.NullDir(t)})
	if err != nil {
		t.Fatal(err)
	}
	code, _, err := rtc.Compile("k.hip", `extern "C" __global__ void k(float *x, int n) {}`, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := must[Module](t)(l.ModuleLoadData(code))
	return m, must[Function](t)(l.ModuleGetFunction(m, "k"))
}

func TestLaunch(t *testing.T) {
	l, c := stand(t)
	m, f := kernel(t, l)
	one := Dim3{1, 1, 1}
	ok(t, l.ModuleLaunchKernel(f, Dim3{4, 1, 1}, Dim3{64, 1, 1}, 0, 0, make([]byte, 12)), l.DeviceSynchronize())
	ok(t, l.ModuleLaunchKernel(f, one, one, 0, 0, nil), l.ModuleLaunchKernel(f, one, one, 0, 0, make([]byte, MaxParams)))
	if err := l.ModuleLaunchKernel(f, one, one, 0, 0, make([]byte, MaxParams+1)); !errors.Is(err, InvalidValue) {
		t.Errorf("too many parameters: %v", err)
	}
	if err := l.ModuleLaunchKernel(f+1, one, one, 0, 0, nil); !errors.Is(err, InvalidHandle) {
		t.Errorf("no function: %v", err)
	}
	must[int](t)(l.FuncGetAttribute(FuncMaxThreadsPerBlock, f))
	ok(t, l.FuncSetAttribute(f, FuncMaxDynamicSharedSizeBytes, 1024))
	for _, image := range [][]byte{nil, {}} {
		if _, err := l.ModuleLoadData(image); !errors.Is(err, InvalidImage) {
			t.Errorf("an empty module: %v", err)
		}
	}
	c.SetFaults(t, "hipModuleLaunchKernel:2:719,hipModuleGetFunction:1:500")
	if _, err := l.ModuleGetFunction(m, "other"); !errors.Is(err, NotFound) {
		t.Errorf("no such kernel: %v", err)
	}
	x := l.NewLauncher()
	ok(t, x.ModuleLaunchKernel(f, one, one, 0, 0, nil))
	if err := x.ModuleLaunchKernel(f, one, one, 0, 0, nil); !errors.Is(err, LaunchFailure) || !DeviceLost(err) {
		t.Errorf("a planted fault: %v", err)
	}
	ok(t, l.ModuleUnload(m))
	if len(l.images) != 0 {
		t.Errorf("%d code objects are kept", len(l.images))
	}
}

func TestGraph(t *testing.T) {
	l, _ := stand(t)
	s := must[Stream](t)(l.StreamCreateWithFlags(StreamNonBlocking))
	p := must[Ptr](t)(l.Malloc(16))
	m, f := kernel(t, l)
	ok(t, l.StreamBeginCapture(s, CaptureModeThreadLocal), l.MemsetAsync(p, 7, 16, s),
		l.ModuleLaunchKernel(f, Dim3{1, 1, 1}, Dim3{1, 1, 1}, 0, s, make([]byte, 12)))
	if capturing := must[bool](t)(l.StreamIsCapturing(s)); !capturing {
		t.Error("the stream does not capture")
	}
	g := must[Graph](t)(l.StreamEndCapture(s))
	x := must[GraphExec](t)(l.GraphInstantiate(g))
	ok(t, l.GraphDestroy(g))
	for range 2 {
		ok(t, l.Memset(p, 0, 16), l.GraphLaunch(x, s), l.StreamSynchronize(s))
		out := make([]byte, 16)
		ok(t, l.MemcpyDtoH(out, p))
		if !bytes.Equal(out, bytes.Repeat([]byte{7}, 16)) {
			t.Errorf("the graph left %v", out)
		}
	}
	ok(t, l.GraphExecDestroy(x), l.ModuleUnload(m), l.Free(p), l.StreamDestroy(s))
	if err := l.GraphLaunch(x, 0); err == nil {
		t.Error("a graph that is gone was launched")
	}
}
