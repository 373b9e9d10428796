// Package amdhip binds libamdhip64, HIP's run time: one method for each C
// function, typed handles, and errors that carry the call, HIP's code and its
// text. It has no opinion about devices, streams or kernels; HIP's own
// documentation says what the functions do.
//
//	hip, err := amdhip.Open(amdhip.Options{})
//	err = hip.SetDevice(0)
//	p, err := hip.Malloc(1 << 20)
//
// The library is opened at run time, without cgo (internal/dl says where it is
// looked for), and stays loaded: one binary runs with and without a GPU.
//
// HIP's current device and its last error belong to an OS thread, and
// goroutines change threads. Who uses more than device 0 calls
// runtime.LockOSThread, SetDevice, and then everything else on that thread.
// Otherwise methods may be called from many goroutines, as HIP allows it.
//
// Addresses are numbers (Ptr): Go's garbage collector does not know the memory
// behind them, and HIP must not be given Go's own memory for anything that
// goes on after a call has returned. Calls that happen for every token
// (launches, asynchronous copies and fills, graph launches, events) allocate
// nothing, unless they fail.
package amdhip

import (
	"errors"
	"runtime"
	"sync"

	"github.com/rocmforge/rocmforge/internal/dl"
)

// Options say where libamdhip64 is. The zero value looks in the usual places.
type Options struct {
	Path string // the file, or the folder it is in: looks nowhere else
}

// A Library is libamdhip64 in this process.
type Library struct {
	lib       *dl.Library
	fn        functions
	launchers sync.Pool // of *Launcher

	mu     sync.Mutex
	images map[Module][]byte // code objects of loaded modules
}

// functions are addresses, named as in C without "hip".
type functions struct {
	Init, RuntimeGetVersion, DriverGetVersion, GetLastError, PeekAtLastError, GetErrorName, GetErrorString,
	GetDeviceCount, SetDevice, GetDevice, DeviceGetName, DeviceGetAttribute, DeviceGetPCIBusId, DeviceSynchronize,
	DeviceReset, MemGetInfo, Malloc, Free, HostMalloc, HostFree, Memcpy, MemcpyHtoD, MemcpyDtoH, MemcpyAsync,
	MemcpyDtoDAsync, Memset, MemsetAsync, StreamCreateWithFlags, StreamDestroy, StreamSynchronize, StreamQuery,
	StreamWaitEvent, EventCreateWithFlags, EventDestroy, EventRecord, EventQuery, EventSynchronize, EventElapsedTime,
	ModuleLoadData, ModuleUnload, ModuleGetFunction, ModuleLaunchKernel, FuncGetAttribute, FuncSetAttribute,
	StreamBeginCapture, StreamEndCapture, GraphInstantiate, GraphLaunch, GraphDestroy, GraphExecDestroy uintptr

	// What versions or systems may lack is missed only by those who call it.
	GetDevicePropertiesR0600 uintptr `dl:"optional"`
	GetDeviceProperties      uintptr `dl:"optional"` // the layout before R0600
	StreamIsCapturing        uintptr `dl:"optional"`
	DeviceCanAccessPeer      uintptr `dl:"optional"`
	DeviceEnablePeerAccess   uintptr `dl:"optional"`
	MemcpyPeerAsync          uintptr `dl:"optional"`
}

// Open loads libamdhip64. If it is not there, or is something else, the error
// lists what was tried. That the library is there does not mean that there is
// a GPU: GetDeviceCount tells.
func Open(o Options) (*Library, error) {
	lib, err := dl.Open(dl.Search{Name: "libamdhip64", Path: o.Path, Files: names(runtime.GOOS)})
	if err != nil {
		return nil, err
	}
	l := &Library{lib: lib, images: map[Module][]byte{}}
	if err := lib.Bind("hip", &l.fn); err != nil {
		return nil, err
	}
	l.launchers.New = func() any { return l.NewLauncher() }
	return l, nil
}

// names lists the library's file names, newest first.
func names(goos string) []string {
	if goos == "windows" {
		return []string{"amdhip64_7.dll", "amdhip64_6.dll", "amdhip64.dll"}
	}
	return []string{"libamdhip64.so.8", "libamdhip64.so.7", "libamdhip64.so.6", "libamdhip64.so.5", "libamdhip64.so"}
}

// Path is the file that was loaded. libhiprtc of the same version lies beside
// it.
func (l *Library) Path() string { return l.lib.Path() }

// An Attempt is a file or a folder that was tried. Err is nil for the one that
// was loaded.
type Attempt = dl.Attempt

// Info is what Find found.
type Info struct {
	Path            string // the file that was loaded, or ""
	Tried           []Attempt
	Runtime, Driver Version
	Err             error // why the library cannot be used
}

// Find opens the library for those who report about it.
func Find(o Options) Info {
	l, err := Open(o)
	if err != nil {
		info := Info{Err: err}
		if e, ok := errors.AsType[*dl.NotFoundError](err); ok {
			info.Tried = e.Tried
		}
		if e, ok := errors.AsType[*dl.SymbolError](err); ok {
			info.Path = e.Library
		}
		return info
	}
	info := Info{Path: l.Path(), Tried: l.lib.Tried()}
	var failed [2]error
	info.Runtime, failed[0] = l.RuntimeGetVersion()
	info.Driver, failed[1] = l.DriverGetVersion()
	info.Err = errors.Join(failed[:]...)
	return info
}
