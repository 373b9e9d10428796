// Package comgr disassembles GPU code with libamd_comgr, which comes with
// ROCm. The emulator decodes kernels with it, and tests look at what the compiler
// made; nothing that runs models on a real device needs it.
package comgr

import (
	"fmt"
	"runtime"
	"unsafe"

	"github.com/rocmforge/rocmforge/internal/dl"
)

// A Library is libamd_comgr in this process. It may be used from many
// goroutines; the library works for one at a time.
type Library struct{ fn functions }

// functions are addresses, named as in amd_comgr.h after "amd_comgr_".
// Handles are structs of one uint64, which C passes as such.
type functions struct {
	create_data, set_data, set_data_name, get_data, release_data,
	create_data_set, data_set_add, destroy_data_set,
	create_action_info, action_info_set_isa_name, destroy_action_info,
	do_action, action_data_get_data uintptr
}

// Constants of amd_comgr.h.
const (
	kindSource            = 1
	kindExecutable        = 8
	disassembleExecutable = 10
)

// Open loads the library.
func Open() (*Library, error) {
	lib, err := dl.Open(dl.Search{Name: "libamd_comgr", Files: names(runtime.GOOS)})
	if err != nil {
		return nil, err
	}
	l := &Library{}
	for name, to := range l.fn.named() {
		if *to, err = lib.Lookup("amd_comgr_" + name); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (f *functions) named() map[string]*uintptr {
	return map[string]*uintptr{
		"create_data": &f.create_data, "set_data": &f.set_data, "set_data_name": &f.set_data_name,
		"get_data": &f.get_data, "release_data": &f.release_data,
		"create_data_set": &f.create_data_set, "data_set_add": &f.data_set_add, "destroy_data_set": &f.destroy_data_set,
		"create_action_info": &f.create_action_info, "action_info_set_isa_name": &f.action_info_set_isa_name,
		"destroy_action_info": &f.destroy_action_info,
		"do_action":           &f.do_action, "action_data_get_data": &f.action_data_get_data,
	}
}

func names(goos string) []string {
	if goos == "windows" {
		return []string{"amd_comgr_3.dll", "amd_comgr_2.dll", "amd_comgr.dll", "amd_comgr[0-9]*.dll"}
	}
	return []string{"libamd_comgr.so.4", "libamd_comgr.so.3", "libamd_comgr.so.2", "libamd_comgr.so"}
}

// text disassembles a whole code object.
func (l *Library) text(code []byte, arch string) (text []byte, err error) {
	c := calls{l: l}
	in, out := c.create("create_data_set", l.fn.create_data_set), c.create("create_data_set", l.fn.create_data_set)
	defer dl.CallValues(l.fn.destroy_data_set, uintptr(in))
	defer dl.CallValues(l.fn.destroy_data_set, uintptr(out))
	action := c.create("create_action_info", l.fn.create_action_info)
	defer dl.CallValues(l.fn.destroy_action_info, uintptr(action))
	data := c.object(code)
	defer dl.CallValues(l.fn.release_data, uintptr(data))
	c.check("data_set_add", dl.CallValues(l.fn.data_set_add, uintptr(in), uintptr(data)))
	isa := dl.CString("amdgcn-amd-amdhsa--" + arch)
	c.check("action_info_set_isa_name "+arch, dl.Call(l.fn.action_info_set_isa_name, uintptr(action), uintptr(unsafe.Pointer(isa))))
	if c.err == nil {
		c.check("do_action", dl.CallValues(l.fn.do_action, disassembleExecutable, uintptr(action), uintptr(in), uintptr(out)))
	}
	return c.first(out), c.err
}

// calls keeps the first error of several.
type calls struct {
	l   *Library
	err error
}

func (c *calls) check(call string, status uintptr) {
	if int32(status) != 0 && c.err == nil {
		c.err = fmt.Errorf("amd_comgr_%s: status %d", call, int32(status))
	}
}

func (c *calls) create(call string, fn uintptr) (handle uint64) {
	c.check(call, dl.Call(fn, uintptr(unsafe.Pointer(&handle))))
	return handle
}

// object makes a data object of a code object; the library copies the bytes.
func (c *calls) object(code []byte) (handle uint64) {
	c.check("create_data", dl.Call(c.l.fn.create_data, kindExecutable, uintptr(unsafe.Pointer(&handle))))
	c.check("set_data", dl.Call(c.l.fn.set_data, uintptr(handle), uintptr(len(code)), uintptr(unsafe.Pointer(unsafe.SliceData(code)))))
	c.check("set_data_name", dl.Call(c.l.fn.set_data_name, uintptr(handle), uintptr(unsafe.Pointer(dl.CString("code")))))
	return handle
}

// first is the first text of a set.
func (c *calls) first(set uint64) []byte {
	if c.err != nil {
		return nil
	}
	var handle, size uint64
	c.check("action_data_get_data", dl.Call(c.l.fn.action_data_get_data, uintptr(set), kindSource, 0, uintptr(unsafe.Pointer(&handle))))
	if c.err != nil {
		return nil
	}
	defer dl.CallValues(c.l.fn.release_data, uintptr(handle))
	c.check("get_data", dl.Call(c.l.fn.get_data, uintptr(handle), uintptr(unsafe.Pointer(&size)), 0))
	text := make([]byte, size+1)
	c.check("get_data", dl.Call(c.l.fn.get_data, uintptr(handle), uintptr(unsafe.Pointer(&size)), uintptr(unsafe.Pointer(&text[0]))))
	return text[:size]
}
