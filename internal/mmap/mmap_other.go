//go:build !unix && !windows

package mmap

import (
	"io"
	"os"
)

// mapFile reads the whole file where the system has no mapping.
func mapFile(f *os.File, size int) ([]byte, func() error, error) {
	data, err := io.ReadAll(io.NewSectionReader(f, 0, int64(size)))
	if err == nil && len(data) < size {
		err = io.ErrUnexpectedEOF
	}
	return data, func() error { return nil }, err
}

// Forget does nothing where the system decides by itself what stays in memory.
func Forget([]byte) {}
