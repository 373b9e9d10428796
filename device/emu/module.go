package emu

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/rocmforge/rocmforge/device/emu/object"
	"github.com/rocmforge/rocmforge/device/emu/sim"
	"github.com/rocmforge/rocmforge/kernels/jit"
)

// A module is a code object in a device's memory.
type module struct {
	name   string
	code   []byte
	object *object.Object
	image  *sim.Buffer

	decoding func(parse func([]byte) error) error // has what Decode gives parsed
	once     sync.Once
	text     map[string][]sim.Line
	err      error
}

func newModule(m *sim.Memory, name string, code []byte, decoding func(parse func([]byte) error) error) (*module, error) {
	o, err := object.Load(code)
	if err != nil {
		return nil, err
	}
	image := m.Add("the code object "+name, make([]byte, len(o.Image)))
	copy(image.Data, o.Relocate(image.Base))
	image.Const = true
	return &module{name: name, code: code, object: o, image: image, decoding: decoding}, nil
}

// module puts a compiled code object into the device's memory. Its decoding is
// in the cache, or will be.
func (d *Device) module(name string, code []byte) (*module, error) {
	arch, compiler := d.arch.Name, d.compiled.compiler
	return newModule(&d.memory.Memory, name, code, func(parse func([]byte) error) error {
		return compiler.Derived(decodingKind(arch), code, func() ([]byte, error) { return Decode(arch, code) }, parse)
	})
}

// Load makes the kernels of a code object that was compiled before, by their
// symbols; ops that have theirs among them need no compiler. decoding is what
// Decode gave for it; nil: it is decoded when it is needed.
func (d *Device) Load(name string, code, decoding []byte) (map[string]*Kernel, error) {
	meta, err := jit.ReadMetadata(code)
	if err != nil {
		return nil, err
	}
	if arch := jit.ArchOf(meta.Target); arch != d.arch.Name {
		return nil, fmt.Errorf("%s: the code object %s is for %q", d.Name(), name, arch)
	}
	m, err := newModule(&d.memory.Memory, name, code, func(parse func([]byte) error) (err error) {
		b := decoding
		if b == nil {
			b, err = Decode(d.arch.Name, code)
		}
		if err != nil {
			return err
		}
		return parse(b)
	})
	if err != nil {
		return nil, err
	}
	d.compiled.mu.Lock()
	defer d.compiled.mu.Unlock()
	all := map[string]*Kernel{}
	for _, k := range meta.Kernels {
		all[k.Symbol] = &Kernel{Meta: k, d: d, module: m}
		d.compiled.loaded[k.Symbol] = all[k.Symbol]
	}
	return all, nil
}

// decode makes a kernel ready to run.
func (m *module) decode(arch sim.Arch, symbol string) (p *sim.Program, err error) {
	m.once.Do(func() {
		m.err = m.decoding(func(b []byte) (err error) {
			m.text, err = parseDecoding(b, m.code)
			return err
		})
	})
	k := m.object.Kernels[symbol]
	switch {
	case m.err != nil:
		return nil, m.err
	case k == nil:
		return nil, fmt.Errorf("the code object %s has no kernel %s", m.name, symbol)
	}
	text := slices.Clone(m.text[symbol])
	for _, name := range slices.Sorted(maps.Keys(m.text)) {
		if m.object.Kernels[name] == nil {
			text = append(text, m.text[name]...)
		}
	}
	defer func() { // text that no disassembler writes
		if r := recover(); r != nil {
			p, err = nil, fmt.Errorf("kernel %s: %w: %v", symbol, errDecoding, r)
		}
	}()
	return sim.Decode(arch, k, text, &m.object.Lines)
}
