//go:build !nohip

package hip

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/rocmforge/rocmforge/amdhip"
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/kernels"
)

// List describes the GPUs that HIP shows to this process. Without one the
// error is a *NoDeviceError.
func List(o Options) (all []Info, err error) {
	lib, err := openLibrary(o)
	if err != nil {
		return nil, err
	}
	onThread(func() { all, err = list(lib) })
	return all, err
}

// onThread runs f where HIP's current device stays what f sets.
func onThread(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		f()
	}()
	<-done
}

func openLibrary(o Options) (*amdhip.Library, error) {
	lib, err := amdhip.Open(amdhip.Options{Path: o.Library})
	if err != nil {
		return nil, &NoDeviceError{Err: err, Absent: true}
	}
	return lib, nil
}

func list(lib *amdhip.Library) (all []Info, err error) {
	n, err := lib.GetDeviceCount()
	if err == nil && n == 0 {
		return nil, &NoDeviceError{Reason: lib.Path() + " knows of none"}
	}
	for i := range n {
		info, e := describe(lib, i)
		if amdhip.DeviceLost(e) { // by an earlier Device of this process
			return nil, newFault(fmt.Sprintf("hip:%d", i), e, true)
		}
		if e != nil {
			err = errors.Join(err, e)
			continue
		}
		all = append(all, info)
	}
	if len(all) == 0 {
		return nil, &NoDeviceError{Err: err}
	}
	markDefault(all)
	return all, nil
}

// describe asks about one GPU. It leaves it the thread's current one.
func describe(lib *amdhip.Library, ordinal int) (Info, error) {
	p, err := lib.GetDeviceProperties(ordinal)
	if err != nil {
		return Info{}, err
	}
	info := Info{
		Ordinal: ordinal, Name: p.Name, Arch: p.ArchName, Total: int(p.TotalGlobalMem), Free: -1,
		Integrated: p.Integrated, Wave: p.WarpSize, CUs: p.MultiProcessorCount,
	}
	if pci, err := lib.DeviceGetPCIBusId(ordinal); err == nil {
		info.PCI = pci
	}
	if err := lib.SetDevice(ordinal); err != nil {
		return Info{}, err
	}
	if free, _, err := lib.MemGetInfo(); err == nil {
		info.Free = int(free)
	}
	return info, nil
}

// choose is the GPU that the options ask for.
func choose(lib *amdhip.Library, o Options) (Info, error) {
	all, err := list(lib)
	if err != nil {
		return Info{}, err
	}
	for _, info := range all {
		if info.Ordinal == o.Ordinal || o.Ordinal == -1 && info.Default {
			return info, nil
		}
	}
	return Info{}, &NoDeviceError{Reason: fmt.Sprintf("there is no hip:%d, only hip:%d to hip:%d", o.Ordinal, all[0].Ordinal, all[len(all)-1].Ordinal)}
}

// Open starts a GPU: its thread, and the memory that copies go through.
// Without a GPU the error is a *NoDeviceError.
func Open(o Options) (*Device, error) {
	limit, err := o.watchdog()
	if err != nil {
		return nil, err
	}
	o.Watchdog = limit
	lib, err := openLibrary(o)
	if err != nil {
		return nil, err
	}
	var info Info
	onThread(func() { info, err = choose(lib, o) })
	if err != nil {
		return nil, err
	}
	arch, err := archOf(info, o)
	if err != nil {
		return nil, err
	}
	d := newDevice(lib, info, arch, o)
	return d, d.start()
}

// archOf is what to compile for. ROCMFORGE_ARCH may say it, but code for
// another GPU than the one that is there would not run.
func archOf(info Info, o Options) (kernels.Arch, error) {
	arch, known := kernels.ArchOf(info.Arch, info.Wave)
	if name := os.Getenv("ROCMFORGE_ARCH"); name != "" {
		if base, _, _ := strings.Cut(name, ":"); base != arch.Name {
			return arch, fmt.Errorf("hip:%d: ROCMFORGE_ARCH=%s, but the GPU is %s: code for the one does not run on the other", info.Ordinal, name, info.Arch)
		}
	}
	if !known {
		o.warn("hip:%d: %s has no kernels of its own; it runs the portable ones", info.Ordinal, arch.Name)
	}
	return arch, nil
}

func newDevice(lib *amdhip.Library, info Info, arch kernels.Arch, o Options) *Device {
	d := &Device{
		hip: lib, info: info, arch: arch, options: o,
		caps: device.Caps{Kind: "hip", Arch: arch.Name, Workers: info.CUs, Wave: arch.Wave, Matrix: arch.Matrix, MX: arch.MX},
		name: fmt.Sprintf("hip:%d", info.Ordinal), patience: o.Watchdog + graceOfCalls,
		gone: make(chan struct{}), stuck: make(chan struct{}),
		memory:   memory{blocks: map[device.Ptr]int{}},
		queues:   map[*queue]bool{},
		compiled: compiled{busy: make(chan struct{}, 1), units: map[string]*unit{}},
	}
	d.compiled.dir = filepath.Dir(lib.Path())
	d.thread = newThread(d)
	return d
}
