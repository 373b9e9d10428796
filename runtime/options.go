// Package runtime opens a model on a device and generates text with it. It is
// what the root package shows to the world. It picks the device, plans the
// memory, and turns panics of the rooms below into errors.
package runtime

import (
	"fmt"
	"strings"

	"github.com/rocmforge/rocmforge/models"
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
	// Context is the number of tokens that a session can hold; 0 means as many
	// as the model serves, RoPE scaling included, but 4,096 at most. More than
	// the model serves is possible, and Warn is told.
	Context int
	// Exact computes without quantizing activations and keeps the KV cache
	// in float32: slower, and the arithmetic that references use.
	Exact bool
	// KVCacheDType is one of kvcache.TypeNames; empty means f32 with
	// Exact, or else what the model asks for, or else f16. fp8 takes the scales that the file has, if it has any.
	KVCacheDType string
	// Activations is "simulate", which rounds activations as the model's
	// author did, where its files say so; or "fast" (or empty), which computes
	// in the device's fastest way: with 8-bit blocks or half precision.
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
	// Params are sampling parameters by Ollama's names, such as "temperature":
	// stores.Model.Params. They go before what the model's files recommend.
	Params map[string]any
	// Warn is told what is no error but should be known; nil: nobody is.
	Warn func(string)
	// Progress is called while weights load, with bytes done and in all.
	Progress func(done, total int)
	// Compiling is called while kernels for a GPU are compiled, with
	// programs done and in all.
	Compiling func(done, total int)
}

// OptionError is an option out of its range: its name, the value, and what is
// allowed. No file and no device is at fault.
type OptionError = sample.OptionError

func badOption(name string, value any, want string) error {
	return &OptionError{Name: name, Value: value, Want: want}
}

// quoted shortens what a stranger wrote.
func quoted(s string) string { return fmt.Sprintf("%.64q", s) }

// defaultContext bounds the memory that a session takes unasked.
const defaultContext = 4096

// kvType is the type of the KV cache, given what the model asks for.
func (o *Options) kvType(asked quant.Type) (quant.Type, error) {
	switch {
	case o.KVCacheDType != "":
		t, err := kvcache.ParseType(o.KVCacheDType)
		if err != nil {
			return 0, badOption("KVCacheDType", quoted(o.KVCacheDType), strings.Join(kvcache.TypeNames, ", "))
		}
		return t, nil
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
	Fast     = "fast"
)

// Values of Options.Device; a number may follow DeviceHIP, as in "hip:1".
const (
	DeviceAuto = "auto"
	DeviceCPU  = "cpu"
	DeviceHIP  = "hip"
)

// The values of Options.KVCacheDType.
const (
	KVF32   = "f32"
	KVF16   = "f16"
	KVBF16  = "bf16"
	KVFP8   = "fp8"
	KVMXFP6 = "mxfp6"
	KVMXFP4 = "mxfp4"
)

// simulate says whether activations are rounded as the files say.
func (o *Options) simulate() (bool, error) {
	switch o.Activations {
	case "", Fast:
		return false, nil
	case Simulate:
		return true, nil
	}
	return false, badOption("Activations", quoted(o.Activations), "simulate or fast")
}

// maxContext is more than any model serves, and few enough for int32 positions.
const maxContext = 1 << 28

// context settles how many tokens a session holds. More than the model serves
// is the caller's to try.
func (o *Options) context(c *models.Config) (int, error) {
	served := c.Served()
	switch {
	case o.Context < 0 || o.Context > maxContext:
		return 0, badOption("Context", o.Context, fmt.Sprintf("0 for the model's own, or 1 to %d tokens", maxContext))
	case o.Context == 0:
		return min(served, defaultContext), nil
	case o.Context > served && o.Warn != nil:
		o.Warn(fmt.Sprintf("a context of %d tokens is longer than the %d that the model serves; what it makes of texts beyond that may be of no use", o.Context, served))
	}
	return o.Context, nil
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
	// string itself is not yielded. Special tokens, which are no part of the
	// yielded text, are found where they are written as the model's files
	// spell them: "<|im_end|>", or "\n<|user|>".
	Stop []string
	// IgnoreEOS goes on after the model's end of text.
	IgnoreEOS bool

	// LogProbs gives each token its LogProb, and TopLogProbs so many of the
	// most probable tokens in its place, with theirs. Both cost time: on a GPU
	// all logits come to the host then.
	LogProbs    bool
	TopLogProbs int

	// Sampler chooses the next token, in place of Sampling, from one logit for
	// each token of the vocabulary; ids are the whole conversation. Both are
	// valid until it returns, and must not be changed. Its error ends the
	// generation.
	Sampler func(logits []float32, ids []int32) (int32, error)
	// Mask may change logits before Sampling sees them; -Inf forbids a token.
	// A grammar is one. ids are the whole conversation, and must not be
	// changed. Its error ends the generation.
	Mask func(logits []float32, ids []int32) error

	// Progress is called while the prompt is run, with tokens done and in all.
	Progress func(done, total int)
}

// wantsLogits: the host has to see them.
func (o *GenerateOptions) wantsLogits() bool {
	return o.LogProbs || o.TopLogProbs > 0 || o.Sampler != nil || o.Mask != nil
}

func (o *GenerateOptions) check(vocab int) error {
	if o.MaxTokens < 0 {
		return badOption("MaxTokens", o.MaxTokens, "at least 0")
	}
	if o.TopLogProbs < 0 || o.TopLogProbs > vocab {
		return badOption("TopLogProbs", o.TopLogProbs, fmt.Sprintf("0 to %d, the size of the vocabulary", vocab))
	}
	if o.Sampler != nil && o.Mask != nil {
		return badOption("Mask", "beside a Sampler", "one of them; a sampler sees all logits")
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
