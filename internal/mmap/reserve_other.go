//go:build !linux

package mmap

import "errors"

// Sparse says whether what Reserve gives takes memory only where it is touched.
const Sparse = false

// mostReserved is what is asked of systems that may count it as used.
const mostReserved = 8 << 30

// Reserve gives n zeroed bytes, and what gives them back.
func Reserve(n int) (b []byte, release func(), err error) {
	if int64(n) > mostReserved {
		return nil, nil, errors.ErrUnsupported
	}
	return make([]byte, n), func() {}, nil
}
