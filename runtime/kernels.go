package runtime

import (
	"io"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/null"
	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/models/weights"
)

// Kernels lists the ops that a model binds on a GPU, in order and as often as
// it does, each with its kernels: what Open would have compiled. It reads a
// file's headers only and needs no GPU. Of the options, those count that steer
// the arithmetic and the cache.
func Kernels(path string, a kernels.Arch, o Options) ([]null.Bound, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.source.Close()
	return kernelsOf(f, a, o)
}

// KernelsReader is Kernels for a GGUF file that a reader reads.
func KernelsReader(r io.ReaderAt, size int64, a kernels.Arch, o Options) ([]null.Bound, error) {
	f, err := readFile(r, size)
	if err != nil {
		return nil, err
	}
	defer f.source.Close()
	return kernelsOf(f, a, o)
}

// KernelsOf is Kernels for tensors of which nothing but names, types and shapes
// need be there.
func KernelsOf(src weights.Source, c *models.Config, a kernels.Arch, o Options) ([]null.Bound, error) {
	return kernelsOf(&file{source: src, config: c}, a, o)
}

// kernelsOf does what Open does up to the weights, on a device that takes
// notes.
func kernelsOf(f *file, a kernels.Arch, o Options) (bound []null.Bound, err error) {
	defer contain(&err)
	d := null.New(device.Caps{Kind: "hip", Arch: a.Name, Workers: 1, Wave: a.Wave, Matrix: a.Matrix, MX: a.MX})
	m := &Model{dev: d}
	err = m.bindEmpty(f, o)
	return d.Bound(), err
}

// bindEmpty does what Open does, but that nobody fills the weights.
func (m *Model) bindEmpty(f *file, o Options) (err error) {
	if err := m.configure(f, &o); err != nil {
		return err
	}
	if err := m.fit(f, o); err != nil {
		return err
	}
	if m.weights, err = m.loading.Allocate(m.dev); err != nil {
		return err
	}
	return m.bind()
}
