package weights

import (
	"bytes"
	"io"
	"sync"

	"github.com/rocmforge/rocmforge/internal/mmap"
)

// Reader reads what Bytes gives, which is asked for when the first byte is.
func (t *Tensor) Reader() *io.SectionReader {
	return io.NewSectionReader(&lazy{bytes: sync.OnceValues(t.Bytes)}, 0, int64(t.Size))
}

// lazy is a tensor's bytes, which may be those of a mapped file.
type lazy struct {
	bytes func() ([]byte, error)
}

func (l *lazy) ReadAt(p []byte, off int64) (n int, err error) {
	b, err := l.bytes()
	if err != nil {
		return 0, err
	}
	fault := mmap.Guard(func() error {
		n, err = bytes.NewReader(b).ReadAt(p, off)
		return nil
	})
	if fault != nil {
		return 0, fault
	}
	return n, err
}
