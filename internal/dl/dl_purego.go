//go:build !nohip && ((linux && !android && (amd64 || arm64)) || (darwin && !ios))

package dl

import (
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"
)

const unsupported = ""

// load keeps the library's symbols to itself: ROCm brings an LLVM along, and
// so may others. The reason of a failure is the thread's: dlerror has to be
// asked on the thread of dlopen.
func load(path string) (uintptr, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
}

func symbol(handle uintptr, name string) (uintptr, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return purego.Dlsym(handle, name)
}

func call(fn uintptr, args []uintptr) uintptr {
	r, _, _ := purego.SyscallN(fn, args...)
	return r
}

// linkMap is the beginning of the loader's struct link_map.
type linkMap struct {
	addr uintptr
	name uintptr // char *
}

// loadedFrom asks the loader which file it loaded (RTLD_DI_LINKMAP of dlinfo,
// which glibc and musl have and macOS has not).
func loadedFrom(handle uintptr, path string) string {
	dlinfo, err := purego.Dlsym(purego.RTLD_DEFAULT, "dlinfo")
	if err != nil {
		return path
	}
	const linkMapRequest = 2
	var address uintptr
	if Call(dlinfo, handle, linkMapRequest, uintptr(unsafe.Pointer(&address))) != 0 || address == 0 {
		return path
	}
	if name := GoString((*linkMap)(Pointer(address)).name); name != "" {
		return name
	}
	return path
}
