// Package mmap maps files into memory for reading. It knows nothing of their
// content.
//
// A mapped file that another process cuts short makes every access to the
// lost pages fault. Code that reads mapped bytes therefore runs inside Guard,
// which turns the fault into an error.
package mmap

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/rocmforge/rocmforge/internal/fileerr"
	"github.com/rocmforge/rocmforge/internal/safefile"
)

// A File is a regular file, open and mapped. Its methods may be called from
// many goroutines, but nobody may use Bytes once Close was called.
type File struct {
	f      *os.File
	name   string
	info   fs.FileInfo // when it was opened
	data   []byte
	unmap  func() error
	closed sync.Once
	err    error
}

// Open maps a regular file. No byte of it is read where the system can map.
func Open(path string) (*File, error) {
	f, info, err := safefile.Open(path)
	if err != nil {
		return nil, err
	}
	m := &File{f: f, name: path, info: info, unmap: func() error { return nil }}
	switch size := info.Size(); {
	case size > math.MaxInt:
		err = fmt.Errorf("%d bytes are too many for this system's address space", size)
	case size > 0:
		m.data, m.unmap, err = mapFile(f, int(size))
	}
	if err != nil {
		f.Close()
		return nil, &fs.PathError{Op: "mmap", Path: path, Err: err}
	}
	return m, nil
}

// Bytes is the file's content, read-only: writing to it faults. It is valid
// until Close.
func (m *File) Bytes() []byte { return m.data }

// Size is the file's size when it was opened.
func (m *File) Size() int64 { return m.info.Size() }

// Name is the path that Open was given.
func (m *File) Name() string { return m.name }

// ReadAt reads through the file, not the mapping, so it cannot fault.
func (m *File) ReadAt(p []byte, off int64) (int, error) { return m.f.ReadAt(p, off) }

// Changed gives an error if the file's size or modification time is not what
// it was at Open. Ask once the bytes that matter were read.
func (m *File) Changed() error {
	now, err := m.f.Stat()
	if err != nil {
		return err
	}
	if now.Size() != m.info.Size() || !now.ModTime().Equal(m.info.ModTime()) {
		return fileerr.New(m.name, fileerr.NoOffset, "", "changed while it was in use: %d bytes of %v, before %d bytes of %v",
			now.Size(), now.ModTime(), m.info.Size(), m.info.ModTime())
	}
	return nil
}

// Close unmaps and closes the file. Further calls give the first one's result.
func (m *File) Close() error {
	m.closed.Do(func() {
		m.data = nil
		m.err = m.unmap()
		if err := m.f.Close(); m.err == nil {
			m.err = err
		}
	})
	return m.err
}

// Guard runs read, which touches mapped bytes, and turns an access fault in
// it into an error. It only covers the calling goroutine: others that read
// mapped bytes need a Guard of their own. Other panics pass through.
func Guard(read func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(old)
	defer func() {
		switch r := recover().(type) {
		case nil:
		case fault:
			err = fmt.Errorf("a mapped file cannot be read at address %#x: it was cut short, or its disk failed (%w)", r.Addr(), r)
		default:
			panic(r)
		}
	}()
	return read()
}

// fault is what the runtime panics with when SetPanicOnFault is on; a nil
// pointer's panic has no address.
type fault interface {
	runtime.Error
	Addr() uintptr
}
