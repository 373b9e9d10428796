//go:build !nohip

package hip

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/hipstand"
)

// onGPU opens this machine's GPU in a process of the test's own, or answers
// false. The tests that use it show what the null device cannot: work that
// takes time, and kernels that compute.
//
//	ROCMFORGE_TEST_GPU=1 go test -run GPU -v ./device/hip
func onGPU(t *testing.T, o Options) (*Device, bool) {
	t.Helper()
	if os.Getenv("ROCMFORGE_TEST_GPU") == "" {
		t.Skip("ROCMFORGE_TEST_GPU is not set")
	}
	if !hipstand.Alone(t) {
		return nil, false
	}
	os.Unsetenv("HIPSTAND_NULL")
	o.Ordinal, o.NoCache = -1, true
	d := open(t, o)
	t.Logf("%+v", d.Info())
	return d, true
}

// floats is n times v, as it lies in memory.
func floats(n int, v float32) []byte {
	one := binary.LittleEndian.AppendUint32(nil, math.Float32bits(v))
	return slices.Repeat(one, n)
}

// TestGPUCopies copies a large block there and back.
func TestGPUCopies(t *testing.T) {
	d, ok := onGPU(t, Options{})
	if !ok {
		return
	}
	q := newQueueOf(t, d)
	const n = 1<<30 + 12345
	p, err := d.Alloc(n)
	check(t, err)
	want, got := make([]byte, n), make([]byte, n)
	for i := range want {
		want[i] = byte(i ^ i>>11)
	}
	for range 2 { // the first touches new buffers
		start := time.Now()
		q.Upload(p, want)
		check(t, q.Wait())
		t.Logf("upload: %.1f GB/s", n/time.Since(start).Seconds()/1e9)
	}
	for range 2 {
		start := time.Now()
		q.Download(got, p)
		check(t, q.Wait())
		t.Logf("download: %.1f GB/s", n/time.Since(start).Seconds()/1e9)
	}
	if !slices.Equal(got, want) {
		t.Error("other bytes came back")
	}
}

// count adds 1 so often to zeros in n floats, changing what is added between
// launches, and gives the first one.
func count(d *Device, b device.Bound[sumArgs], graph bool, n, steps int) (float32, error) {
	q, err := d.NewQueue()
	if err != nil {
		return 0, err
	}
	defer q.Close()
	y, err := d.Alloc(4 * n)
	if err != nil {
		return 0, err
	}
	defer d.Free(y)
	one, err := d.Alloc(4 * n)
	if err != nil {
		return 0, err
	}
	defer d.Free(one)
	defer q.Forget(one)
	add := func() {
		for range 10 {
			b.Launch(q, &sumArgs{Y: y, A: y, B: one, N: int32(n)})
		}
	}
	for i := range steps {
		q.Upload(one, floats(n, float32(i%3)))
		if graph {
			q.Graph(device.GraphKey{Owner: one}, add)
		} else {
			add()
		}
	}
	last := make([]byte, 4)
	q.Download(last, y+device.Ptr(4*n-4))
	return math.Float32frombits(binary.LittleEndian.Uint32(last)), q.Wait()
}

// TestGPUOrder shows that uploads and launches of a queue keep their order,
// kernel by kernel and in graphs, alone and beside seven others.
func TestGPUOrder(t *testing.T) {
	d, ok := onGPU(t, Options{})
	if !ok {
		return
	}
	b := bind(t, d, sum(1))
	var all sync.WaitGroup
	for i := range 16 {
		graph := i%2 == 1
		f := func() {
			n := 4 << (10 + i%6) // small uploads and large ones
			got, err := count(d, b, graph, n, 300)
			if err != nil || got != 3000 {
				t.Errorf("graph %t, %d floats: %v, %v", graph, n, got, err)
			}
		}
		if i < 8 {
			f()
		} else {
			all.Go(f)
		}
	}
	all.Wait()
	check(t, d.Close())
}

// TestGPUFault lets a kernel leave its memory. ROCm may end the process here,
// and CUDA's driver wants a new one: then opening again is a Fault, too.
func TestGPUFault(t *testing.T) {
	d, ok := onGPU(t, Options{})
	if !ok {
		return
	}
	b := bind(t, d, sum(1))
	q := newQueueOf(t, d)
	b.Launch(q, &sumArgs{Y: 1 << 46, A: 1 << 46, B: 1 << 46, N: 1000})
	var f *Fault
	if err := q.Wait(); !errors.As(err, &f) || !f.Lost || len(f.Kernels) != 1 {
		t.Fatalf("error %v", err)
	}
	t.Log(f)
	check(t, d.Close())
	again, err := Open(Options{Ordinal: -1, NoCache: true})
	if errors.As(err, &f) && f.Lost {
		t.Log(err)
		return
	}
	check(t, err)
	defer again.Close()
	got, err := count(again, bind(t, again, sum(1)), true, 1000, 3)
	if err != nil || got != 30 {
		t.Errorf("after the fault: %v, %v", got, err)
	}
}

// TestGPUWatchdog gives up work that takes longer than it may.
func TestGPUWatchdog(t *testing.T) {
	d, ok := onGPU(t, Options{Watchdog: time.Millisecond})
	if !ok {
		return
	}
	b := bind(t, d, sum(1))
	check(t, d.Build(t.Context(), nil))
	q := newQueueOf(t, d)
	const n = 1 << 28
	p, err := d.Alloc(4 * n)
	if err != nil {
		t.Skip(err) // filling it took too long already
	}
	q.Graph(device.GraphKey{Owner: p}, func() {
		for range 500 {
			b.Launch(q, &sumArgs{Y: p, A: p, B: p, N: n})
		}
	})
	var f *Fault
	if err := q.Wait(); !errors.As(err, &f) || !f.Lost || len(f.Kernels) != lastKernels {
		t.Errorf("error %v", err)
	}
	check(t, d.Close())
}

// TestGPULaunches measures what launches, graphs and round trips cost.
func TestGPULaunches(t *testing.T) {
	d, ok := onGPU(t, Options{})
	if !ok {
		return
	}
	b := bind(t, d, sum(1))
	check(t, d.Build(t.Context(), nil))
	q := newQueueOf(t, d)
	p, err := d.Alloc(4096)
	check(t, err)
	launch := func(n int) {
		for range n {
			b.Launch(q, &sumArgs{Y: p, A: p, B: p, N: 1024})
		}
	}
	const rounds, kernels = 50, 300
	measure := func(what string, per int, f func()) {
		f()
		check(t, q.Wait())
		start := time.Now()
		for range rounds {
			f()
			check(t, q.Wait())
		}
		t.Logf("%s: %v", what, time.Since(start)/time.Duration(rounds*per))
	}
	measure("a launch of 300", kernels, func() { launch(kernels) })
	measure("a launch of 300 in a graph", kernels, func() { q.Graph(device.GraphKey{}, func() { launch(kernels) }) })
	measure("a launch of 3,000 in a graph", 10*kernels, func() { q.Graph(device.GraphKey{Variant: 1}, func() { launch(10 * kernels) }) })
	token := make([]byte, 64)
	measure("upload, launch, download", 1, func() {
		q.Upload(p, token)
		launch(1)
		q.Download(token, p)
	})
}
