// Package gopher is the embedded demo model and nothing else, so that a
// program that brings its own model does not carry these bytes.
//
// gopher-7m is a Llama of 7.3 million parameters, trained from scratch on the
// source and documents of the Go distribution (BSD license). It completes text
// that looks like Go; it knows nothing else. Its linear weights are exactly
// MXFP4.
package gopher

import (
	"bytes"
	_ "embed"
)

//go:generate go run ../cmd/rocmforge convert ${ROCMFORGE_SHARED}/models/gopher-7m-mxfp4 gopher-7m.gguf --type MXFP4
//go:generate go run ./gen

//go:embed gopher-7m.gguf
var model []byte

// Model returns the model as a GGUF file, for rocmforge.OpenReader.
func Model() *bytes.Reader { return bytes.NewReader(model) }
