package emu

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/rocmforge/rocmforge/device/emu/object"
	"github.com/rocmforge/rocmforge/device/emu/sim"
	"github.com/rocmforge/rocmforge/internal/comgr"
)

// A module is a code object in a device's memory.
type module struct {
	name   string
	code   []byte
	object *object.Object
	image  *sim.Buffer

	once sync.Once // disassembles
	text map[string][]sim.Line
	err  error
}

func newModule(m *sim.Memory, name string, code []byte) (*module, error) {
	o, err := object.Load(code)
	if err != nil {
		return nil, err
	}
	image := m.Add("the code object "+name, make([]byte, len(o.Image)))
	copy(image.Data, o.Relocate(image.Base))
	image.Const = true
	return &module{name: name, code: code, object: o, image: image}, nil
}

// library is opened once.
var library = sync.OnceValues(comgr.Open)

// disassemble decodes all kernels of the object to text.
func (m *module) disassemble(arch string) {
	l, err := library()
	if err != nil {
		m.err = fmt.Errorf("kernels cannot be decoded: %w", err)
		return
	}
	all, err := l.Disassemble(m.code, arch)
	if err != nil {
		m.err = err
		return
	}
	m.text = map[string][]sim.Line{}
	for name, list := range all {
		for _, in := range list {
			m.text[name] = append(m.text[name], sim.Line(in))
		}
	}
}

// decode makes a kernel ready to run.
func (m *module) decode(arch sim.Arch, symbol string) (*sim.Program, error) {
	m.once.Do(func() { m.disassemble(arch.Name) })
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
	return sim.Decode(arch, k, text, &m.object.Lines)
}
