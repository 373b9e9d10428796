package gguf

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/rocmforge/rocmforge/quant"
)

// dataSize is the bytes of a tensor of whole blocks per row, in checked
// arithmetic.
func dataSize(f *quant.Format, dims []int64) (int64, error) {
	if rest := dims[0] % int64(f.BlockElems); rest != 0 {
		return 0, fmt.Errorf("rows of %d elements; %s has blocks of %d", dims[0], f.Name, f.BlockElems)
	}
	n := uint64(f.BlockBytes)
	for i, d := range dims {
		if i == 0 {
			d /= int64(f.BlockElems)
		}
		high, low := bits.Mul64(n, uint64(d))
		if high != 0 || low > math.MaxInt64 {
			return 0, fmt.Errorf("%s of dims %v has more bytes than 64 bits can count", f.Name, dims)
		}
		n = low
	}
	return int64(n), nil
}
