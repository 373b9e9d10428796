//go:build !nohip

package hip

import (
	"testing"

	"github.com/rocmforge/rocmforge/device"
)

// BenchmarkLaunch is a launch's cost, amortised over a decode step's 300.
func BenchmarkLaunch(b *testing.B) {
	d := open(b, options(b))
	bound := bind(b, d, sum(1))
	check(b, d.Build(b.Context(), nil))
	q := newQueueOf(b, d)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		bound.Launch(q, &sumArgs{N: 1024})
		if i++; i%300 == 0 {
			check(b, q.Wait())
		}
	}
	check(b, q.Wait())
}

// BenchmarkStep is a decode step: a small upload, a graph, a download.
func BenchmarkStep(b *testing.B) {
	d := open(b, options(b))
	bound := bind(b, d, sum(1))
	q := newQueueOf(b, d)
	p, err := d.Alloc(4096)
	check(b, err)
	record := func() {
		for range 300 {
			bound.Launch(q, &sumArgs{N: 1024})
		}
	}
	token := make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		q.Upload(p, token)
		q.Graph(device.GraphKey{Owner: p}, record)
		q.Download(token, p)
		check(b, q.Wait())
	}
}
