package amdhip

import (
	"errors"
	"fmt"
	"testing"
)

// calls are all calls that can fail, under their names in C, with arguments
// that do no harm.
func calls(l *Library) map[string]func() error {
	second := func(_ any, err error) error { return err }
	return map[string]func() error{
		"hipInit":                     func() error { return l.Init(0) },
		"hipRuntimeGetVersion":        func() error { return second(l.RuntimeGetVersion()) },
		"hipDriverGetVersion":         func() error { return second(l.DriverGetVersion()) },
		"hipGetDeviceCount":           func() error { return second(l.GetDeviceCount()) },
		"hipSetDevice":                func() error { return l.SetDevice(0) },
		"hipGetDevice":                func() error { return second(l.GetDevice()) },
		"hipDeviceGetName":            func() error { return second(l.DeviceGetName(0)) },
		"hipDeviceGetAttribute":       func() error { return second(l.DeviceGetAttribute(0, 0)) },
		"hipDeviceGetPCIBusId":        func() error { return second(l.DeviceGetPCIBusId(0)) },
		"hipGetDevicePropertiesR0600": func() error { return second(l.GetDeviceProperties(0)) },
		"hipDeviceSynchronize":        l.DeviceSynchronize,
		"hipDeviceReset":              l.DeviceReset,
		"hipDeviceCanAccessPeer":      func() error { return second(l.DeviceCanAccessPeer(0, 0)) },
		"hipDeviceEnablePeerAccess":   func() error { return l.DeviceEnablePeerAccess(0) },
		"hipMemGetInfo":               func() error { _, _, err := l.MemGetInfo(); return err },
		"hipMalloc":                   func() error { return second(l.Malloc(1)) },
		"hipFree":                     func() error { return l.Free(0) },
		"hipHostMalloc":               func() error { return second(l.HostMalloc(1, 0)) },
		"hipHostFree":                 func() error { return l.HostFree(0) },
		"hipMemcpy":                   func() error { return l.Memcpy(0, 0, 0, MemcpyDefault) },
		"hipMemcpyHtoD":               func() error { return l.MemcpyHtoD(0, nil) },
		"hipMemcpyDtoH":               func() error { return l.MemcpyDtoH(nil, 0) },
		"hipMemcpyAsync":              func() error { return l.MemcpyAsync(0, 0, 0, MemcpyDefault, 0) },
		"hipMemcpyDtoDAsync":          func() error { return l.MemcpyDtoDAsync(0, 0, 0, 0) },
		"hipMemcpyPeerAsync":          func() error { return l.MemcpyPeerAsync(0, 0, 0, 0, 0, 0) },
		"hipMemset":                   func() error { return l.Memset(0, 0, 0) },
		"hipMemsetAsync":              func() error { return l.MemsetAsync(0, 0, 0, 0) },
		"hipStreamCreateWithFlags":    func() error { return second(l.StreamCreateWithFlags(0)) },
		"hipStreamDestroy":            func() error { return l.StreamDestroy(0) },
		"hipStreamSynchronize":        func() error { return l.StreamSynchronize(0) },
		"hipStreamQuery":              func() error { return second(l.StreamQuery(0)) },
		"hipStreamWaitEvent":          func() error { return l.StreamWaitEvent(0, 0) },
		"hipEventCreateWithFlags":     func() error { return second(l.EventCreateWithFlags(0)) },
		"hipEventDestroy":             func() error { return l.EventDestroy(0) },
		"hipEventRecord":              func() error { return l.EventRecord(0, 0) },
		"hipEventQuery":               func() error { return second(l.EventQuery(0)) },
		"hipEventSynchronize":         func() error { return l.EventSynchronize(0) },
		"hipEventElapsedTime":         func() error { return second(l.EventElapsedTime(0, 0)) },
		"hipModuleLoadData":           func() error { return second(l.ModuleLoadData([]byte{0})) },
		"hipModuleUnload":             func() error { return l.ModuleUnload(0) },
		"hipModuleGetFunction":        func() error { return second(l.ModuleGetFunction(0, "k")) },
		"hipModuleLaunchKernel":       func() error { return l.ModuleLaunchKernel(0, Dim3{}, Dim3{}, 0, 0, nil) },
		"hipFuncGetAttribute":         func() error { return second(l.FuncGetAttribute(0, 0)) },
		"hipFuncSetAttribute":         func() error { return l.FuncSetAttribute(0, 0, 0) },
		"hipStreamBeginCapture":       func() error { return l.StreamBeginCapture(0, 0) },
		"hipStreamEndCapture":         func() error { return second(l.StreamEndCapture(0)) },
		"hipStreamIsCapturing":        func() error { return second(l.StreamIsCapturing(0)) },
		"hipGraphInstantiate":         func() error { return second(l.GraphInstantiate(0)) },
		"hipGraphLaunch":              func() error { return l.GraphLaunch(0, 0) },
		"hipGraphDestroy":             func() error { return l.GraphDestroy(0) },
		"hipGraphExecDestroy":         func() error { return l.GraphExecDestroy(0) },
	}
}

// TestEveryCallFails plants a fault in each function and wants it back, with
// the function's name.
func TestEveryCallFails(t *testing.T) {
	l, c := stand(t)
	for name, call := range calls(l) {
		for _, code := range []Code{OutOfMemory, IllegalAddress, Unknown} {
			c.SetFaults(t, fmt.Sprintf("%s:1:%d", name, code))
			err := call()
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Call != name || e.Code != code || e.Name != code.Error() || e.Text == "" {
				t.Errorf("%s with the planted fault %d: %v", name, code, err)
			}
			if n := c.Calls(name); n != 1 {
				t.Errorf("%s was called %d times", name, n)
			}
			if DeviceLost(err) != (code == IllegalAddress) {
				t.Errorf("%v: is the device lost?", err)
			}
		}
	}
}

// TestLacks uses a library without the optional functions.
func TestLacks(t *testing.T) {
	l, _ := stand(t)
	old := &Library{lib: l.lib, fn: l.fn}
	old.fn.GetDevicePropertiesR0600, old.fn.GetDeviceProperties, old.fn.StreamIsCapturing = 0, 0, 0
	old.fn.DeviceCanAccessPeer, old.fn.DeviceEnablePeerAccess, old.fn.MemcpyPeerAsync = 0, 0, 0
	all := calls(old)
	for _, name := range []string{"hipStreamIsCapturing", "hipDeviceCanAccessPeer", "hipDeviceEnablePeerAccess", "hipMemcpyPeerAsync"} {
		if e, ok := errors.AsType[*Error](all[name]()); !ok || e.Call != name || e.Code != NotSupported {
			t.Errorf("%s: %v", name, e)
		}
	}
	if _, err := old.GetDeviceProperties(0); !errors.Is(err, NotSupported) {
		t.Errorf("properties: %v", err)
	}
}

// TestHotCallsDoNotAlloc is about the calls of a decode step.
func TestHotCallsDoNotAlloc(t *testing.T) {
	l, _ := stand(t)
	s := must[Stream](t)(l.StreamCreateWithFlags(StreamNonBlocking))
	p, h := must[Ptr](t)(l.Malloc(64)), must[Ptr](t)(l.HostMalloc(64, 0))
	e := must[Event](t)(l.EventCreateWithFlags(EventDisableTiming))
	m, f := kernel(t, l)
	ok(t, l.StreamBeginCapture(s, CaptureModeRelaxed), l.MemsetAsync(p, 1, 64, s))
	g := must[Graph](t)(l.StreamEndCapture(s))
	graph := must[GraphExec](t)(l.GraphInstantiate(g))
	x := l.NewLauncher()
	var params [12]byte
	one := Dim3{1, 1, 1}
	for name, call := range map[string]func() error{
		"launcher": func() error { return x.ModuleLaunchKernel(f, one, one, 0, s, params[:]) },
		"launch":   func() error { return l.ModuleLaunchKernel(f, one, one, 0, s, params[:]) },
		"copy":     func() error { return l.MemcpyAsync(h, p, 64, MemcpyDeviceToHost, s) },
		"DtoD":     func() error { return l.MemcpyDtoDAsync(p, p+32, 32, s) },
		"fill":     func() error { return l.MemsetAsync(p, 0, 64, s) },
		"graph":    func() error { return l.GraphLaunch(graph, s) },
		"record":   func() error { return l.EventRecord(e, s) },
		"wait":     func() error { return l.StreamWaitEvent(s, e) },
		"query":    func() error { _, err := l.EventQuery(e); return err },
		"stream":   func() error { _, err := l.StreamQuery(s); return err },
	} {
		ok(t, call())
		if n := testing.AllocsPerRun(200, func() {
			if call() != nil {
				t.Fail()
			}
		}); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
	ok(t, l.GraphExecDestroy(graph), l.GraphDestroy(g), l.ModuleUnload(m), l.EventDestroy(e), l.Free(p), l.HostFree(h), l.StreamDestroy(s))
}

func BenchmarkLaunch(b *testing.B) {
	l, _ := stand(b)
	m, f := kernel(b, l)
	x := l.NewLauncher()
	var params [64]byte
	b.ReportAllocs()
	for b.Loop() {
		if err := x.ModuleLaunchKernel(f, Dim3{8, 1, 1}, Dim3{64, 1, 1}, 0, 0, params[:]); err != nil {
			b.Fatal(err)
		}
	}
	ok(b, l.ModuleUnload(m))
}
