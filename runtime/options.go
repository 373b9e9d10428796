// Package runtime opens a model on a device and generates text with it. It is
// what the root package shows to the world. It picks the device, plans the
// memory, and turns panics of the rooms below into errors.
package runtime

import (
	"fmt"
	"strings"

	"github.com/rocmforge/rocmforge/models/kvcache"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/runtime/sample"
)

// Options say how to open a model. The zero value opens it on the best device
// with sensible defaults.
type Options struct {
	// Device is "auto" (or empty), "cpu", "hip" or "hip:N", or a GPU that is
	// emulated, and its kernels checked: "emu:gfx1100"; not checked: "emu:gfx1100,unchecked".
	Device string
	// Threads is the number of CPU threads; 0 means one per processor.
	Threads int
	// Context is the number of tokens that a session can hold; 0 means the
	// model's own, but 4,096 at most.
	Context int
	// Exact computes without quantizing activations and keeps the KV cache
	// in float32: slower, and the arithmetic that references use.
	Exact bool
	// KVCacheDType is one of kvcache.TypeNames; empty means f32 with
	// Exact, or else what the model asks for, or else f16. fp8 takes the scales that the file has, if it has any.
	KVCacheDType string
	// Activations is "simulate", which rounds activations as the model's
	// author did, where its files say so; or "f16" (or empty), which computes
	// as the device does it fastest.
	Activations string
	// ROCm is the folder with libamdhip64 and libhiprtc; empty means
	// ROCM_PATH and the usual places.
	ROCm string
	// Isolate keeps the device in a child process of this program, whose death
	// is a *device.Fault and not the program's own: ROCm ends a process over a
	// kernel that leaves its memory. It needs Child at the beginning of main.
	Isolate bool
	// NoGraph launches a GPU's kernels one by one where they could be
	// replayed: slower, and easier to look at.
	NoGraph bool
	// Warn is told what is no error but should be known; nil: nobody is.
	Warn func(string)
	// Progress is called while weights load, with bytes done and in all.
	Progress func(done, total int)
	// Compiling is called while kernels for a GPU are compiled, with
	// programs done and in all.
	Compiling func(done, total int)
}

// defaultContext bounds the memory that a session takes unasked.
const defaultContext = 4096

// kvType is the type of the KV cache, given what the model asks for.
func (o *Options) kvType(asked quant.Type) (quant.Type, error) {
	switch {
	case o.KVCacheDType != "":
		return kvcache.ParseType(o.KVCacheDType)
	case o.Exact:
		return quant.F32, nil
	case asked != 0:
		return asked, nil
	}
	return quant.F16, nil
}

// The values of Options.Activations.
const (
	Simulate = "simulate"
	F16      = "f16"
)

// simulate says whether activations are rounded as the files say.
func (o *Options) simulate() (bool, error) {
	switch o.Activations {
	case "", F16:
		return false, nil
	case Simulate:
		return true, nil
	}
	return false, fmt.Errorf("activations %.64q: simulate and f16 are allowed", o.Activations)
}

// context settles how many tokens a session holds, given what the model was
// trained for.
func (o *Options) context(trained int) (int, error) {
	switch {
	case o.Context < 0:
		return 0, fmt.Errorf("context of %d tokens", o.Context)
	case o.Context > trained:
		return 0, &ContextError{Tokens: o.Context, Limit: trained, Model: true}
	case o.Context > 0:
		return o.Context, nil
	}
	return min(trained, defaultContext), nil
}

// Sampling chooses among the next tokens.
type Sampling = sample.Options

// GenerateOptions say how to continue a prompt. The zero value samples as the
// model's author recommends, and ends with the text or the context.
type GenerateOptions struct {
	// MaxTokens ends the generation; 0 means no limit but the context's.
	MaxTokens int
	// Sampling chooses among the next tokens; nil is Model.Sampling, and
	// &Sampling{} is greedy: the most probable token, always.
	Sampling *Sampling
	// Stop ends the generation where any of these strings appears; the
	// string itself is not yielded.
	Stop []string
	// IgnoreEOS goes on behind the model's end of text.
	IgnoreEOS bool
}

func (o *GenerateOptions) check() error {
	if o.MaxTokens < 0 {
		return fmt.Errorf("generate: %d tokens asked for", o.MaxTokens)
	}
	return nil
}

// parseDevice splits "hip:1" into "hip" and "1".
func parseDevice(name string) (kind, ordinal string) {
	kind, ordinal, _ = strings.Cut(name, ":")
	if kind == "" {
		kind = "auto"
	}
	return kind, ordinal
}
