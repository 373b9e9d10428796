//go:build !linux

package self

import "os"

// KeepStdout gives the standard output.
func KeepStdout() *os.File { return os.Stdout }
