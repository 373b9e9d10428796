package mmap

import "golang.org/x/sys/unix"

// Sparse says whether what Reserve gives takes memory only where it is touched.
const Sparse = true

// Reserve gives n zeroed bytes, and what gives them back.
func Reserve(n int) (b []byte, release func(), err error) {
	b, err = unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
	if err != nil {
		return nil, nil, err
	}
	return b, func() { unix.Munmap(b) }, nil
}
