package cpu

import (
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/rocmforge/rocmforge/device"
)

type fillArgs struct {
	Dst   device.Ptr
	N     int32
	Value int32
}

var fill = device.Op[fillArgs]{
	Name:  "fill",
	Items: func(a *fillArgs) int { return int(a.N) },
	Host: func(a *fillArgs, lo, hi int) {
		d := device.HostSlice[int32](a.Dst, int(a.N))
		for i := lo; i < hi; i++ {
			d[i] += a.Value
		}
	},
}

func newDevice(t *testing.T, threads int) *Device {
	t.Helper()
	d, err := New(threads)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// TestLaunch runs every item exactly once, from several goroutines at a time.
func TestLaunch(t *testing.T) {
	d := newDevice(t, 4)
	b, err := device.Bind(d, &fill, device.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 3 {
		wg.Go(func() {
			const n, rounds = 1003, 200
			p, err := d.Alloc(4 * n)
			if err != nil {
				t.Error(err)
				return
			}
			q, _ := d.NewQueue()
			for range rounds {
				b.Launch(q, &fillArgs{Dst: p, N: n, Value: int32(g + 1)})
			}
			if err := q.Wait(); err != nil {
				t.Error(err)
			}
			for i, v := range device.HostSlice[int32](p, n) {
				if v != int32(rounds*(g+1)) {
					t.Errorf("item %d ran to %d; want %d", i, v, rounds*(g+1))
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestPanicIsError shows that an op's panic ends the launch, skips those behind
// it and leaves the device working.
func TestPanicIsError(t *testing.T) {
	d := newDevice(t, 2)
	bad := device.Op[fillArgs]{
		Name:  "bad",
		Items: func(a *fillArgs) int { return int(a.N) },
		Host:  func(a *fillArgs, lo, hi int) { panic("no such token") },
	}
	b, _ := device.Bind(d, &bad, device.Spec{})
	good, _ := device.Bind(d, &fill, device.Spec{})
	p, _ := d.Alloc(400)
	q, _ := d.NewQueue()
	b.Launch(q, &fillArgs{N: 100})
	good.Launch(q, &fillArgs{Dst: p, N: 100, Value: 1})
	var failed *device.LaunchError
	if err := q.Wait(); !errors.As(err, &failed) || err.Error() != "op bad failed: no such token" || len(failed.Stack) == 0 {
		t.Errorf("error %v", err)
	}
	if v := device.HostSlice[int32](p, 1)[0]; v != 0 {
		t.Errorf("the launch behind the failed one ran")
	}
	good.Launch(q, &fillArgs{Dst: p, N: 100, Value: 1})
	if err := q.Wait(); err != nil || device.HostSlice[int32](p, 1)[0] != 1 {
		t.Errorf("the device does not work any more: %v", err)
	}
}

func TestInterrupt(t *testing.T) {
	d := newDevice(t, 2)
	b, _ := device.Bind(d, &fill, device.Spec{})
	p, _ := d.Alloc(400)
	q, _ := d.NewQueue()
	why := errors.New("enough")
	q.Interrupt(why)
	b.Launch(q, &fillArgs{Dst: p, N: 100, Value: 1})
	if err := q.Wait(); err != why {
		t.Errorf("error %v", err)
	}
	if device.HostSlice[int32](p, 1)[0] != 0 {
		t.Error("an interrupted queue ran a launch")
	}
	if err := q.Wait(); err != nil {
		t.Errorf("the interrupt stayed: %v", err)
	}
}

func TestAlloc(t *testing.T) {
	d := newDevice(t, 1)
	for _, n := range []int{0, -1, maxAlloc + 1} {
		var e *device.MemoryError
		if _, err := d.Alloc(n); !errors.As(err, &e) {
			t.Errorf("Alloc(%d): %v", n, err)
		}
	}
	p, err := d.Alloc(100)
	if err != nil || p%64 != 0 || d.InUse() != 100 {
		t.Errorf("Alloc(100) = %#x, %v; %d in use", p, err, d.InUse())
	}
	d.Free(p)
	d.Free(p)
	d.Free(0)
	if d.InUse() != 0 {
		t.Errorf("%d bytes in use after Free", d.InUse())
	}
}

// TestClose ends the threads, twice without harm, and refuses work afterwards.
func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	d, err := New(8)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := device.Bind(d, &fill, device.Spec{})
	q, _ := d.NewQueue()
	d.Close()
	d.Close()
	b.Launch(q, &fillArgs{N: 1})
	if err := q.Wait(); !errors.Is(err, device.ErrClosed) {
		t.Errorf("launch on a closed device: %v", err)
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines; %d before", runtime.NumGoroutine(), before)
}

func TestThreadsRefused(t *testing.T) {
	for _, n := range []int{-1, 1025} {
		if _, err := New(n); err == nil {
			t.Errorf("New(%d) worked", n)
		}
	}
}

// BenchmarkLaunch is the cost of one launch that all threads share.
func BenchmarkLaunch(b *testing.B) {
	d, err := New(0)
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	bound, _ := device.Bind(d, &fill, device.Spec{})
	p, _ := d.Alloc(4 * 1024)
	q, _ := d.NewQueue()
	b.ReportAllocs()
	for b.Loop() {
		bound.Launch(q, &fillArgs{Dst: p, N: 1024})
	}
}
