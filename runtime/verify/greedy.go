package verify

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/runtime"
)

// How far ahead a logit has to be so that another device may not choose
// another token: with activations in 8 bits, and without.
const (
	clearMargin      = 1.0
	clearMarginExact = 0.05
)

// choice is a step of the CPU.
type choice struct {
	id     int32
	margin float64
	logits []float32
}

// reference are the CPU's choices, made with exact arithmetic.
func reference(ctx context.Context, o *Options) (choices []choice, err error) {
	cpu := o.Runtime
	cpu.Device, cpu.Isolate, cpu.Exact, cpu.KVCacheDType = "cpu", false, true, ""
	var failed error
	err = o.with(ctx, cpu, func(m *runtime.Model) {
		failed = walk(ctx, m, textPrompt(m), o.Tokens, func(_ int, logits []float32) int32 {
			id, margin := choose(logits)
			choices = append(choices, choice{id, margin, logits})
			return id
		})
	})
	return choices, errors.Join(failed, err)
}

// compareGreedy feeds a model the CPU's tokens and looks at its own choices.
func compareGreedy(ctx context.Context, m *runtime.Model, want []choice, exact bool) Greedy {
	g := Greedy{Tokens: len(want), Margin: clearMargin}
	if exact {
		g.Margin = clearMarginExact
	}
	err := walk(ctx, m, textPrompt(m), len(want), func(i int, logits []float32) int32 {
		g.add(want[i], logits)
		return want[i].id
	})
	if err == nil && g.Wrong > 0 {
		err = fmt.Errorf("%d of %d tokens are others than the CPU's, where its choice is clear", g.Wrong, g.Tokens)
	}
	g.Outcome = outcome(err)
	return g
}

func (g *Greedy) add(want choice, logits []float32) {
	id, _ := choose(logits)
	finite := true
	for i, v := range logits {
		diff := math.Abs(float64(v) - float64(want.logits[i]))
		if finite = finite && diff <= math.MaxFloat32; finite {
			g.MaxAbs = max(g.MaxAbs, diff)
		}
	}
	if finite && id == want.id {
		g.Same++
		return
	}
	g.Worst = max(g.Worst, want.margin)
	if !finite || want.margin > g.Margin {
		g.Wrong++
	}
}
