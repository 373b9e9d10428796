package main

import (
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/rocmforge/rocmforge"
)

// decodeBytes is how many bytes of weights one decode step reads: all tensors
// but the embedding, of which it takes a row, unless that is the output layer.
func (a *app) decodeBytes() (int64, error) {
	c, err := a.openContainer()
	if err != nil {
		return 0, err
	}
	defer c.close()
	var all, embedding int64
	tied := true
	for _, t := range c.tensors {
		all += t.size
		switch t.name {
		case "token_embd.weight", "model.embed_tokens.weight":
			embedding = t.size
		case "output.weight", "lm_head.weight":
			tied = false
		}
	}
	if tied {
		return all, nil
	}
	return all - embedding, nil
}

// copyRate is how many bytes per second the model's device reads and writes
// when it copies memory.
func (a *app) copyRate(m *rocmforge.Model) (float64, error) {
	if m.DeviceInfo().Kind == "cpu" {
		return hostCopyRate(a.threads), nil
	}
	return m.CopyRate()
}

// hostCopyRate copies memory far larger than the CPU's caches; 0 threads means
// one per processor.
func hostCopyRate(threads int) float64 {
	const size, rounds = 128 << 20, 5
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	src, dst := make([]byte, size), make([]byte, size)
	for i := range src {
		src[i] = byte(i) // pages of zeros may all be one page
	}
	copy(dst, src)
	rates := make([]float64, rounds)
	for r := range rates {
		start := time.Now()
		var wg sync.WaitGroup
		for t := range threads {
			lo, hi := t*size/threads, (t+1)*size/threads
			wg.Go(func() { copy(dst[lo:hi], src[lo:hi]) })
		}
		wg.Wait()
		rates[r] = 2 * size / time.Since(start).Seconds()
	}
	return slices.Max(rates)
}
