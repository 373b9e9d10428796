package hiprtc

import (
	"bytes"
	"errors"
	"unsafe"

	"github.com/rocmforge/rocmforge/internal/dl"
)

// A Program is a hiprtcProgram: source text, and what was compiled from it.
type Program uintptr

// A Header is a file that the source can include by its name, without there
// being any file.
type Header struct {
	Name string // as in #include "Name"
	Text string
}

// CreateProgram is hiprtcCreateProgram. The name appears in messages. The
// library copies all texts. DestroyProgram frees the program.
func (l *Library) CreateProgram(src, name string, headers []Header) (Program, error) {
	texts := make([]*byte, len(headers))
	names := make([]*byte, len(headers))
	for i, h := range headers {
		texts[i], names[i] = dl.CString(h.Text), dl.CString(h.Name)
	}
	var p Program
	r := dl.Call(l.fn.CreateProgram, uintptr(unsafe.Pointer(&p)),
		uintptr(unsafe.Pointer(dl.CString(src))), uintptr(unsafe.Pointer(dl.CString(name))), uintptr(len(headers)),
		uintptr(unsafe.Pointer(unsafe.SliceData(texts))), uintptr(unsafe.Pointer(unsafe.SliceData(names))))
	return p, l.err("hiprtcCreateProgram", r)
}

// CompileProgram is hiprtcCompileProgram. If it fails, its *Error has the log.
// An option of two words is two options.
func (l *Library) CompileProgram(p Program, options []string) error {
	list := make([]*byte, len(options))
	for i, o := range options {
		list[i] = dl.CString(o)
	}
	r := dl.Call(l.fn.CompileProgram, uintptr(p), uintptr(len(list)), uintptr(unsafe.Pointer(unsafe.SliceData(list))))
	err := l.err("hiprtcCompileProgram", r)
	if e, ok := errors.AsType[*Error](err); ok {
		e.Log, _ = l.GetProgramLog(p) // no log is better than another error
	}
	return err
}

// GetProgramLog is hiprtcGetProgramLogSize and hiprtcGetProgramLog: the
// compiler's messages, which may be warnings after a success.
func (l *Library) GetProgramLog(p Program) (string, error) {
	log, err := l.bytes(p, l.fn.GetProgramLogSize, l.fn.GetProgramLog, "hiprtcGetProgramLog")
	return string(bytes.TrimRight(log, "\x00")), err
}

// GetCode is hiprtcGetCodeSize and hiprtcGetCode: the code object (an ELF file)
// of a program that was compiled.
func (l *Library) GetCode(p Program) ([]byte, error) {
	return l.bytes(p, l.fn.GetCodeSize, l.fn.GetCode, "hiprtcGetCode")
}

// bytes asks for a size and then for as many bytes. Whether the size counts a
// zero byte at a text's end depends on the version, so there is room for one.
func (l *Library) bytes(p Program, size, get uintptr, call string) ([]byte, error) {
	var n uintptr
	if err := l.err(call+"Size", dl.Call(size, uintptr(p), uintptr(unsafe.Pointer(&n)))); err != nil || n == 0 {
		return nil, err
	}
	b := make([]byte, n+1)
	if err := l.err(call, dl.Call(get, uintptr(p), uintptr(unsafe.Pointer(&b[0])))); err != nil {
		return nil, err
	}
	return b[:n:n], nil
}

// DestroyProgram is hiprtcDestroyProgram.
func (l *Library) DestroyProgram(p Program) error {
	return l.err("hiprtcDestroyProgram", dl.Call(l.fn.DestroyProgram, uintptr(unsafe.Pointer(&p))))
}

// AddNameExpression is hiprtcAddNameExpression: before the compilation, it asks
// for the symbol of a template's instance such as "gemv<4>".
func (l *Library) AddNameExpression(p Program, name string) error {
	r := dl.Call(l.fn.AddNameExpression, uintptr(p), uintptr(unsafe.Pointer(dl.CString(name))))
	return l.err("hiprtcAddNameExpression", r)
}

// GetLoweredName is hiprtcGetLoweredName: the symbol of a name that was asked
// for.
func (l *Library) GetLoweredName(p Program, name string) (string, error) {
	var lowered uintptr // the program's own text
	r := dl.Call(l.fn.GetLoweredName, uintptr(p), uintptr(unsafe.Pointer(dl.CString(name))), uintptr(unsafe.Pointer(&lowered)))
	return dl.GoString(lowered), l.err("hiprtcGetLoweredName", r)
}

// Compile makes a program of a source and gives its code object, and the
// compiler's messages also if there is no error.
func (l *Library) Compile(name, src string, headers []Header, options []string) (code []byte, log string, err error) {
	p, err := l.CreateProgram(src, name, headers)
	if err != nil {
		return nil, "", err
	}
	defer func() {
		if failed := l.DestroyProgram(p); err == nil {
			err = failed
		}
	}()
	if err := l.CompileProgram(p, options); err != nil {
		if e, ok := errors.AsType[*Error](err); ok {
			log = e.Log
		}
		return nil, log, err
	}
	if log, err = l.GetProgramLog(p); err != nil {
		return nil, "", err
	}
	code, err = l.GetCode(p)
	return code, log, err
}
