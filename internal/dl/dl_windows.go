//go:build windows && !nohip

package dl

import (
	"path/filepath"
	"syscall"

	"golang.org/x/sys/windows"
)

const unsupported = ""

// load looks for what the library needs in the library's own folder and the
// system's, never in the current folder or PATH.
func load(path string) (uintptr, error) {
	flags := uintptr(windows.LOAD_LIBRARY_SEARCH_DEFAULT_DIRS)
	if filepath.Base(path) != path {
		absolute, err := filepath.Abs(path)
		if err != nil {
			return 0, err
		}
		path = absolute
		flags |= windows.LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR
	}
	handle, err := windows.LoadLibraryEx(path, 0, flags)
	return uintptr(handle), err
}

func symbol(handle uintptr, name string) (uintptr, error) {
	return windows.GetProcAddress(windows.Handle(handle), name)
}

func call(fn uintptr, args []uintptr) uintptr {
	r, _, _ := syscall.SyscallN(fn, args...)
	return r
}

func loadedFrom(handle uintptr, path string) string {
	name := make([]uint16, windows.MAX_LONG_PATH)
	n, err := windows.GetModuleFileName(windows.Handle(handle), &name[0], uint32(len(name)))
	if err != nil {
		return path
	}
	return windows.UTF16ToString(name[:n])
}
