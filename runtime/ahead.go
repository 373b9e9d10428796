package runtime

import (
	"context"
	"time"

	"github.com/rocmforge/rocmforge/models"
)

// ahead is tokens that a GPU chose before the host asked: it goes on without
// waiting for the host, which looks at the choice from time to time.
type ahead struct {
	ids  []int32
	most int // how many go at a time
}

// aheadTime is about how long a device is left alone: a reader should see words
// come, and Ctrl-C should end them.
const aheadTime = 25 * time.Millisecond

// next is the token behind the one that waits.
func (a *ahead) next(ctx context.Context, g *generation) (int32, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if len(a.ids) == 0 {
		if err := a.choose(ctx, g); err != nil {
			return 0, err
		}
	}
	id := a.ids[0]
	if err := checkBest(id); err != nil { // nobody may have wanted this one
		return 0, err
	}
	a.ids = a.ids[1:]
	g.s.pos++ // what waited is in the cache
	return id, nil
}

// choose lets the device choose as many tokens as it can in a while, but none
// that nobody wants.
func (a *ahead) choose(ctx context.Context, g *generation) (err error) {
	a.most = min(max(a.most, 1), models.AheadTokens)
	n := min(a.most, g.s.model.context-g.s.pos)
	if g.o.MaxTokens > 0 {
		n = min(n, g.o.MaxTokens-g.n)
	}
	start := time.Now()
	if a.ids, err = g.s.greedy(ctx, n); err != nil {
		return err
	}
	switch took := time.Since(start); {
	case took < aheadTime/2:
		a.most *= 2
	case took > aheadTime:
		a.most /= 2
	}
	return nil
}
