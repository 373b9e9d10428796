//go:build !nohip

package hip

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/hipstand"
	"github.com/rocmforge/rocmforge/kernels/jit"
	"github.com/rocmforge/rocmforge/ops"
)

// TestMain lets the tests compile in child processes.
func TestMain(m *testing.M) {
	jit.Child()
	os.Exit(m.Run())
}

// sumArgs are the parameters of the kernel add.
type sumArgs struct {
	Y, A, B device.Ptr
	N       int32
}

// sum launches add as often as steps says.
func sum(steps int) *device.Op[sumArgs] {
	op := &device.Op[sumArgs]{
		Name: "sum",
		Items: func(a *sumArgs) int {
			if a.N < 0 {
				panic("a negative size")
			}
			return int(a.N)
		},
	}
	s := device.Step[sumArgs]{Kernel: "add", Grid: func(a *sumArgs, _ device.Caps) device.Grid {
		return device.Grid{Groups: [3]int{(int(a.N) + 255) / 256, 1, 1}, Block: 256}
	}}
	op.Variants = []device.Variant[sumArgs]{{Steps: slices.Repeat([]device.Step[sumArgs]{s}, steps)}}
	return op
}

// options open the null device.
func options(t testing.TB) Options {
	return Options{Library: hipstand.NullDir(t), Compiler: hipstand.NullDir(t), NoCache: true}
}

func control(t testing.TB) *hipstand.Control {
	return hipstand.Open(t, hipstand.NullDir(t), "libamdhip64.so.6")
}

func open(t testing.TB, o Options) *Device {
	t.Helper()
	d, err := Open(o)
	check(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

func newQueueOf(t testing.TB, d *Device) *queue {
	t.Helper()
	q, err := d.NewQueue()
	check(t, err)
	return q.(*queue)
}

func bind(t testing.TB, d *Device, op *device.Op[sumArgs]) device.Bound[sumArgs] {
	t.Helper()
	b, err := device.Bind(d, op, device.Spec{})
	check(t, err)
	return b
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// kinds are what the stand-in counts.
var kinds = []string{"device", "host", "stream", "event", "module", "graph", "exec"}

// live lists what was not given back.
func live(c *hipstand.Control) (left []string) {
	for _, kind := range kinds {
		if n := c.Live(kind); n != 0 {
			left = append(left, fmt.Sprintf("%d %s", n, kind))
		}
	}
	return left
}

func closeAndCount(t *testing.T, d *Device) {
	t.Helper()
	check(t, d.Close())
	if left := live(control(t)); left != nil {
		t.Errorf("not given back: %v", left)
	}
}

func TestOpen(t *testing.T) {
	d := open(t, options(t))
	info := d.Info()
	caps := d.Caps()
	if d.Name() != "hip:0" || caps.Kind != "hip" || caps.Arch != "gfx1100" || caps.Wave != 32 || !caps.Matrix || caps.Host ||
		caps.Workers != info.CUs || info.CUs == 0 || info.Total == 0 || info.Free <= 0 || info.Wave != 32 {
		t.Errorf("%s: %+v %+v", d.Name(), caps, info)
	}
	all, err := List(options(t))
	check(t, err)
	if len(all) != 1 || all[0].Arch != "gfx1100" {
		t.Errorf("List: %+v", all)
	}
	o := options(t)
	o.Ordinal = -1
	if other := open(t, o); other.Name() != "hip:0" {
		t.Errorf("chose %s", other.Name())
	}
}

func TestNoDevice(t *testing.T) {
	var none *NoDeviceError
	o := options(t)
	o.Ordinal = 7
	if _, err := Open(o); !errors.As(err, &none) || !strings.Contains(err.Error(), "rocmforge doctor") {
		t.Errorf("hip:7: %v", err)
	}
	control(t).SetFaults(t, "hipGetDeviceCount:1+:100")
	if _, err := Open(options(t)); !errors.As(err, &none) || !strings.Contains(err.Error(), "hipErrorNoDevice") {
		t.Errorf("no GPU: %v", err)
	}
	if _, err := List(Options{Library: t.TempDir()}); !errors.As(err, &none) {
		t.Errorf("no library: %v", err)
	}
}

func TestArchOfEnvironment(t *testing.T) {
	t.Setenv("ROCMFORGE_ARCH", "gfx950")
	if _, err := Open(options(t)); err == nil || !strings.Contains(err.Error(), "ROCMFORGE_ARCH=gfx950") {
		t.Errorf("another arch: %v", err)
	}
	t.Setenv("ROCMFORGE_ARCH", "gfx1100")
	open(t, options(t))
}

func TestDefault(t *testing.T) {
	all := []Info{{Ordinal: 0, Integrated: true, Free: 90}, {Ordinal: 1, Free: 10}, {Ordinal: 2, Free: 20}, {Ordinal: 3, Free: 20}}
	markDefault(all)
	for i, info := range all {
		if info.Default != (i == 2) {
			t.Errorf("%+v", info)
		}
	}
}

// TestUnknownArch runs on a GPU that has no header, and says so once.
func TestUnknownArch(t *testing.T) {
	if !hipstand.Alone(t) {
		return
	}
	os.Setenv("HIPSTAND_ARCH", "gfx1201")
	var said []string
	o := options(t)
	o.Warn = func(s string) { said = append(said, s) }
	d := open(t, o)
	if len(said) != 1 || d.Caps().Matrix || d.Caps().Arch != "gfx1201" {
		t.Errorf("%v %+v", said, d.Caps())
	}
}

// TestNVIDIA is the same device over a CUDA GPU's name.
func TestNVIDIA(t *testing.T) {
	if !hipstand.Alone(t) {
		return
	}
	os.Setenv("HIPSTAND_ARCH", "sm_90")
	d := open(t, options(t))
	b := bind(t, d, sum(1))
	q := newQueueOf(t, d)
	b.Launch(q, &sumArgs{N: 1})
	check(t, q.Wait())
	if c := d.Caps(); c.Kind != "hip" || c.Arch != "sm_90" {
		t.Errorf("%+v", c)
	}
}

// TestLaunch builds on demand and launches each step.
func TestLaunch(t *testing.T) {
	d := open(t, options(t))
	c := control(t)
	b := bind(t, d, sum(3))
	add, err := device.Bind(d, &ops.Add, device.Spec{})
	check(t, err)
	q := newQueueOf(t, d)
	c.SetFaults(t, "")
	const n = 1000
	for range n {
		b.Launch(q, &sumArgs{N: 300})
		b.Launch(q, &sumArgs{N: 0})
		add.Launch(q, &ops.AddArgs{N: 5})
	}
	check(t, q.Wait())
	if got := c.Calls("hipModuleLaunchKernel"); got != 4*n {
		t.Errorf("%d launches, not %d", got, 4*n)
	}
	if got := c.Calls("hipModuleLoadData"); got != 1 {
		t.Errorf("%d modules", got)
	}
	check(t, d.Build(t.Context(), nil))
	closeAndCount(t, d)
}

func TestBindRefuses(t *testing.T) {
	d := open(t, options(t))
	op := sum(1)
	op.Variants = nil
	_, err := device.Bind(d, op, device.Spec{Formats: map[string]string{"w": "Q9"}})
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Fatal(err)
	}
	for _, part := range []string{"sum", "hip:0", "Q9"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not name %s", err, part)
		}
	}
}

// TestOpPanics shows that a wrong shape is the launch's error, that what
// follows is skipped, and that the queue then goes on.
func TestOpPanics(t *testing.T) {
	d := open(t, options(t))
	c := control(t)
	b := bind(t, d, sum(1))
	check(t, d.Build(t.Context(), nil))
	q := newQueueOf(t, d)
	c.SetFaults(t, "")
	var failed *device.LaunchError
	b.Launch(q, &sumArgs{N: -1})
	b.Launch(q, &sumArgs{N: 1})
	if err := q.Wait(); !errors.As(err, &failed) || err.Error() != "op sum failed: a negative size" || len(failed.Stack) == 0 {
		t.Errorf("error %v", err)
	}
	huge := sum(1)
	huge.Variants[0].Steps[0].Grid = func(*sumArgs, device.Caps) device.Grid { return device.Grid{Groups: [3]int{1, 1, 1}, Block: 2048} }
	bind(t, d, huge).Launch(q, &sumArgs{N: 1})
	if err := q.Wait(); !errors.As(err, &failed) {
		t.Errorf("a block of 2048: %v", err)
	}
	if n := c.Calls("hipModuleLaunchKernel"); n != 0 {
		t.Errorf("%d launches", n)
	}
	b.Launch(q, &sumArgs{N: 1})
	check(t, q.Wait())
}

func TestInterrupt(t *testing.T) {
	d := open(t, options(t))
	c := control(t)
	b := bind(t, d, sum(1))
	check(t, d.Build(t.Context(), nil))
	q := newQueueOf(t, d)
	c.SetFaults(t, "")
	why := errors.New("enough")
	b.Launch(q, &sumArgs{N: 1}) // buffered, not begun
	q.Interrupt(why)
	b.Launch(q, &sumArgs{N: 1})
	q.Graph(device.GraphKey{Owner: 1}, func() { b.Launch(q, &sumArgs{N: 1}) })
	q.Download(make([]byte, 4), 0)
	if err := q.Wait(); err != why {
		t.Errorf("error %v", err)
	}
	if n := c.Calls("hipModuleLaunchKernel"); n != 0 {
		t.Errorf("%d launches", n)
	}
	check(t, q.Wait())
	b.Launch(q, &sumArgs{N: 1})
	check(t, q.Wait())
	if n := c.Calls("hipModuleLaunchKernel"); n != 1 {
		t.Errorf("%d launches afterwards", n)
	}
}

// TestClosed shows that a closed device answers everything with ErrClosed.
func TestClosed(t *testing.T) {
	d := open(t, options(t))
	b := bind(t, d, sum(1))
	check(t, d.Build(t.Context(), nil))
	q := newQueueOf(t, d)
	p, err := d.Alloc(100)
	check(t, err)
	check(t, d.Close())
	check(t, d.Close())
	for _, f := range []func(){
		func() { b.Launch(q, &sumArgs{N: 1}) },
		func() { q.Upload(p, make([]byte, 10)) },
		func() { q.Upload(p, make([]byte, 100<<10)) },
		func() { q.Download(make([]byte, 10), p) },
		func() { q.Graph(device.GraphKey{}, func() { b.Launch(q, &sumArgs{N: 1}) }) },
	} {
		f()
		if err := q.Wait(); !errors.Is(err, device.ErrClosed) {
			t.Errorf("error %v", err)
		}
	}
	d.Free(p)
	q.Forget(p)
	if _, err := d.Alloc(1); !errors.Is(err, device.ErrClosed) {
		t.Errorf("Alloc: %v", err)
	}
	if _, err := d.NewQueue(); !errors.Is(err, device.ErrClosed) {
		t.Errorf("NewQueue: %v", err)
	}
	check(t, q.Close())
	if d.Available() != -1 || d.InUse() != 0 {
		t.Error("a closed device has memory")
	}
}

// TestOpenClose opens and closes 1,000 times, with some work, and nothing is
// left over.
func TestOpenClose(t *testing.T) {
	rounds := 1000
	if testing.Short() {
		rounds = 50
	}
	c := control(t)
	o := options(t)
	o.NoCache, o.CacheDir = false, t.TempDir() // compiled once
	work := func() {
		d, err := Open(o)
		check(t, err)
		q := newQueueOf(t, d)
		b := bind(t, d, sum(1))
		p, err := d.Alloc(1000)
		check(t, err)
		q.Graph(device.GraphKey{Owner: p}, func() { b.Launch(q, &sumArgs{N: 1}) })
		q.Upload(p, make([]byte, 100))
		q.Download(make([]byte, 100), p)
		check(t, q.Wait())
		check(t, d.Close())
	}
	work()
	goroutines, files := runtime.NumGoroutine(), openFiles()
	for range rounds {
		work()
	}
	if left := live(c); left != nil {
		t.Errorf("not given back: %v", left)
	}
	if n := openFiles(); n > files {
		t.Errorf("%d open files, %d before", n, files)
	}
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > goroutines; {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), goroutines)
		}
		time.Sleep(time.Millisecond)
	}
}

func openFiles() int {
	all, _ := os.ReadDir("/proc/self/fd")
	return len(all)
}

// TestConcurrent has eight goroutines with a queue each, which allocate, build,
// copy, launch and free at once.
func TestConcurrent(t *testing.T) {
	d := open(t, options(t))
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			q := newQueueOf(t, d)
			defer q.Close()
			b := bind(t, d, sum(g%3+1))
			for i := range 30 {
				if err := round(d, q, b, g*30+i); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	closeAndCount(t, d)
}

func round(d *Device, q *queue, b device.Bound[sumArgs], seed int) error {
	n := 1000 + seed*977
	p, err := d.Alloc(n)
	if err != nil {
		return err
	}
	defer d.Free(p)
	defer q.Forget(p)
	want := bytes.Repeat([]byte{byte(seed)}, n)
	q.Upload(p, want)
	for range 100 {
		b.Launch(q, &sumArgs{N: 9})
	}
	for range 3 {
		q.Graph(device.GraphKey{Owner: p}, func() { b.Launch(q, &sumArgs{N: 9}) })
	}
	got := make([]byte, n)
	q.Download(got, p)
	if !bytes.Equal(got, want) {
		return fmt.Errorf("round %d: other bytes", seed)
	}
	return q.Wait()
}
