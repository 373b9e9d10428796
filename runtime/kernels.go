package runtime

import (
	"io"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/null"
	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/models/kvcache"
	"github.com/rocmforge/rocmforge/models/nn"
	"github.com/rocmforge/rocmforge/models/weights"
)

// Kernels lists the ops that a model binds on a GPU, in order and as often as
// it does, each with its kernels: what Open would have compiled. It reads a
// file's headers only and needs no GPU. Of the options, Exact and KVCacheDType
// count.
func Kernels(path string, a kernels.Arch, o Options) ([]null.Bound, error) {
	f, err := openFile(path)
	return kernelsOfFile(f, a, o, err)
}

// KernelsReader is Kernels for a GGUF file behind a reader.
func KernelsReader(r io.ReaderAt, size int64, a kernels.Arch, o Options) ([]null.Bound, error) {
	f, err := readFile(r, size)
	return kernelsOfFile(f, a, o, err)
}

func kernelsOfFile(f *file, a kernels.Arch, o Options, err error) ([]null.Bound, error) {
	if err != nil {
		return nil, err
	}
	defer f.source.Close()
	bound, err := KernelsOf(f.source, f.config, a, o)
	if err != nil {
		return nil, &ModelError{f.path, err}
	}
	return bound, nil
}

// KernelsOf is Kernels for tensors of which nothing but names, types and shapes
// need be there.
func KernelsOf(src weights.Source, c *models.Config, a kernels.Arch, o Options) (bound []null.Bound, err error) {
	defer contain(&err)
	d := null.New(device.Caps{Kind: "hip", Arch: a.Name, Workers: 1, Wave: a.Wave, Matrix: a.Matrix})
	kvType, err := o.kvType()
	if err != nil {
		return nil, err
	}
	net, plan, err := models.Match(src, c, weights.Options{Exact: o.Exact, Caps: d.Caps()})
	if err != nil {
		return nil, err
	}
	if _, err := plan.Allocate(d); err != nil {
		return nil, err
	}
	q, err := d.NewQueue()
	if err != nil {
		return nil, err
	}
	kv := kvcache.Spec{Type: kvType, Layers: c.Layers, Heads: c.KVHeads, HeadDim: c.HeadDim}
	err = net.Bind(d, q, nn.NewArena(d), kv.Ops())
	return d.Bound(), err
}
