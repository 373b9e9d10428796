package isolated

import (
	"slices"
	"sync"
)

// recent remembers the last launches, of all queues.
type recent struct {
	mu   sync.Mutex
	ring [lastKernels]launched
	n    int
}

const lastKernels = 8

// launched is a program, or a graph of them.
type launched struct {
	program *program
	graph   *graph
}

func (r *recent) add(l launched) {
	r.mu.Lock()
	r.ring[r.n%lastKernels] = l
	r.n++
	r.mu.Unlock()
}

// names lists the programs, the newest last.
func (r *recent) names() (names []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := r.n - 1; i >= max(0, r.n-lastKernels); i-- {
		l := r.ring[i%lastKernels]
		if l.graph == nil {
			names = append(names, l.program.name)
			continue
		}
		for _, p := range slices.Backward(l.graph.programs) {
			names = append(names, p.name)
		}
	}
	names = names[:min(len(names), lastKernels)]
	slices.Reverse(names)
	return names
}
