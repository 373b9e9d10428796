package weights

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/quark"
)

// Keys and names of our own in GGUF files (docs/FORMATS.md).
const (
	// ActivationKey has the format that activations are rounded to before
	// they meet weights of the MX formats and FP8; with a dot and a tensor's
	// name behind it, before they meet that one. "" is none.
	ActivationKey = "rocmforge.activation"
	// CacheKey has the type of KV cache that the model's author asks for.
	CacheKey = "rocmforge.kv_cache"
	// ScaleSuffix is behind the name of an FP8_E4M3 tensor in the name of
	// its scale.
	ScaleSuffix = ".scale"
)

// ggufSource is a GGUF file, or all parts of a split one.
type ggufSource struct {
	file   *gguf.File
	mapped bool
	names  []string
	scales map[string]float32    // of FP8_E4M3 tensors
	inputs map[string]quant.Type // by tensor; "" for all
	cache  quant.Type            // 0 if nothing is asked for
}

// FromGGUF makes a source of a GGUF file and owns it, unless it fails. mapped
// says that the file was opened by path, so that its tensors' bytes stay where
// they are.
func FromGGUF(f *gguf.File, mapped bool) (Source, error) {
	s := &ggufSource{file: f, mapped: mapped, scales: map[string]float32{}, inputs: map[string]quant.Type{}}
	for _, t := range f.Tensors {
		name, isScale := strings.CutSuffix(t.Name, ScaleSuffix)
		of, ok := f.Tensor(name)
		if !isScale || !ok || of.Type != quant.FP8_E4M3 {
			s.names = append(s.names, t.Name)
			continue
		}
		scale := s.plain(t)
		value, err := scale.scalar()
		if err != nil {
			return nil, err
		}
		s.scales[name] = value
	}
	if err := s.readActivations(); err != nil {
		return nil, err
	}
	return s, nil
}

// readActivations reads what activations are rounded to, and the type of cache.
func (s *ggufSource) readActivations() error {
	cache, err := s.file.Metadata.StringOr(CacheKey, "")
	if err != nil {
		return err
	}
	if s.cache, err = parseActivation(cache); err != nil || s.cache == quant.MXFP4 || s.cache == quant.MXFP6_E3M2 {
		return fmt.Errorf("key %s is %.64q; FP8_E4M3, MXFP6_E2M3 or nothing is allowed", CacheKey, cache)
	}
	for key, value := range s.file.Metadata.All() {
		name, ok := strings.CutPrefix(key, ActivationKey)
		if !ok || name != "" && name[0] != '.' {
			continue
		}
		text, isText := value.(string)
		t, err := parseActivation(text)
		if !isText || err != nil {
			return fmt.Errorf("key %.128q is %.64q; MXFP4, MXFP6_E2M3, MXFP6_E3M2, FP8_E4M3 or nothing is allowed", key, fmt.Sprint(value))
		}
		s.inputs[strings.TrimPrefix(name, ".")] = t
	}
	return nil
}

func parseActivation(name string) (quant.Type, error) {
	if name == "" {
		return 0, nil
	}
	f, err := quant.Parse(name)
	if err != nil || quark.DType(f.Type) == "" {
		return 0, fmt.Errorf("no format of activations is called %q", name)
	}
	return f.Type, nil
}

func (s *ggufSource) cacheType() quant.Type { return s.cache }

func (s *ggufSource) Naming() Naming  { return GGUF }
func (s *ggufSource) Mapped() bool    { return s.mapped }
func (s *ggufSource) Names() []string { return slices.Clone(s.names) }
func (s *ggufSource) Changed() error  { return s.file.Changed() }
func (s *ggufSource) Close() error    { return s.file.Close() }

func (s *ggufSource) Tensor(name string) (Tensor, bool) {
	found, ok := s.file.Tensor(name)
	if !ok {
		return Tensor{}, false
	}
	t := s.plain(found)
	t.Scale = s.scales[name]
	if quark.DType(t.Type) != "" && len(t.Shape) > 1 {
		if t.Input, ok = s.inputs[name]; !ok {
			t.Input = s.inputs[""]
		}
	}
	return t, true
}

// plain describes a tensor by itself.
func (s *ggufSource) plain(t *gguf.Tensor) Tensor {
	shape := make([]int, len(t.Dims))
	for i, d := range t.Dims {
		shape[i] = int(d)
	}
	slices.Reverse(shape) // ggml puts the row length first
	return Tensor{Name: t.Name, Type: t.Type, Shape: shape, Size: int(t.Size), Bytes: t.Bytes}
}
