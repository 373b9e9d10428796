package gguf

import "github.com/rocmforge/rocmforge/internal/fileerr"

// ErrFormat is what errors.Is finds in the error of a file that was refused for
// what is in it: it is damaged, or of another format. What fails otherwise, such
// as opening it, is no ErrFormat.
var ErrFormat = fileerr.ErrFormat
