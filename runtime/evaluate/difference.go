package evaluate

import (
	"math"
	"runtime"
	"sync"

	"github.com/rocmforge/rocmforge/internal/stats"
	"github.com/rocmforge/rocmforge/runtime/sample"
)

// Difference is how far a variant is from the first one.
type Difference struct {
	// Rise is how much larger the perplexity is: 0.05 for 5%. RiseError is its
	// standard error over the differences at each token, which are smaller
	// than those between tokens.
	Rise      float64 `json:"rise"`
	RiseError float64 `json:"rise_error"`
	// KL is the mean Kullback-Leibler divergence of the predictions from the
	// first variant's, in nats, and SameTop the share of positions whose most
	// likely token is the same. Both are of the first Compared positions.
	KL       float64 `json:"kl"`
	SameTop  float64 `json:"same_top"`
	Compared int     `json:"compared"`
}

// observer sees the predictions of a variant.
type observer interface {
	rows(logits []float32, losses []float64) error
	difference() *Difference
}

// keptLogits bounds what is kept of the first variant for the others: 256 MiB.
const keptLogits = 1 << 26

// reference is what the first variant predicted.
type reference struct {
	ids    []int32
	vocab  int
	keep   int // logits at most
	losses []float64
	logits []float32 // [positions, vocab], of the first positions
}

func (r *reference) rows(logits []float32, losses []float64) error {
	r.losses = append(r.losses, losses...)
	room := (r.keep - len(r.logits)) / r.vocab * r.vocab
	r.logits = append(r.logits, logits[:min(len(logits), room)]...)
	return nil
}

func (r *reference) difference() *Difference { return nil }

// comparison are sums over the differences from a reference.
type comparison struct {
	first    *reference
	losses   stats.Sample // their differences
	compared int
	kl       float64
	same     int
}

func (c *comparison) rows(logits []float32, losses []float64) error {
	for _, l := range losses {
		c.losses.Add(l - c.first.losses[c.losses.N])
	}
	vocab := len(logits) / len(losses)
	if vocab == c.first.vocab { // padded vocabularies have no divergence
		c.compare(logits, vocab, min(len(losses), len(c.first.logits)/vocab-c.compared))
	}
	return nil
}

// compare adds n positions, over all processors.
func (c *comparison) compare(logits []float32, vocab, n int) {
	kl, same := make([]float64, n), make([]bool, n)
	first := c.first.logits[c.compared*vocab:]
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				kl[i], same[i] = sample.Divergence(first[i*vocab:(i+1)*vocab], logits[i*vocab:(i+1)*vocab])
			}
		})
	}
	wg.Wait()
	for i := range n {
		c.kl += kl[i]
		if same[i] {
			c.same++
		}
	}
	c.compared += n
}

func (c *comparison) difference() *Difference {
	mean, sigma := c.losses.Mean()
	d := &Difference{Rise: math.Expm1(mean), RiseError: math.Exp(mean) * sigma, Compared: c.compared}
	if c.compared > 0 {
		d.KL, d.SameTop = c.kl/float64(c.compared), float64(c.same)/float64(c.compared)
	}
	return d
}
