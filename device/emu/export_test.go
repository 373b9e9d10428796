package emu

import (
	"errors"

	"github.com/rocmforge/rocmforge/hiprtc"
	"github.com/rocmforge/rocmforge/internal/comgr"
	"github.com/rocmforge/rocmforge/kernels/jit"
)

// WithoutROCm takes ROCm's libraries away until restore is called.
func WithoutROCm() (restore func()) {
	oldCompiler, oldLibrary := newCompiler, library
	newCompiler = func(o jit.Options) (*jit.Compiler, error) {
		o.Library = hiprtc.Options{Path: "/nosuch/folder"}
		return jit.New(o)
	}
	library = func() (*comgr.Library, error) { return nil, errors.New("no libamd_comgr") }
	return func() { newCompiler, library = oldCompiler, oldLibrary }
}

// What the cache and the first line name a decoding by.
var (
	DecodingKind = decodingKind
	DecodingHead = decodingHead
)

// ParseDecoding gives the number of instructions.
func ParseDecoding(b, code []byte) (n int, err error) {
	all, err := parseDecoding(b, code)
	for _, list := range all {
		n += len(list)
	}
	return n, err
}

// Codes are the code objects that were compiled, by their names.
func (d *Device) Codes() map[string][]byte {
	codes := map[string][]byte{}
	for _, u := range d.compiled.units {
		codes[u.module.name] = u.module.code
	}
	return codes
}

// Decode is what the first launch does.
func (k *Kernel) Decode() error {
	_, err := k.module.decode(k.d.simArch(), k.Meta.Symbol)
	return err
}

// Code is the code object that a kernel is of.
func (k *Kernel) Code() []byte { return k.module.code }
