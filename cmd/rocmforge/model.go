package main

import (
	"context"
	"fmt"
	"time"

	"github.com/rocmforge/rocmforge"
	"github.com/rocmforge/rocmforge/gopher"
	"github.com/rocmforge/rocmforge/runtime"
)

// open opens the model that -m names, or the built-in one.
func (a *app) open(ctx context.Context) (*rocmforge.Model, error) {
	return a.openWith(ctx, a.options())
}

func (a *app) openWith(ctx context.Context, o rocmforge.Options) (*rocmforge.Model, error) {
	return openModel(ctx, a.model, o)
}

// openModel opens a file or folder, or the built-in model where path is empty.
func openModel(ctx context.Context, path string, o rocmforge.Options) (*rocmforge.Model, error) {
	return interruptible(ctx, func() (*rocmforge.Model, error) {
		if path != "" {
			return rocmforge.Open(path, o)
		}
		r := gopher.Model()
		return rocmforge.OpenReader(r, r.Size(), o)
	})
}

// inspectModel is openModel as far as headers go.
func inspectModel(path string, o rocmforge.Options) (runtime.Inspection, error) {
	if path != "" {
		return runtime.Inspect(path, o)
	}
	r := gopher.Model()
	return runtime.InspectReader(r, r.Size(), o)
}

// session opens the model with one session. close ends both.
func (a *app) session(ctx context.Context) (m *rocmforge.Model, s *rocmforge.Session, close func(), err error) {
	start := time.Now()
	if m, err = a.open(ctx); err != nil {
		return nil, nil, nil, err
	}
	a.loaded = time.Since(start)
	if info := m.DeviceInfo(); a.device == "auto" && !a.json && (info.Kind != "cpu" || isTerminal(a.stderr)) {
		fmt.Fprintf(a.stderr, "rocmforge: on %s\n", oneLine(info.String()))
	}
	if s, err = m.NewSession(); err != nil {
		m.Close()
		return nil, nil, nil, err
	}
	return m, s, func() { s.Close(); m.Close() }, nil
}
