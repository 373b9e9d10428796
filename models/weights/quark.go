package weights

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/internal/fileerr"
	"github.com/rocmforge/rocmforge/internal/mmap"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/quark"
	"github.com/rocmforge/rocmforge/safetensors"
)

// OpenFolder opens the safetensors of a Hugging Face folder, quantized or not,
// and owns them.
func OpenFolder(dir string) (Source, error) {
	config, err := quark.ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	st, err := safetensors.Open(dir)
	if err != nil {
		return nil, err
	}
	if config == nil {
		return FromSafetensors(st), nil
	}
	s, err := fromQuark(st, config)
	if err == nil && !s.quantized {
		err = errors.New("quantization_config: config.json says that the model is quantized, and no tensor is")
	}
	if err != nil {
		st.Close()
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return s, nil
}

// quarkSource is a folder that Quark or OpenAI quantized: codes and their scales
// are one tensor of a format of ours. Which tensors are quantized, and how, the
// tensors say; what they cannot say, config.json does.
type quarkSource struct {
	*hfSource
	config    *quark.Config
	tensors   map[string]Tensor
	quantized bool // any of them
}

// FromQuark makes a source of quantized safetensors, or of a part of a model,
// where no tensor need be quantized. It does not own them when it fails.
func FromQuark(f *safetensors.File, config *quark.Config) (Source, error) {
	s, err := fromQuark(f, config)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func fromQuark(f *safetensors.File, config *quark.Config) (*quarkSource, error) {
	s := &quarkSource{hfSource: &hfSource{file: f}, config: config, tensors: map[string]Tensor{}}
	for _, t := range f.Tensors {
		made, err := s.tensor(t)
		if err != nil {
			return nil, fmt.Errorf("tensor %s: %w", fileerr.Quote(t.Name), err)
		}
		if made.Name == "" { // a part of another tensor
			continue
		}
		if _, twice := s.tensors[made.Name]; twice {
			return nil, fmt.Errorf("tensor %s is there twice, under two names", fileerr.Quote(made.Name))
		}
		s.tensors[made.Name] = made
		s.names = append(s.names, made.Name)
		s.quantized = s.quantized || made.Copied || made.Scale != 0
	}
	return s, nil
}

func (s *quarkSource) cacheType() quant.Type { return s.config.KVCache }

// Tensor finds a tensor by the name that it has without quantization.
func (s *quarkSource) Tensor(name string) (Tensor, bool) {
	t, ok := s.tensors[name]
	return t, ok
}

// tensor makes what a tensor of the file stands for; those that belong to
// another one have no name.
func (s *quarkSource) tensor(t *safetensors.Tensor) (Tensor, error) {
	if s.isPart(t.Name) {
		return Tensor{}, nil
	}
	if stem, ok := strings.CutSuffix(t.Name, "_blocks"); ok {
		if scales, ok := s.file.Tensor(stem + "_scales"); ok {
			return s.openAI(stem, t, scales)
		}
	}
	scale, ok := s.file.Tensor(t.Name + quark.WeightScale)
	switch {
	case ok && t.DType == safetensors.U8:
		return s.mx(t, scale)
	case ok && t.DType == safetensors.F8_E4M3:
		return s.fp8(t, scale)
	case ok:
		return Tensor{}, fmt.Errorf("has a scale and is of type %s; U8 and F8_E4M3 are allowed", t.DType)
	}
	plain, _ := s.hfSource.Tensor(t.Name)
	plain.Name = scaleName(t.Name)
	if isScale(plain.Name) {
		if t.Elements() != 1 || len(t.Shape) > 1 {
			return Tensor{}, fmt.Errorf("has shape %v; a single number was expected", t.Shape)
		}
		plain.Shape = []int{1}
	}
	return plain, nil
}

// isPart says whether a tensor is the scales of another one.
func (s *quarkSource) isPart(name string) bool {
	for suffix, of := range map[string]string{quark.WeightScale: "", "_scales": "_blocks"} {
		if stem, ok := strings.CutSuffix(name, suffix); ok {
			if _, ok := s.file.Tensor(stem + of); ok {
				return true
			}
		}
	}
	return false
}

func isScale(name string) bool {
	return strings.HasSuffix(name, quark.InputScale) || strings.HasSuffix(name, quark.OutputScale)
}

// scaleName gives the scales of the KV cache in Quark's older style the names
// of the newer one.
func scaleName(name string) string {
	for old, layer := range map[string]string{".self_attn.k_scale": ".self_attn.k_proj", ".self_attn.v_scale": ".self_attn.v_proj"} {
		if stem, ok := strings.CutSuffix(name, old); ok {
			return stem + layer + quark.OutputScale
		}
	}
	return name
}

// mx brings 4-bit or 6-bit codes [.., K*bits/8] and scales [.., K/32] together.
func (s *quarkSource) mx(t, scale *safetensors.Tensor) (Tensor, error) {
	rank := len(t.Shape)
	if !isE8M0(scale) || rank < 2 || len(scale.Shape) != rank || !slices.Equal(t.Shape[:rank-1], scale.Shape[:rank-1]) {
		return Tensor{}, fmt.Errorf("has shape %v, and its scales are %s; one byte for each 32 elements of a row was expected", t.Shape, scale)
	}
	groups, width := scale.Shape[rank-1], t.Shape[rank-1]
	var fits func(quant.Type) bool
	switch {
	case groups > 0 && groups <= width && width == groups*16:
		fits = func(t quant.Type) bool { return t == quant.MXFP4 }
	case groups > 0 && groups <= width && width == groups*24:
		fits = func(t quant.Type) bool { return t == quant.MXFP6_E2M3 || t == quant.MXFP6_E3M2 }
	default:
		return Tensor{}, fmt.Errorf("has rows of %d bytes with %d scales each; 16 or 24 bytes for each scale are allowed", width, groups)
	}
	layer, ok := s.config.Layer(strings.TrimSuffix(t.Name, ".weight"), fits)
	switch {
	case !ok && fits(quant.MXFP4):
		layer.Weight.Type = quant.MXFP4
	case !ok:
		return Tensor{}, fmt.Errorf("has 6-bit codes, and nothing in config.json says whether they are fp6_e2m3 or fp6_e3m2")
	}
	out := Tensor{Name: t.Name, Type: layer.Weight.Type, Input: layer.Input.Type}
	return out.grouped(t, scale, append(slices.Clone(t.Shape[:rank-1]), groups*quark.Group)), nil
}

// openAI brings blocks [.., K/32, 16] and scales [.., K/32] together.
func (s *quarkSource) openAI(stem string, blocks, scales *safetensors.Tensor) (Tensor, error) {
	rank := len(blocks.Shape)
	if blocks.DType != safetensors.U8 || !isE8M0(scales) || rank < 3 || blocks.Shape[rank-1] != 16 || !slices.Equal(blocks.Shape[:rank-1], scales.Shape) {
		return Tensor{}, fmt.Errorf("is %s, and its scales are %s; U8 [.., K/32, 16] and U8 [.., K/32] were expected", blocks, scales)
	}
	if rank == 3 && !strings.HasSuffix(stem, ".weight") { // of a linear layer, and not of all experts
		stem += ".weight"
	}
	shape := slices.Clone(blocks.Shape[:rank-1])
	shape[rank-2] *= quark.Group
	out := Tensor{Name: stem, Type: quant.MXFP4}
	return out.grouped(blocks, scales, shape), nil
}

func isE8M0(t *safetensors.Tensor) bool {
	return t.DType == safetensors.U8 || t.DType == safetensors.F8_E8M0
}

// grouped fills in the shape and the data of codes with scales.
func (t Tensor) grouped(codes, scales *safetensors.Tensor, shape []int64) Tensor {
	t.Shape, t.Size, t.Copied = ints(shape), int(codes.Size+scales.Size), true
	t.Bytes = func() ([]byte, error) {
		c, err := codes.Bytes()
		if err != nil {
			return nil, err
		}
		e, err := scales.Bytes()
		if err != nil {
			return nil, err
		}
		out := make([]byte, t.Size)
		return out, mmap.Guard(func() error {
			if i := slices.Index(e, 255); i >= 0 {
				return fileerr.New("", scales.Offset+int64(i), "tensor "+fileerr.Quote(scales.Name), "a scale is NaN; weights must be finite")
			}
			quark.Blocks(out, t.Type, c, e)
			return nil
		})
	}
	return t
}

// fp8 is codes of a byte each, with one number that they are multiplied by.
func (s *quarkSource) fp8(t, scale *safetensors.Tensor) (Tensor, error) {
	if scale.Elements() != 1 || len(scale.Shape) > 1 {
		return Tensor{}, fmt.Errorf("has scales of shape %v; one for the whole tensor is supported", scale.Shape)
	}
	out, _ := s.hfSource.Tensor(t.Name)
	of, _ := s.hfSource.Tensor(scale.Name)
	of.Shape = []int{1}
	value, err := of.scalar()
	if err != nil {
		return out, err
	}
	layer, ok := s.config.Layer(strings.TrimSuffix(t.Name, ".weight"), func(t quant.Type) bool { return t == quant.FP8_E4M3 })
	if ok {
		out.Input = layer.Input.Type
	}
	out.Scale = value
	return out, nil
}

func ints(shape []int64) []int {
	out := make([]int, len(shape))
	for i, d := range shape {
		out[i] = int(d)
	}
	return out
}
