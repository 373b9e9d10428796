//go:build !nohip

package hip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rocmforge/rocmforge/amdhip"
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/hipstand"
	"github.com/rocmforge/rocmforge/internal/mmap"
)

// session is a small life of a device. It gives the first error, and an error
// of its own if all went well but the bytes are wrong.
func session(d *Device) error {
	q, err := d.NewQueue()
	if err != nil {
		return err
	}
	b, err := device.Bind(d, sum(2), device.Spec{})
	if err != nil {
		return err
	}
	if err := d.Build(context.Background(), nil); err != nil {
		return err
	}
	const n = 300 << 10
	p, err := d.Alloc(n)
	if err != nil {
		return err
	}
	defer d.Free(p)
	want := bytes.Repeat([]byte{7}, n)
	q.Upload(p, want)
	q.Upload(p, want[:100])
	for range 2 * batchItems {
		b.Launch(q, &sumArgs{N: 9})
	}
	for range 3 {
		q.Graph(device.GraphKey{Owner: p}, func() { b.Launch(q, &sumArgs{N: 9}) })
	}
	q.Forget(p)
	got := make([]byte, n)
	q.Download(got, p)
	if err := q.Wait(); err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return errors.New("other bytes, and no error")
	}
	return q.Close()
}

// everyCode lists HIP's codes that are failures.
func everyCode() (codes []amdhip.Code) {
	for c := amdhip.Code(1); c <= amdhip.RuntimeOther; c++ {
		if !strings.HasPrefix(c.Error(), "hipError_t ") && c != amdhip.NotReady {
			codes = append(codes, c)
		}
	}
	return codes
}

// destroyers leave something behind if they fail, whatever one does.
var destroyers = []string{"hipGraphDestroy", "hipStreamDestroy", "hipEventDestroy", "hipHostFree", "hipModuleUnload"}

// TestEveryCallFails fails each call of each HIP function in turn: that is an
// error or does no harm; the device closes, leaves nothing behind, and can be
// opened again.
func TestEveryCallFails(t *testing.T) {
	functions := []string{
		"hipGetDeviceCount", "hipGetDevicePropertiesR0600", "hipDeviceGetPCIBusId", "hipSetDevice", "hipMemGetInfo",
		"hipStreamCreateWithFlags", "hipHostMalloc", "hipMalloc", "hipMemsetAsync", "hipEventCreateWithFlags", "hipEventRecord",
		"hipEventQuery", "hipMemcpyAsync", "hipModuleLoadData", "hipModuleGetFunction", "hipModuleLaunchKernel",
		"hipStreamBeginCapture", "hipStreamEndCapture", "hipGraphInstantiate", "hipGraphLaunch", "hipGraphExecDestroy", "hipFree",
	}
	o := options(t)
	o.NoCache, o.CacheDir = false, t.TempDir() // compiled once
	some := []amdhip.Code{amdhip.InvalidValue, amdhip.OutOfMemory, amdhip.IllegalAddress, amdhip.Unknown}
	for _, f := range functions {
		failSome(t, o, f, some)
	}
	for _, f := range []string{"hipMalloc", "hipMemcpyAsync", "hipModuleLaunchKernel", "hipEventQuery", "hipGraphInstantiate", "hipGraphLaunch"} {
		for _, code := range everyCode() {
			failOne(t, o, f, "1", code)
		}
	}
}

// TestEndsFail is the same for the functions that free, in a process of its
// own for what they leave.
func TestEndsFail(t *testing.T) {
	if !hipstand.Alone(t) {
		return
	}
	o := options(t)
	o.NoCache, o.CacheDir = false, t.TempDir()
	for _, f := range destroyers {
		failSome(t, o, f, []amdhip.Code{amdhip.InvalidValue, amdhip.IllegalAddress, amdhip.Unknown})
	}
}

func failSome(t *testing.T, o Options, function string, codes []amdhip.Code) {
	t.Helper()
	for _, call := range []string{"1", "2", "3", "4", "2+"} {
		for _, code := range codes {
			failOne(t, o, function, call, code)
		}
	}
}

func failOne(t *testing.T, o Options, function, call string, code amdhip.Code) {
	t.Helper()
	c := control(t)
	what := fmt.Sprintf("%s:%s:%d", function, call, code)
	destroyer := slices.Contains(destroyers, function)
	before := live(c)
	c.SetFaults(t, what)
	d, err := Open(o)
	if err == nil {
		err = session(d)
		if !destroyer {
			c.SetFaults(t, "")
		}
		if e := d.Close(); e != nil && !destroyer {
			t.Errorf("%s: Close: %v", what, e)
		}
	}
	c.SetFaults(t, "")
	if err != nil && !errors.Is(err, code) && !isMemory(err) {
		t.Errorf("%s: %v", what, err)
	}
	if left := live(c); !destroyer && !slices.Equal(left, before) {
		t.Errorf("%s: %v left, %v before", what, left, before)
	}
}

func isMemory(err error) bool {
	_, ok := errors.AsType[*device.MemoryError](err)
	return ok
}

// TestFaultIsTyped shows what a fault says, that the device is lost after it,
// and that a new one works.
func TestFaultIsTyped(t *testing.T) {
	c := control(t)
	d := open(t, options(t))
	b := bind(t, d, sum(1))
	check(t, d.Build(t.Context(), nil))
	q := newQueueOf(t, d)
	p, err := d.Alloc(100)
	check(t, err)
	c.SetFaults(t, "hipEventQuery:1+:700")
	b.Launch(q, &sumArgs{N: 1})
	var f *Fault
	if err := q.Wait(); !errors.As(err, &f) || !f.Lost || f.Code != 700 || f.Call != "hipEventQuery" || !slices.Equal(f.Kernels, []string{"add"}) {
		t.Fatalf("%v", err)
	}
	c.SetFaults(t, "")
	b.Launch(q, &sumArgs{N: 1})
	if n := c.Calls("hipModuleLaunchKernel"); n != 0 {
		t.Errorf("%d launches on a lost device", n)
	}
	_, alloc := d.Alloc(1)
	_, another := d.NewQueue()
	for _, err := range []error{q.Wait(), alloc, another, d.Build(t.Context(), nil)} {
		if !errors.Is(err, amdhip.IllegalAddress) {
			t.Errorf("on a lost device: %v", err)
		}
	}
	d.Free(p)
	closeAndCount(t, d)
	if n := c.Calls("hipDeviceReset"); n != 1 {
		t.Errorf("%d resets", n)
	}
	check(t, session(open(t, options(t))))
}

// TestQueueFails shows that an error which isn't the device's ends only what
// the queue had.
func TestQueueFails(t *testing.T) {
	d := open(t, options(t))
	b := bind(t, d, sum(1))
	check(t, d.Build(t.Context(), nil))
	q, other := newQueueOf(t, d), newQueueOf(t, d)
	c := control(t)
	c.SetFaults(t, "hipModuleLaunchKernel:2:9")
	for range 5 {
		b.Launch(q, &sumArgs{N: 1})
	}
	var f *Fault
	if err := q.Wait(); !errors.As(err, &f) || f.Lost || !errors.Is(err, amdhip.InvalidConfiguration) {
		t.Fatalf("%v", err)
	}
	if n := c.Calls("hipModuleLaunchKernel"); n != 2 {
		t.Errorf("%d launches; those behind the failed one are to be skipped", n)
	}
	for _, q := range []*queue{q, other} {
		b.Launch(q, &sumArgs{N: 1})
		check(t, q.Wait())
	}
}

// TestWatchdog takes a GPU for hung that never gets ready, whichever way the
// thread asks.
func TestWatchdog(t *testing.T) {
	for _, faults := range []string{
		"hipEventQuery:1+:600",
		"hipEventCreateWithFlags:1+:2,hipEventRecord:1+:1,hipStreamQuery:1+:600",
	} {
		o := options(t)
		o.Watchdog = 50 * time.Millisecond
		d := open(t, o)
		b := bind(t, d, sum(1))
		check(t, d.Build(t.Context(), nil))
		q := newQueueOf(t, d)
		control(t).SetFaults(t, faults)
		for range 20 {
			b.Launch(q, &sumArgs{N: 1})
		}
		start := time.Now()
		var f *Fault
		if err := q.Wait(); !errors.As(err, &f) || !f.Lost || f.Code != 600 || len(f.Kernels) != lastKernels {
			t.Errorf("%s: %v", faults, err)
		}
		if took := time.Since(start); took < o.Watchdog || took > 5*time.Second {
			t.Errorf("the watchdog took %v", took)
		}
		closeAndCount(t, d)
	}
}

// TestStuckCall gives up a call that does not return.
func TestStuckCall(t *testing.T) {
	graceOfCalls = 0
	defer func() { graceOfCalls = 10 * time.Second }()
	o := options(t)
	o.Watchdog = 50 * time.Millisecond
	d := open(t, o)
	q := newQueueOf(t, d)
	leave := make(chan struct{})
	err := d.call(func(*thread) error {
		<-leave
		return nil
	})
	var f *Fault
	if !errors.As(err, &f) || !f.Lost {
		t.Errorf("%v", err)
	}
	if err := q.Wait(); !errors.As(err, &f) {
		t.Errorf("Wait: %v", err)
	}
	if err := d.Close(); !errors.As(err, &f) {
		t.Errorf("Close: %v", err)
	}
	close(leave)
	<-d.gone
	if left := live(control(t)); left != nil {
		t.Errorf("not given back: %v", left)
	}
}

func TestWatchdogSetting(t *testing.T) {
	for text, want := range map[string]time.Duration{"": defaultWatchdog, "90": 90 * time.Second, "2m": 2 * time.Minute, "x": 0, "-1s": 0, "0": 0} {
		t.Setenv("ROCMFORGE_WATCHDOG", text)
		if got, err := (Options{}).watchdog(); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	if got, _ := (Options{Watchdog: time.Hour}).watchdog(); got != time.Hour {
		t.Errorf("the option does not win: %v", got)
	}
	if _, err := (Options{Watchdog: -1}).watchdog(); err == nil {
		t.Error("a negative watchdog")
	}
}

// TestFileCutShort uploads from a mapped file that lost its end.
func TestFileCutShort(t *testing.T) {
	d := open(t, options(t))
	q := newQueueOf(t, d)
	path := filepath.Join(t.TempDir(), "weights")
	for _, n := range []int{10 << 10, 20 << 20} {
		check(t, os.WriteFile(path, make([]byte, n), 0o600))
		f, err := mmap.Open(path)
		check(t, err)
		p, err := d.Alloc(n)
		check(t, err)
		check(t, os.Truncate(path, 100))
		q.Upload(p, f.Bytes())
		if err := q.Wait(); err == nil || !strings.Contains(err.Error(), "cut short") {
			t.Errorf("%d bytes: %v", n, err)
		}
		check(t, f.Close())
		q.Upload(p, make([]byte, n))
		check(t, q.Wait())
	}
	closeAndCount(t, d)
}
