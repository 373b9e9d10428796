package isolated

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"testing"
	"time"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/cpu"
	"github.com/rocmforge/rocmforge/ops"
)

// beParent opens a device and waits to be killed, if this process has to.
var beParent = func() {}

func TestMain(m *testing.M) {
	Child(Parts{Kernels: kernels, Open: openForTest})
	beParent()
	os.Exit(m.Run())
}

func kernels() map[string]*device.Kernel {
	all := ops.Kernels()
	maps.Copy(all, map[string]*device.Kernel{"fill": fill.Kernel(), "slow": slow.Kernel(), "picky": picky.Kernel(), "deadly": deadly.Kernel()})
	return all
}

type fillArgs struct {
	Dst      device.Ptr
	N, Value int32
}

// fill adds a value to numbers.
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

// slow takes a millisecond, and then fills.
var slow = device.Op[fillArgs]{
	Name:  "slow",
	Items: fill.Items,
	Host: func(a *fillArgs, lo, hi int) {
		time.Sleep(time.Millisecond)
		fill.Host(a, lo, hi)
	},
	Grain: 1 << 20,
}

// picky refuses its arguments.
var picky = device.Op[fillArgs]{
	Name:  "picky",
	Items: func(*fillArgs) int { panic("not these") },
	Host:  func(*fillArgs, int, int) {},
}

// deadly ends its process.
var deadly = device.Op[fillArgs]{
	Name:  "deadly",
	Items: func(*fillArgs) int { return 1 },
	Host: func(*fillArgs, int, int) {
		fmt.Fprintln(os.Stderr, "Memory access fault by GPU node-1")
		os.Exit(134)
	},
}

// config is what a test's device should do.
type config struct {
	Refuse bool // to open
	Builds int  // steps of a Build; the last one waits to be cancelled if below 0
}

func openForTest(text []byte, warn func(string)) (device.Device, error) {
	var c config
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, err
	}
	if c.Refuse {
		return nil, fmt.Errorf("refused: %w", errors.ErrUnsupported)
	}
	d, err := cpu.New(2)
	if c.Builds != 0 {
		warn("it builds")
		return &builder{d, c.Builds}, err
	}
	return d, err
}

// builder is a device that has something to build.
type builder struct {
	device.Device
	steps int
}

func (b *builder) Product() string { return "A Builder" }

func (b *builder) Compiled() (programs, cached int) { return 3, 1 }

func (b *builder) Build(ctx context.Context, progress func(done, total int)) error {
	for i := range max(b.steps, 1) {
		progress(i+1, b.steps)
	}
	if b.steps < 0 {
		<-ctx.Done()
	}
	return context.Cause(ctx)
}

// opened gives a device in a child.
func opened(t testing.TB, o Options) *Device {
	t.Helper()
	if o.Watchdog == 0 {
		o.Watchdog = time.Minute
	}
	if o.Config == nil {
		o.Config = config{}
	}
	o.Name = "isolated"
	d, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// bench is a device with a queue and some memory.
type bench struct {
	t testing.TB
	*Device
	q device.Queue
	p device.Ptr
}

const benchInts = 1000

func newBench(t testing.TB, d *Device) *bench {
	t.Helper()
	b := &bench{t: t, Device: d}
	var err error
	if b.q, err = d.NewQueue(); err != nil {
		t.Fatal(err)
	}
	if b.p, err = d.Alloc(4 * benchInts); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) bind(op *device.Op[fillArgs]) func() {
	b.t.Helper()
	bound, err := device.Bind(b.Device, op, device.Spec{})
	if err != nil {
		b.t.Fatal(err)
	}
	return func() { bound.Launch(b.q, &fillArgs{b.p, benchInts, 1}) }
}

// count is how often the memory was filled.
func (b *bench) count() int {
	b.t.Helper()
	var v [4]byte
	b.q.Download(v[:], b.p)
	if err := b.q.Wait(); err != nil {
		b.t.Fatal(err)
	}
	return int(v[0]) | int(v[1])<<8
}
