// Package safefile opens files that a stranger may have placed, and writes
// files that are complete or absent. It knows nothing of their content.
package safefile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/rocmforge/rocmforge/internal/fileerr"
)

// ErrNotRegular is the cause when a path is a pipe, device, socket or folder.
var ErrNotRegular = errors.New("not a regular file")

// Open opens a regular file for reading and gives its state. Symbolic links
// are followed. It never waits for a pipe's other end.
func Open(path string) (*os.File, fs.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = notRegular(path, info.Mode())
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// ReadFile reads a regular file of at most max bytes.
func ReadFile(path string, max int64) ([]byte, error) {
	f, info, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info.Size() > max {
		return nil, fileerr.New(path, fileerr.NoOffset, "", "%d bytes, at most %d are allowed", info.Size(), max)
	}
	b, err := io.ReadAll(io.LimitReader(f, max+1))
	if err == nil && int64(len(b)) > max {
		err = fileerr.New(path, fileerr.NoOffset, "", "grew while it was read; at most %d bytes are allowed", max)
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

func notRegular(path string, mode fs.FileMode) error {
	return fileerr.New(path, fileerr.NoOffset, "", "%w but a %s", ErrNotRegular, kind(mode))
}

func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "folder"
	case mode&fs.ModeNamedPipe != 0:
		return "named pipe"
	case mode&fs.ModeSocket != 0:
		return "socket"
	case mode&fs.ModeDevice != 0:
		return "device"
	}
	return fmt.Sprintf("file of mode %v", mode)
}
