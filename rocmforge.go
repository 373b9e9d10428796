// Package rocmforge runs language models inside a Go program: without cgo,
// without an SDK, from GGUF files or Hugging Face folders.
//
//	model, err := rocmforge.Open("model.gguf", rocmforge.Options{})
//	...
//	defer model.Close()
//	session, err := model.NewSession()
//	...
//	for token, err := range session.Generate(ctx, "Once upon", rocmforge.GenerateOptions{MaxTokens: 64}) {
//		...
//		fmt.Print(token.Text)
//	}
//
// A program is built with CGO_ENABLED=0, or needs a C compiler on the machine
// that builds it: HIP's libraries are opened when it runs. It then wants glibc's
// loader; with -tags nohip as well, which leaves GPUs out, it is one static file.
//
// It computes on the best AMD GPU that HIP shows, or on the CPU where there is
// none; Options.Device asks for one of them. A GPU's kernels are compiled when
// a model is opened, by child processes of the program if it calls [Child]:
//
//	func main() {
//		rocmforge.Child()
//		...
//	}
//
// Compiled kernels are kept in ROCMFORGE_CACHE_DIR, or among the user's caches.
//
// A Model may be shared by many sessions in many goroutines. A Session belongs
// to one goroutine at a time. Both are closed by their owner; closing a model
// ends its sessions. The types are those of package runtime under shorter names;
// nothing has to be imported from there.
package rocmforge

import (
	"context"
	"io"

	"github.com/rocmforge/rocmforge/runtime"
)

// Child lets the program start child processes of itself. They compile kernels
// for GPUs, several at a time, and safe from a compiler that crashes; and with
// Options.Isolate one holds the device. Call it first in main; in such a child
// it does not return. Without it kernels are compiled one after the other in
// the program itself, and Isolate is an error.
func Child() { runtime.Child() }

// Open opens a GGUF file or a Hugging Face folder.
func Open(path string, o Options) (*Model, error) { return runtime.Open(path, o) }

// OpenContext is Open with a context that can end the loading.
func OpenContext(ctx context.Context, path string, o Options) (*Model, error) {
	return runtime.OpenContext(ctx, path, o)
}

// OpenReader opens a GGUF file of the given size through a reader, such as the
// embedded one of package gopher. The reader has to work until the model is
// closed.
func OpenReader(r io.ReaderAt, size int64, o Options) (*Model, error) {
	return runtime.OpenReader(r, size, o)
}
