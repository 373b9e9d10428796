package jit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/rocmforge/rocmforge/kernels"
)

// A batch is one call of Compile: several goroutines, each of which takes one
// program after another and has a child process of its own.
type batch struct {
	*Compiler
	programs []kernels.Program
	progress func(done, total int)
	objects  []Object
	errs     []error

	mu     sync.Mutex
	order  []int // in which programs are begun: long ones first, lest the last one be long
	next   int
	done   int
	stored bool // something was written to the cache
}

func (b *batch) run(ctx context.Context) {
	for i := range b.programs {
		b.order = append(b.order, i)
	}
	slices.SortStableFunc(b.order, func(i, j int) int {
		return len(b.programs[j].Source) - len(b.programs[i].Source)
	})
	var wg sync.WaitGroup
	for range min(b.options.Processes, len(b.programs)) {
		wg.Go(func() { b.work(ctx) })
	}
	wg.Wait()
}

func (b *batch) work(ctx context.Context) {
	w := b.newWorker()
	defer w.close()
	for ctx.Err() == nil {
		i := b.take()
		if i < 0 {
			return
		}
		b.objects[i], b.errs[i] = b.one(ctx, w, b.programs[i])
		b.finished()
	}
}

// take gives the index of a program that nobody has begun, or -1.
func (b *batch) take() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next == len(b.order) {
		return -1
	}
	b.next++
	return b.order[b.next-1]
}

func (b *batch) finished() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done++
	if b.progress != nil {
		b.progress(b.done, len(b.programs))
	}
}

// newWorker chooses where to compile. A worker costs nothing until it is used.
func (b *batch) newWorker() worker {
	if b.options.InProcess || b.index != nil || !childServed.Load() {
		return inProcess{b.compiler}
	}
	return &process{options: b.options}
}

// one finds a program's code object in the cache or makes it. While it makes
// one it holds a lock, so that of two processes that want the same object one
// waits for the other's.
func (b *batch) one(ctx context.Context, w worker, p kernels.Program) (Object, error) {
	if b.cache == nil {
		return b.make(ctx, w, p)
	}
	key := b.key(p)
	if o, ok := b.cached(p, key); ok {
		return o, nil
	}
	unlock, err := b.cache.lock(ctx, key)
	if err != nil { // then two processes may do the same work
		b.warn(err)
	} else {
		defer unlock()
		if o, ok := b.cached(p, key); ok {
			return o, nil
		}
	}
	o, err := b.make(ctx, w, p)
	if err == nil {
		b.store(key, sourceOf(p), o)
	}
	return o, err
}

// cached looks into the cache. What is wrong there is compiled again.
func (b *batch) cached(p kernels.Program, key string) (Object, bool) {
	o, err := b.cache.get(key)
	if err != nil || o.Arch != p.Arch {
		return Object{}, false
	}
	o.Program = p.Name
	o.Metadata, err = ReadMetadata(o.Code)
	if err != nil || missingSymbols(p, o.Metadata) != nil {
		return Object{}, false
	}
	o.FromCache = true
	return o, true
}

func (b *batch) store(key, source string, o Object) {
	err := b.cache.put(key, source, o)
	b.warn(err)
	if err == nil {
		b.mu.Lock()
		b.stored = true
		b.mu.Unlock()
	}
}

// make compiles.
func (b *batch) make(ctx context.Context, w worker, p kernels.Program) (Object, error) {
	code, log, err := w.compile(ctx, request{p.Name, p.Arch, p.Source, p.Headers, p.Options})
	if err != nil {
		return Object{}, newCompileError(p, log, err)
	}
	m, err := ReadMetadata(code)
	if err == nil {
		err = missingSymbols(p, m)
	}
	if err != nil {
		return Object{}, newCompileError(p, log, err)
	}
	return Object{Program: p.Name, Arch: p.Arch, Code: code, Metadata: m, Log: cleanLog(log)}, nil
}

// missingSymbols is an error if a program lacks kernels that it should define.
// Code objects without metadata are believed.
func missingSymbols(p kernels.Program, m Metadata) error {
	if m.Target == "" {
		return nil
	}
	var missing []string
	for _, s := range p.Symbols {
		if _, ok := m.Kernel(s); !ok {
			missing = append(missing, s)
		}
	}
	if missing != nil {
		return fmt.Errorf("compiled, but does not define %s", strings.Join(missing, ", "))
	}
	return nil
}
