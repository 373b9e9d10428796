package jit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rocmforge/rocmforge/hiprtc"
)

// A compiler is libhiprtc, or a test's stand-in.
type compiler interface {
	// identity names the very compiler, for cache keys.
	identity() string
	compile(r request) (code []byte, log string, err error)
}

// openCompiler opens libhiprtc. Tests put others in its place.
var openCompiler = func(o hiprtc.Options) (compiler, error) {
	lib, err := hiprtc.Open(o)
	if err != nil {
		return nil, err
	}
	return rtc{lib}, nil
}

type rtc struct{ lib *hiprtc.Library }

func (c rtc) compile(r request) (code []byte, log string, err error) {
	headers := make([]hiprtc.Header, len(r.Headers))
	for i, h := range r.Headers {
		headers[i] = hiprtc.Header(h)
	}
	options := append([]string{"--offload-arch=" + r.Arch}, r.Options...)
	return c.lib.Compile(r.Name, r.Source, headers, options)
}

// compilerParts are the libraries beside libhiprtc that do its work. They are
// packages of their own in some distributions, and may be updated alone.
var compilerParts = []string{"amd_comgr", "LLVM", "nvrtc"}

// identity is the version and, of each file that has a part in compiling, its
// path, size and time.
func (c rtc) identity() string {
	major, minor, _ := c.lib.Version()
	path := c.lib.Path()
	var b strings.Builder
	fmt.Fprintf(&b, "hiprtc %d.%d", major, minor)
	addFile(&b, path)
	if dir := filepath.Dir(path); dir != "." {
		entries, _ := os.ReadDir(dir) // sorted
		for _, e := range entries {
			for _, part := range compilerParts {
				if strings.HasPrefix(strings.TrimPrefix(e.Name(), "lib"), part) {
					addFile(&b, filepath.Join(dir, e.Name()))
				}
			}
		}
	}
	return b.String()
}

func addFile(b *strings.Builder, path string) {
	if info, err := os.Stat(path); err == nil {
		fmt.Fprintf(b, "\n%s %d %d", path, info.Size(), info.ModTime().UnixNano())
	}
}

// faultOf is an error of hiprtc in a form that can be sent, or nil.
func faultOf(err error) *compilerFault {
	var e *hiprtc.Error
	if !errors.As(err, &e) {
		return nil
	}
	return &compilerFault{e.Call, int(e.Code), e.Text}
}

// result is an answer as compile returns it.
func (r reply) result() ([]byte, error) {
	switch {
	case r.Compiler != nil:
		return nil, &hiprtc.Error{Call: r.Compiler.Call, Code: hiprtc.Code(r.Compiler.Code), Text: r.Compiler.Text}
	case r.Failed != "":
		return nil, errors.New(r.Failed)
	}
	return r.Code, nil
}
