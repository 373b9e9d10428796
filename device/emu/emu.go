// Package emu is a GPU that is not there, as a device: it executes the code
// objects that ROCm's compiler makes for gfx1100 or gfx950 on the CPU,
// instruction by instruction, and checks what they do. It knows no op.
//
// It needs libhiprtc to compile kernels and libamd_comgr to decode them, and
// no GPU. Both are kept on disk (see package jit): what ran once runs again
// without these libraries.
//
//	d, err := emu.Open(emu.Options{Arch: "gfx1100"})
//
// A mistake of a kernel (an access outside a buffer, a race, a value that was
// never written, a forgotten wait) is the error of the queue's next Wait: a
// *sim.Fault, which says where.
package emu

import (
	"cmp"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/emu/sim"
	"github.com/rocmforge/rocmforge/internal/mmap"
	"github.com/rocmforge/rocmforge/kernels"
)

// Archs are those that can be emulated.
var Archs = []string{"gfx1100", "gfx950"}

// Options say what to emulate and how. Arch is needed.
type Options struct {
	Arch     string
	Memory   int    // bytes that can be allocated; 0: 16 GiB
	Sparse   bool   // large buffers take room of the machine only where they are touched; if its system cannot do that, Memory is 8 GiB at most
	Unsafe   bool   // do not check kernels, which makes them several times as fast
	Workers  int    // goroutines; 0: one per CPU
	Units    int    // compute units that ops are told of; 0: as many as goroutines
	ROCm     string // the folder of ROCm's libraries; "": they are looked for
	CacheDir string // of code objects; "": as package jit has it
	NoCache  bool
	Warn     func(string)          // may be nil
	Progress func(done, total int) // is told how many groups of a launch are done; may be nil
}

// defaultMemory is 16 GiB, or what an int can say.
const defaultMemory = min(16<<30, math.MaxInt)

// mostTaken is how much of a device that was to be sparse the machine has to
// give if it is not.
const mostTaken = min(8<<30, math.MaxInt)

// memory is how much can be allocated.
func (o *Options) memory(sparse bool) int {
	n := o.Memory
	if n <= 0 {
		n = defaultMemory
	}
	if o.Sparse && !sparse {
		n = min(n, mostTaken)
	}
	return n
}

// ParseOptions reads what follows "emu:" in a device's name: "gfx1100", or
// "gfx1100,unchecked".
func ParseOptions(s string) (Options, error) {
	arch, how, more := strings.Cut(s, ",")
	if !slices.Contains(Archs, arch) || more && how != unchecked {
		return Options{}, fmt.Errorf("emu: no emulator for %q; there are %s, each also with \",%s\"", s, strings.Join(Archs, " and "), unchecked)
	}
	return Options{Arch: arch, Unsafe: more}, nil
}

const unchecked = "unchecked"

// Device is an emulated GPU.
type Device struct {
	options  Options
	arch     kernels.Arch
	memory   memory
	compiled compiled
	count    sim.Count

	mu     sync.Mutex
	closed bool
}

// Open makes a device. It opens no library: the first Build does.
func Open(o Options) (*Device, error) {
	arch, known := kernels.ArchOf(o.Arch, 0)
	if !known || !slices.Contains(Archs, o.Arch) {
		return nil, fmt.Errorf("emu: no emulator for %q; there are %s", o.Arch, strings.Join(Archs, " and "))
	}
	o.Memory = o.memory(mmap.Sparse)
	d := &Device{options: o, arch: arch}
	d.compiled.units, d.compiled.loaded = map[string]*unit{}, map[string]*Kernel{}
	return d, nil
}

// Name is "emu:gfx1100", or "emu:gfx1100,unchecked".
func (d *Device) Name() string {
	if d.options.Unsafe {
		return "emu:" + d.arch.Name + "," + unchecked
	}
	return "emu:" + d.arch.Name
}

// Caps says what ops may choose kernels by.
func (d *Device) Caps() device.Caps {
	return device.Caps{Kind: "emu", Arch: d.arch.Name, Workers: cmp.Or(d.options.Units, d.workers()), Wave: d.arch.Wave, Matrix: d.arch.Matrix, MX: d.arch.MX}
}

func (d *Device) workers() int {
	if d.options.Workers > 0 {
		return d.options.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// Count is what was executed up to now.
func (d *Device) Count() *sim.Count { return &d.count }

// Close frees everything.
func (d *Device) Close() error {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.memory.clear()
	return nil
}

func (d *Device) isClosed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.closed
}
