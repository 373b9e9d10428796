// Package jit turns kernels.Programs into code objects: it runs the compiler in
// child processes, keeps what they make on disk, and reads from a code object
// what its kernels take. It must not know what a kernel computes, and it never
// touches a GPU.
//
// A program that wants its kernels compiled in child processes calls [Child]
// first thing in main. Without that call, the compiler runs in the program's
// own process: one program at a time, and a fault of the compiler ends it all.
package jit

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"github.com/rocmforge/rocmforge/hiprtc"
	"github.com/rocmforge/rocmforge/kernels"
)

// Options say how a Compiler works. The zero value is good for most.
type Options struct {
	Library    hiprtc.Options // where libhiprtc is
	CacheDir   string         // "": ROCMFORGE_CACHE_DIR, or a folder among the user's caches
	NoCache    bool           // neither read nor write the disk
	CacheLimit int64          // bytes on disk; 0: 2 GiB
	Processes  int            // child processes at once; 0: one per CPU
	Timeout    time.Duration  // for one program, in a child process; 0: 120 s
	Memory     int64          // bytes of data that a child process may have (Linux); 0: 4 GiB
	InProcess  bool           // compile in this process even if Child was called
	Offline    bool           // where there is no libhiprtc, do with what any made and the disk has
	Warn       func(error)    // told, once, that the cache cannot be used; nil: nobody is
}

// A Compiler compiles programs. It is safe for concurrent use.
type Compiler struct {
	options  Options
	compiler compiler          // in this process: its version, and all work that no child does
	identity string            // of the compiler, for keys
	cache    *Cache            // nil: none
	index    map[string]string // keys of what the cache has, by source; nil: there is a compiler
	warned   sync.Once
}

// An Object is a compiled program.
type Object struct {
	Program   string // its name
	Arch      string
	Code      []byte
	Metadata  Metadata
	Log       string // the compiler's, with warnings; empty if it had nothing to say
	FromCache bool
}

const (
	defaultTimeout = 120 * time.Second
	defaultMemory  = 4 << 30
)

// New opens libhiprtc and the cache. A cache that cannot be used is no error:
// see Options.Warn.
func New(o Options) (*Compiler, error) {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Memory <= 0 {
		o.Memory = defaultMemory
	}
	if o.Processes <= 0 {
		o.Processes = runtime.GOMAXPROCS(0)
	}
	lib, missing := openCompiler(o.Library)
	if missing != nil {
		if !o.Offline || o.NoCache {
			return nil, missing
		}
		lib = absent{missing}
	}
	c := &Compiler{options: o, compiler: lib, identity: lib.identity()}
	var err error
	if !o.NoCache {
		c.cache, err = OpenCache(o.CacheDir)
		c.warn(err)
	}
	if missing == nil {
		return c, nil
	}
	if err == nil {
		c.index, err = c.cache.index()
	}
	if err != nil {
		return nil, errors.Join(missing, err)
	}
	return c, nil
}

// Compile makes the code objects of programs, in their order. Those that fail
// do not keep others from being compiled: the error joins one *CompileError
// for each. progress, which may be nil, is called after each program; the
// calls do not overlap.
func (c *Compiler) Compile(ctx context.Context, programs []kernels.Program, progress func(done, total int)) ([]Object, error) {
	b := &batch{Compiler: c, programs: programs, progress: progress,
		objects: make([]Object, len(programs)), errs: make([]error, len(programs))}
	b.run(ctx)
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	if c.cache != nil && b.stored {
		c.warn(c.cache.Evict(c.options.CacheLimit))
	}
	return b.objects, errors.Join(b.errs...)
}

// warn tells of the first trouble with the cache.
func (c *Compiler) warn(err error) {
	if err != nil && c.options.Warn != nil {
		c.warned.Do(func() { c.options.Warn(err) })
	}
}
