package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/rocmforge/rocmforge/convert"
	"github.com/rocmforge/rocmforge/gopher"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/quantize"
	"github.com/rocmforge/rocmforge/quark"
)

// subject is the model that gonogo looks at, with what is made of it in a
// temporary folder where a check needs that.
type subject struct {
	*app
	flags  *gonogoFlags
	dir    string
	plain  bool   // the model is not quantized, no part of it
	device string // that models were opened on
	made   map[string]error
}

// floatTypes are the types of a model that is not quantized.
var floatTypes = []string{"F64", "F32", "F16", "BF16"}

// describe looks at the headers. Most bytes of a small model are its embedding's,
// whose type says nothing.
func (s *subject) describe() error {
	c, err := openContainer(s.model)
	if err != nil {
		return modelError(s.model, err)
	}
	defer c.close()
	s.plain = !slices.ContainsFunc(c.tensors, func(t tensor) bool { return !slices.Contains(floatTypes, t.typ) })
	if isFolder(s.model) {
		config, err := quark.ReadConfig(s.model)
		s.plain = s.plain && config == nil && err == nil
	}
	s.device, s.made = s.app.device, map[string]error{}
	return nil
}

// original is the model as it was before it was quantized.
func (s *subject) original() (path string, err error) {
	switch {
	case s.flags.reference != "":
		return s.flags.reference, nil
	case s.plain:
		return s.model, nil
	}
	return "", unmeasuredf("the model is already quantized, and there is no unquantized one to compare it with")
}

// quantized is the model in MX formats, or whatever else it has; "" is the
// built-in one.
func (s *subject) quantized(ctx context.Context) (string, error) {
	if !s.plain {
		return s.model, nil
	}
	return s.once("mxfp4", func(out string) error {
		in, err := s.plainFolder(ctx)
		if err != nil {
			return err
		}
		scheme, err := quantize.ParseScheme("w_mxfp4")
		if err != nil {
			return err
		}
		_, err = quantize.Run(ctx, in, out, quantize.Options{
			Scheme: scheme, Exclude: []string{"lm_head"}, Progress: s.progressCount("quantizing"), Warn: s.printWarning,
		})
		return err
	})
}

// plainFolder is the unquantized model as a Hugging Face folder.
func (s *subject) plainFolder(ctx context.Context) (string, error) {
	if isFolder(s.model) {
		return s.model, nil
	}
	return s.once("plain", func(out string) error { return s.toFolder(ctx, s.model, out) })
}

// quarkFolder is the quantized model as Quark writes it.
func (s *subject) quarkFolder(ctx context.Context) (string, error) {
	path, err := s.quantized(ctx)
	if err != nil {
		return "", err
	}
	if path != "" && isFolder(path) {
		c, err := quark.ReadConfig(path)
		if err == nil && c == nil {
			err = unmeasuredf("%s is not a folder in AMD Quark's format", path)
		}
		return path, err
	}
	return s.once("quark", func(out string) error {
		if path, err = s.onDisk(path); err != nil {
			return err
		}
		if err := s.toFolder(ctx, path, out); err != nil {
			return unmeasured{error: err}
		}
		c, err := quark.ReadConfig(out)
		if err == nil && c == nil {
			err = unmeasuredf("the model has no weights in MX formats or FP8")
		}
		return err
	})
}

// half is the model with weights in F16.
func (s *subject) half(ctx context.Context) (string, error) {
	return s.once("f16.gguf", func(out string) error {
		in, err := s.onDisk(s.model)
		if err != nil {
			return err
		}
		recipe, err := convert.ParseRecipe(quant.F16.String())
		if err != nil {
			return err
		}
		_, err = convert.Convert(ctx, in, out, convert.Options{Recipe: recipe, Progress: s.progress("converting to F16")})
		return err
	})
}

func (s *subject) toFolder(ctx context.Context, in, out string) error {
	keep, err := convert.ParseRecipe(convert.Keep)
	if err != nil {
		return err
	}
	_, err = convert.ToFolder(ctx, in, out, convert.Options{Recipe: keep, Progress: s.progress("converting")})
	return err
}

// onDisk is a model's path; the built-in one is written first.
func (s *subject) onDisk(path string) (string, error) {
	if path != "" {
		return path, nil
	}
	return s.once("built-in.gguf", func(out string) error {
		r := gopher.Model()
		b, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
		if err != nil {
			return err
		}
		return os.WriteFile(out, b, 0o600)
	})
}

// once makes what is called name, unless that was tried before. A disk that is
// full says nothing of the model.
func (s *subject) once(name string, make func(out string) error) (path string, err error) {
	path = filepath.Join(s.dir, name)
	err, tried := s.made[name]
	if !tried {
		if err = make(path); errors.Is(err, syscall.ENOSPC) {
			err = unmeasured{err, "set TMPDIR to a folder with more room"}
		}
		s.made[name] = err
	}
	return path, err
}
