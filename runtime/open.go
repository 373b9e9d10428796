package runtime

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/models/kvcache"
	"github.com/rocmforge/rocmforge/models/weights"
	"github.com/rocmforge/rocmforge/ops"
)

// Open opens a GGUF file or a Hugging Face folder on a device. Errors are a
// *ModelError where the file is at fault, a *FitError where memory is, and a
// *DeviceError where the device is.
func Open(path string, o Options) (*Model, error) {
	return OpenContext(context.Background(), path, o)
}

// OpenContext is Open with a context that can end the loading.
func OpenContext(ctx context.Context, path string, o Options) (*Model, error) {
	ctx = background(ctx)
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	return start(ctx, f, o)
}

// OpenReader opens a GGUF file of the given size through a reader, which has to
// work until the model is closed.
func OpenReader(r io.ReaderAt, size int64, o Options) (*Model, error) {
	f, err := readFile(r, size)
	if err != nil {
		return nil, err
	}
	return start(context.Background(), f, o)
}

func start(ctx context.Context, f *file, o Options) (m *Model, err error) {
	m, err = prepare(f, o)
	if err == nil {
		err = m.load(ctx, f, o)
	}
	if err != nil {
		return nil, errors.Join(chosen(faultError(m.dev, err), o), m.Close(), f.source.Close())
	}
	return m, nil
}

// prepare does all that can fail before weights are touched. The model is
// there to be closed even when it fails.
func prepare(f *file, o Options) (m *Model, err error) {
	defer contain(&err)
	f.warn(o.Warn)
	m = &Model{passes: newTurn(), tok: f.tok, eos: f.eos, warn: o.Warn, sampling: f.sampling(o)}
	if err := m.configure(f, &o); err != nil {
		return m, err
	}
	if m.dev, err = openDevice(&o); err != nil {
		return m, err
	}
	return m, m.fit(f, o)
}

// configure settles the context and the cache, for which the model's files may
// ask for a type.
func (m *Model) configure(f *file, o *Options) (err error) {
	c := f.config
	m.config = *c
	if m.context, err = o.context(c); err != nil {
		return err
	}
	m.longest = max(m.context, c.Served())
	kvType, err := o.kvType(weights.CacheType(f.source))
	if err != nil {
		return err
	}
	m.kv = kvcache.Spec{
		Type: kvType, Layers: c.Layers, Heads: c.KVHeads, PerLayer: c.LayerKVHeads(), HeadDim: c.HeadDim,
		Sequences: 1, Tokens: m.context,
	}
	return ops.KVTypeError(kvType, c.HeadDim)
}

// fit matches the weights and plans the memory.
func (m *Model) fit(f *file, o Options) (err error) {
	w := weights.Options{Exact: o.Exact, Caps: m.dev.Caps()}
	if w.Simulate, err = o.simulate(); err != nil {
		return err
	}
	if m.net, m.loading, err = models.Match(f.source, f.config, w); err != nil {
		return &ModelError{f.path, err}
	}
	m.plan = makePlan(m.dev, m.net, m.loading, m.kv)
	if w.Simulate && m.plan.Activations != Simulate {
		return fmt.Errorf("activations are to be simulated, and the model's files do not say how; quantize it by a scheme that names activations (w_mxfp4_a_mxfp4), or leave --activations out")
	}
	return m.plan.check()
}

// load brings the weights to the device. From here on Close cleans up.
func (m *Model) load(ctx context.Context, f *file, o Options) (err error) {
	defer contain(&err)
	before := m.dev.InUse()
	if m.weights, err = m.loading.Allocate(m.dev); err != nil {
		return err
	}
	m.loading, m.weightBytes = nil, m.dev.InUse()-before
	if err := m.bind(); err != nil {
		return err
	}
	// Kernels are compiled while the weights come in.
	built := make(chan error, 1)
	buildCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { built <- m.dev.Build(buildCtx, o.Compiling) }()
	err = m.weights.Fill(ctx, o.Progress)
	if err != nil {
		cancel()
	}
	e := <-built
	switch {
	case ctx.Err() != nil && (e != nil || err != nil):
		return context.Cause(ctx)
	case e != nil && !errors.Is(e, context.Canceled):
		return deviceError(m.dev, e) // weights, too, wait for kernels that lay them out
	}
	return loadError(ctx, f, faultError(m.dev, err))
}

// loadError says whose fault it is that weights did not load.
func loadError(ctx context.Context, f *file, err error) error {
	var memory *device.MemoryError
	var fault *DeviceError
	if err == nil || ctx.Err() != nil || errors.As(err, &memory) || errors.As(err, &fault) {
		return err
	}
	return &ModelError{f.path, err}
}
