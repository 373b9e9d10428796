// Package hiprtc binds libhiprtc, HIP's run-time compiler: one method for each
// C function, and Compile, which calls them all. It has no opinion about
// kernels, options or GPUs.
//
//	rtc, err := hiprtc.Open(hiprtc.Options{})
//	code, log, err := rtc.Compile("add.hip", source, nil, []string{"--offload-arch=gfx1100"})
//
// The library is opened at run time, without cgo (internal/dl says where it is
// looked for), and stays loaded.
//
// The compiler runs in the calling process. Some mistakes make it abort that
// process instead of returning an error: architectures and -mllvm options that
// it doesn't know, and built-in functions that the architecture lacks. Who
// compiles what strangers wrote does so in a child process. Methods may be
// called from many goroutines, but the library compiles one program at a time.
// A Program belongs to one goroutine at a time.
package hiprtc

import (
	"runtime"
	"slices"
	"unsafe"

	"github.com/rocmforge/rocmforge/internal/dl"
)

// Options say where libhiprtc is. The zero value looks in the usual places.
type Options struct {
	Path string // the file, or the folder it is in: looks nowhere else
	Dir  string // a folder to look in first: that of libamdhip64 (amdhip.Library.Path)
}

// A Library is libhiprtc in this process.
type Library struct {
	lib *dl.Library
	fn  functions
}

// functions are addresses, named as in C without "hiprtc".
type functions struct {
	Version, GetErrorString, CreateProgram, CompileProgram, DestroyProgram,
	GetProgramLogSize, GetProgramLog, GetCodeSize, GetCode, AddNameExpression, GetLoweredName uintptr
}

// Open loads libhiprtc. If it is not there, or is something else, the error
// lists what was tried.
func Open(o Options) (*Library, error) {
	s := dl.Search{Name: "libhiprtc", Path: o.Path, Files: names(runtime.GOOS)}
	if o.Dir != "" {
		s.Dirs = []string{o.Dir}
	}
	lib, err := dl.Open(s)
	if err != nil {
		return nil, err
	}
	l := &Library{lib: lib}
	if err := lib.Bind("hiprtc", &l.fn); err != nil {
		return nil, err
	}
	return l, nil
}

// names lists the library's file names, newest first. Windows has the version
// in the name: hiprtc0604.dll is that of 6.4, and the plain name that of older
// ones.
func names(goos string) []string {
	if goos == "windows" {
		return []string{"hiprtc[0-9][0-9][0-9][0-9].dll",
			"hiprtc0702.dll", "hiprtc0701.dll", "hiprtc0700.dll", "hiprtc0604.dll", "hiprtc0603.dll", "hiprtc0602.dll",
			"hiprtc.dll"}
	}
	return []string{"libhiprtc.so.8", "libhiprtc.so.7", "libhiprtc.so.6", "libhiprtc.so.5", "libhiprtc.so"}
}

// Path is the file that was loaded.
func (l *Library) Path() string { return l.lib.Path() }

// Tried lists what Open tried, a line each.
func (l *Library) Tried() []string {
	var out []string
	for _, a := range l.lib.Tried() {
		out = append(out, a.String())
	}
	return slices.Clip(out)
}

// Version is hiprtcVersion: 9.0 with ROCm 6.
func (l *Library) Version() (major, minor int, err error) {
	var v [2]int32
	r := dl.Call(l.fn.Version, uintptr(unsafe.Pointer(&v[0])), uintptr(unsafe.Pointer(&v[1])))
	return int(v[0]), int(v[1]), l.err("hiprtcVersion", r)
}

// GetErrorString is hiprtcGetErrorString: the library's name for a code.
func (l *Library) GetErrorString(c Code) string {
	return dl.GoString(dl.CallValues(l.fn.GetErrorString, uintptr(uint32(c))))
}
