package verify

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/rocmforge/rocmforge/runtime"
)

// graphSteps go through two sizes of context, which have graphs of their own.
const (
	graphPrompt = 50
	graphSteps  = 100
)

// trace is what a model generated, and its logits at each token of that.
type trace struct {
	ids    []int32
	logits [][]float32
}

// generate has the device choose the tokens.
func generate(ctx context.Context, m *runtime.Model) (ids []int32, err error) {
	s, err := m.NewSession()
	if err != nil {
		return nil, err
	}
	defer s.Close()
	o := runtime.GenerateOptions{MaxTokens: graphSteps, IgnoreEOS: true, Sampling: &runtime.Sampling{}}
	for t, err := range s.GenerateIDs(ctx, mixedPrompt(m, graphPrompt), o) {
		if err != nil {
			return nil, err
		}
		if t.ID >= 0 {
			ids = append(ids, t.ID)
		}
	}
	return ids, nil
}

// follow gives the logits at each of the tokens.
func follow(ctx context.Context, m *runtime.Model, ids []int32) (logits [][]float32, err error) {
	err = walk(ctx, m, mixedPrompt(m, graphPrompt), len(ids), func(i int, row []float32) int32 {
		logits = append(logits, row)
		return ids[i]
	})
	return logits, err
}

// record is the trace of a model that replays graphs.
func record(ctx context.Context, m *runtime.Model) (t trace, err error) {
	if t.ids, err = generate(ctx, m); err == nil {
		t.logits, err = follow(ctx, m, t.ids)
	}
	return t, err
}

// compareGraphs launches one by one what was replayed.
func compareGraphs(ctx context.Context, m *runtime.Model, replayed trace) Graphs {
	g := Graphs{Steps: len(replayed.ids)}
	eager, err := follow(ctx, m, replayed.ids)
	for i, row := range eager {
		if slices.EqualFunc(row, replayed.logits[i], sameBits) {
			g.Equal++
		}
		if id, _ := choose(row); id == replayed.ids[i] {
			g.Chosen++
		}
	}
	switch {
	case err != nil:
	case g.Equal < g.Steps:
		err = fmt.Errorf("the logits of %d of %d steps are others than without graphs", g.Steps-g.Equal, g.Steps)
	case g.Chosen < g.Steps:
		err = fmt.Errorf("%d of %d tokens that the device chose have not the largest logit", g.Steps-g.Chosen, g.Steps)
	}
	g.Outcome = outcome(err)
	return g
}

func sameBits(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }
