package runtime

import (
	"fmt"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/models/kvcache"
	"github.com/rocmforge/rocmforge/models/weights"
	"github.com/rocmforge/rocmforge/quant"
)

// Plan is the memory that a model will take on its device, in bytes.
type Plan struct {
	Weights   int    `json:"weights"`   // allocated; what stays in the mapped file is not counted
	Mapped    int    `json:"mapped"`    // the file's tensors, read in place or once
	KVCache   int    `json:"kv_cache"`  // of one session
	Work      int    `json:"work"`      // buffers of a pass
	Stage     int    `json:"stage"`     // of weights on their way to a GPU, before there is a KV cache
	Available int    `json:"available"` // free now, or -1
	Context   int    `json:"context"`   // tokens of a session
	KVType    string `json:"kv_type"`
	// Activations is "simulate" where they are rounded as the files say.
	Activations string            `json:"activations"`
	Converted   map[string]string `json:"converted,omitempty"` // types that are kept as another type on the device
}

// Total is what will be allocated at a time.
func (p *Plan) Total() int { return p.Weights + p.Work + max(p.KVCache, p.Stage) }

func makePlan(d device.Device, m models.Model, w *weights.Plan, kv kvcache.Spec) Plan {
	p := Plan{
		Weights: w.DeviceBytes(), Mapped: w.FileBytes(), KVCache: kv.SizeBytes(), Work: m.WorkBytes(d.Caps()),
		Stage: w.StageBytes(), Available: d.Available(), Context: kv.Tokens, KVType: kv.Type.String(),
		Activations: Fast,
	}
	if w.Simulated() {
		p.Activations = Simulate
	}
	for from, to := range w.Converted() {
		if p.Converted == nil {
			p.Converted = map[string]string{}
		}
		p.Converted[from.String()] = to.String()
	}
	return p
}

// check compares the plan with what is free.
func (p *Plan) check() error {
	if p.Available < 0 || p.Total() <= p.Available {
		return nil
	}
	e := &FitError{Plan: *p}
	if left := p.Available - p.Weights - p.Work; left >= p.Stage { // it is the cache that does not fit
		perToken := max(p.KVCache/p.Context, 1)
		if fits := left / perToken; fits >= kvcache.PageTokens {
			e.Remedies = append(e.Remedies, fmt.Sprintf("--ctx %d", fits/kvcache.PageTokens*kvcache.PageTokens))
		}
		if p.KVType == quant.F32.String() {
			e.Remedies = append(e.Remedies, "--kv-cache-dtype f16")
		}
	}
	e.Remedies = append(e.Remedies, "a model with smaller weights (`rocmforge convert IN OUT.gguf --type Q4_K`)")
	return e
}
