package amdhip

import (
	"runtime"
	"slices"
	"unsafe"

	"github.com/rocmforge/rocmforge/internal/dl"
)

// A Module is a hipModule_t: a code object on a device.
type Module uintptr

// A Function is a hipFunction_t: a kernel of a module.
type Function uintptr

// ModuleLoadData is hipModuleLoadData: it loads a code object on the thread's
// device.
//
// HIP may look at the code object as long as the module is loaded, so a copy of
// it is kept.
func (l *Library) ModuleLoadData(image []byte) (Module, error) {
	if len(image) == 0 {
		return 0, &Error{"hipModuleLoadData", InvalidImage, InvalidImage.Error(), "the code object is empty"}
	}
	image = slices.Clone(image)
	var m Module
	r := dl.Call(l.fn.ModuleLoadData, uintptr(unsafe.Pointer(&m)), uintptr(unsafe.Pointer(&image[0])))
	if err := l.err("hipModuleLoadData", r); err != nil {
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.images[m] = image
	return m, nil
}

// ModuleUnload is hipModuleUnload.
func (l *Library) ModuleUnload(m Module) error {
	l.mu.Lock()
	image := l.images[m]
	delete(l.images, m) // before HIP may give the handle to the next module
	l.mu.Unlock()
	r := dl.CallValues(l.fn.ModuleUnload, uintptr(m))
	runtime.KeepAlive(image)
	return l.err("hipModuleUnload", r)
}

// ModuleGetFunction is hipModuleGetFunction. The function lives as long as its
// module.
func (l *Library) ModuleGetFunction(m Module, name string) (Function, error) {
	var f Function
	r := dl.Call(l.fn.ModuleGetFunction, uintptr(unsafe.Pointer(&f)), uintptr(m), uintptr(unsafe.Pointer(dl.CString(name))))
	return f, l.err("hipModuleGetFunction", r)
}
