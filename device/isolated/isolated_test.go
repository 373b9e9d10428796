package isolated

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops/opstest"
)

// eachWay runs a test with shared memory, and as on systems without.
func eachWay(t *testing.T, test func(t *testing.T)) {
	for _, noShared = range []bool{false, true} {
		t.Run(fmt.Sprintf("pipe=%t", noShared), test)
	}
	noShared = false
}

// TestSuite runs the conformance suite on a CPU in a child.
func TestSuite(t *testing.T) {
	eachWay(t, func(t *testing.T) {
		d := opened(t, Options{})
		for i, c := range opstest.Suite() {
			if testing.Short() && i%32 != 0 {
				continue
			}
			if r := c.Run(d); r.Err != nil {
				t.Error(r.Err)
			}
		}
		if n := d.InUse(); n != 0 {
			t.Errorf("%d bytes in use after the suite", n)
		}
	})
}

// TestLargeCopies go there, to another place, and back.
func TestLargeCopies(t *testing.T) {
	eachWay(t, func(t *testing.T) {
		d := opened(t, Options{})
		q, err := d.NewQueue()
		if err != nil {
			t.Fatal(err)
		}
		r := rand.NewChaCha8([32]byte{})
		for _, n := range []int{1, inline, inline + 1, slotSize, 9*slotSize + 12345} {
			src, dst := make([]byte, n), make([]byte, n)
			r.Read(src)
			a, errA := d.Alloc(n)
			b, errB := d.Alloc(n)
			if err := errors.Join(errA, errB); err != nil {
				t.Fatal(err)
			}
			q.Upload(a, src)
			q.Copy(b, a, n)
			q.Download(dst, b)
			if err := q.Wait(); err != nil || !bytes.Equal(src, dst) {
				t.Errorf("%d bytes: %v; equal %t", n, err, bytes.Equal(src, dst))
			}
			d.Free(a)
			d.Free(b)
		}
		if n := d.InUse(); n != 0 {
			t.Errorf("%d bytes in use", n)
		}
	})
}

// TestLaunchesAreInOrder, in many batches, and Free is behind them.
func TestLaunchesAreInOrder(t *testing.T) {
	b := newBench(t, opened(t, Options{}))
	launch := b.bind(&fill)
	for range 5000 {
		launch()
	}
	if n := b.count(); n != 5000 {
		t.Errorf("%d launches were done", n)
	}
	for range 100 {
		launch()
	}
	b.Free(b.p)
	if err := b.q.Wait(); err != nil {
		t.Error(err)
	}
}

// TestGraph records once and replays, also what was dropped or forgotten.
func TestGraph(t *testing.T) {
	b := newBench(t, opened(t, Options{}))
	launch := b.bind(&fill)
	recorded := 0
	graph := func(owner, variant int) {
		b.q.Graph(device.GraphKey{Owner: device.Ptr(owner), Variant: variant}, func() {
			recorded++
			launch()
			launch()
		})
	}
	for range 10 {
		graph(1, -1)
	}
	if n := b.count(); n != 20 || recorded != 1 {
		t.Errorf("%d launches of a graph that was recorded %d times", n, recorded)
	}
	for i := range maxGraphs { // the first one has to go
		graph(2, i)
	}
	graph(1, -1)
	if recorded != maxGraphs+2 {
		t.Errorf("recorded %d times", recorded)
	}
	b.q.Forget(2)
	graph(1, -1)
	graph(2, 5)
	if n := b.count(); n != 20+2*maxGraphs+6 || recorded != maxGraphs+3 {
		t.Errorf("%d launches, recorded %d times", n, recorded)
	}
}

// TestOnlyLaunchesAreRecorded, as on a GPU.
func TestOnlyLaunchesAreRecorded(t *testing.T) {
	b := newBench(t, opened(t, Options{}))
	b.q.Graph(device.GraphKey{Owner: 1}, func() { b.q.Upload(b.p, []byte{1}) })
	if err := b.q.Wait(); !errors.Is(err, errRecording) {
		t.Error(err)
	}
	if n := b.count(); n != 0 {
		t.Errorf("%d was uploaded", n)
	}
}

// TestInterrupt skips what has not begun, once.
func TestInterrupt(t *testing.T) {
	b := newBench(t, opened(t, Options{}))
	launch := b.bind(&slow)
	for range 3 {
		stop := errors.New("stop")
		start := time.Now()
		time.AfterFunc(20*time.Millisecond, func() { b.q.Interrupt(stop) })
		for range 5000 {
			launch()
		}
		if err := b.q.Wait(); err != stop {
			t.Fatal(err)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("the interrupt took %v", took)
		}
		before := b.count()
		launch()
		if n := b.count(); n != before+1 || n > 4000 {
			t.Errorf("%d launches, then %d", before, n)
		}
	}
}

// TestErrorsKeepTheirTypes on their way from the child.
func TestErrorsKeepTheirTypes(t *testing.T) {
	d := opened(t, Options{})
	b := newBench(t, d)
	_, err := d.Alloc(1 << 60)
	if e, ok := err.(*device.MemoryError); !ok || e.Asked != 1<<60 || e.Device != "cpu" {
		t.Errorf("%#v", err)
	}
	b.bind(&picky)()
	b.bind(&fill)() // skipped
	err = b.q.Wait()
	if e, ok := err.(*device.LaunchError); !ok || e.Op != "picky" || e.Value != "not these" || len(e.Stack) == 0 {
		t.Errorf("%#v", err)
	}
	if n := b.count(); n != 0 {
		t.Errorf("%d launches behind a failure", n)
	}
	if _, err := device.Bind(d, &device.Op[fillArgs]{Name: "nobody's"}, device.Spec{}); err == nil {
		t.Error("an op that the child does not know was bound")
	}
	_, err = Open(Options{Config: config{Refuse: true}, Watchdog: time.Minute})
	if !errors.Is(err, errors.ErrUnsupported) || err.Error() != "refused: unsupported operation" {
		t.Errorf("%#v", err)
	}
}

// TestClosed: what comes behind Close gets an error.
func TestClosed(t *testing.T) {
	b := newBench(t, opened(t, Options{}))
	launch := b.bind(&fill)
	other, err := b.NewQueue()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(other.Close(), other.Close()); err != nil || other.Wait() != device.ErrClosed {
		t.Error(err, other.Wait())
	}
	launch()
	if err := errors.Join(b.Close(), b.Close()); err != nil {
		t.Error(err)
	}
	launch()
	if err := b.q.Wait(); err != device.ErrClosed {
		t.Error(err)
	}
	if _, err := b.Alloc(1); err != device.ErrClosed {
		t.Error(err)
	}
	if err := b.q.Close(); err != nil {
		t.Error(err)
	}
}

// TestBuild tells how far it is, and can be cancelled.
func TestBuild(t *testing.T) {
	var warned string
	d := opened(t, Options{Config: config{Builds: 1}, Warn: func(s string) { warned = s }})
	var told [][2]int
	if err := d.Build(t.Context(), func(done, total int) { told = append(told, [2]int{done, total}) }); err != nil {
		t.Error(err)
	}
	if !slices.Equal(told, [][2]int{{1, 1}}) || warned != "it builds" || d.Product() != "A Builder" {
		t.Error(told, warned, d.Product())
	}
	if programs, cached := d.Compiled(); programs != 3 || cached != 1 {
		t.Error(programs, cached)
	}
	d = opened(t, Options{Config: config{Builds: -1}})
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	if err := d.Build(ctx, func(int, int) { cancel(stop) }); err != stop {
		t.Error(err)
	}
}

// TestNotServed: without Child there is an error, and no device.
func TestNotServed(t *testing.T) {
	childServed.Store(false)
	defer childServed.Store(true)
	if _, err := Open(Options{Config: config{}, Watchdog: time.Minute}); err != errNotServed {
		t.Error(err)
	}
}

// TestStepAllocatesNothing: a decode step's calls, on this side.
func TestStepAllocatesNothing(t *testing.T) {
	b := newBench(t, opened(t, Options{}))
	launch, small, back := b.bind(&fill), make([]byte, 4), make([]byte, 4)
	step := func() {
		b.q.Upload(b.p+8, small)
		b.q.Graph(device.GraphKey{Owner: 1}, launch)
		b.q.Download(back, b.p)
		if err := b.q.Wait(); err != nil {
			t.Error(err)
		}
	}
	step()
	if n := testing.AllocsPerRun(100, step); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkStep is a small upload, a graph and a small download: what a decode
// step costs beside its kernels.
func BenchmarkStep(b *testing.B) {
	bench := newBench(b, opened(b, Options{}))
	launch, small := bench.bind(&fill), make([]byte, 4)
	for b.Loop() {
		bench.q.Upload(bench.p+8, small)
		bench.q.Graph(device.GraphKey{Owner: 1}, launch)
		bench.q.Download(small, bench.p)
		if err := bench.q.Wait(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLaunch is what a launch costs on this side and on the other one.
func BenchmarkLaunch(b *testing.B) {
	bench := newBench(b, opened(b, Options{}))
	launch := bench.bind(&device.Op[fillArgs]{Name: "fill"})
	for b.Loop() {
		launch()
	}
	if err := bench.q.Wait(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkUpload(b *testing.B) {
	for _, noShared = range []bool{false, true} {
		b.Run(fmt.Sprintf("pipe=%t", noShared), func(b *testing.B) {
			d := opened(b, Options{})
			q, err := d.NewQueue()
			if err != nil {
				b.Fatal(err)
			}
			src := make([]byte, 64<<20)
			p, err := d.Alloc(len(src))
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				q.Upload(p, src)
				if err := q.Wait(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	noShared = false
}
