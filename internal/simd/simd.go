// Package simd holds the CPU's inner loops: products of weight panels with
// tiles of activations, and the vector operations around them, each in
// portable Go and in assembly for the instruction sets that pay.
//
// It knows bytes, lanes and the order of rows within a panel. It must not know
// tensors, threads, models or files: who splits the work, owns the memory and
// checks shapes is the caller. Kernels check nothing; every pointer must
// reach as far as its doc comment says.
//
// Kernels are called through func values, so their pointer arguments escape.
// Callers therefore pass memory that lives outside Go's heap or in pooled
// scratch; a kernel itself never allocates.
package simd

//go:generate go run -C gen . -set mul_avx512
//go:generate go run -C gen . -set float_avx512
//go:generate go run -C gen . -set vector_avx512
//go:generate go run -C gen . -set mul_avx2
//go:generate go run -C gen . -set float_avx2
//go:generate go run -C gen . -set vector_avx2
//go:generate go run -C gen ./arm64 ..

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"unsafe"
)

const (
	// Rows is how many rows (output features) lie side by side in a panel.
	Rows = 16

	// TileTokens is the most tokens that one kernel call takes.
	TileTokens = 32

	// ChunkElems is the number of elements that one Q8Block covers.
	ChunkElems = 32
)

// A Q8Block is 32 consecutive activations of one token, quantized to 8 bits:
// x ~ Scale*Q. The sums serve weight formats with an offset: codes stored as
// w+2^s start their accumulator at Neg<<s, formats with a minimum multiply it
// by Sum, or their minima of 16 elements by NegLo and NegHi.
type Q8Block struct {
	Scale float32  // amax/127; 0 if all of Q is 0
	Sum   float32  // Scale * ΣQ
	Neg   int32    // -ΣQ
	NegLo int32    // -ΣQ of elements 0..15
	NegHi int32    // -ΣQ of elements 16..31
	_     [3]int32 // so that Q starts at byte 32
	Q     [32]int8 // each in -127..127
}

// Q8BlockBytes is the size of a Q8Block: one cache line.
const Q8BlockBytes = int(unsafe.Sizeof(Q8Block{}))

// Mul adds the product of a panel and a tile of n tokens (1..TileTokens):
//
//	acc[i*16+r] += Σ_k w[r][k] * x[k][i]    r < 16, i < n
//
// panel holds blocks panel blocks. x is a tile in the form that Panel.Float
// names: float32 with x[k*ldx+i], or Q8Block with x[b*ldx+i] where b counts
// chunks of 32 k; ldx >= n. acc has n*16 elements.
type Mul func(acc *float32, panel, x unsafe.Pointer, blocks, n, ldx int)

// Kernels is one instruction set's implementation of everything here. The
// slices that one call takes have equal lengths, and dst may be the same
// memory as a source unless a comment says otherwise.
type Kernels struct {
	Name string // "portable", "avx2", "avx512" or "neon"

	mul [panelCount]Mul

	// QuantizeQ8 turns blocks*32 floats of one token into Q8 blocks that lie
	// ldx apart: dst[b*ldx] covers x[32b..32b+31]. Blocks with
	// amax < 2^-100 become zero blocks; if it is infinite or a NaN, it is the
	// scale of a zero block.
	QuantizeQ8 func(dst *Q8Block, x *float32, blocks, ldx int)

	// Transpose writes dst[c*ldDst+r] = src[r*ldSrc+c] for r < rows and
	// c < cols: with rows of tokens it makes a float tile.
	Transpose func(dst, src *float32, rows, cols, ldDst, ldSrc int)

	Dot        func(a, b []float32) float32                // Σ a[i]*b[i]
	DotF16     func(a []float32, b []uint16) float32       // Σ a[i]*b[i], b as F16
	Axpy       func(y, x []float32, a float32)             // y += a*x
	AxpyF16    func(y []float32, x []uint16, a float32)    // y += a*x, x as F16
	Scale      func(x []float32, a float32)                // x *= a
	SumSquares func(x []float32) float32                   // Σ x[i]²
	MulScale   func(dst, x, w []float32, s float32)        // dst = x*s*w
	Add        func(dst, x []float32)                      // dst += x
	SiLUMul    func(dst, gate, up []float32)               // dst = gate/(1+exp(-gate)) * up
	GELUMul    func(dst, gate, up []float32)               // dst = gelu(gate) * up, tanh form
	ExpSum     func(dst, x []float32, max float32) float32 // dst = exp(x-max), and Σ dst
	Max        func(x []float32) float32                   // the largest; -Inf if x is empty
	F32ToF16   func(dst []uint16, x []float32)             // to nearest, ties to even
	F16ToF32   func(dst []float32, x []uint16)             // exact
}

// MulOf is the kernel for a kind of panel; there always is one.
func (k *Kernels) MulOf(p *Panel) Mul { return k.mul[p.id] }

// All lists the implementations that this CPU can run, slowest first.
func All() []*Kernels { return append([]*Kernels{&portable}, native()...) }

// Choose finds an implementation by name; "" means the fastest. The error
// lists the names that this CPU can run.
func Choose(name string) (*Kernels, error) {
	all := All()
	if name == "" {
		return all[len(all)-1], nil
	}
	names := make([]string, len(all))
	for i, k := range all {
		if k.Name == name {
			return k, nil
		}
		names[i] = k.Name
	}
	return nil, fmt.Errorf("simd: no kernels %q on this CPU (there are: %s)", name, strings.Join(names, ", "))
}

// Env names the environment variable that overrides the choice of kernels.
const Env = "ROCMFORGE_SIMD"

var active atomic.Pointer[Kernels]

// Use makes the implementation of that name the active one; "" means the
// fastest. It must not be called while kernels run.
func Use(name string) error {
	k, err := Choose(name)
	if err == nil {
		active.Store(k)
	}
	return err
}

// Init chooses what Active returns, unless that is settled already: the
// implementation that ROCMFORGE_SIMD names, or else the fastest. It fails if
// the variable names one that is not there.
func Init() error {
	if active.Load() != nil {
		return nil
	}
	if err := Use(os.Getenv(Env)); err != nil {
		return fmt.Errorf("%s: %w", Env, err)
	}
	return nil
}

// Active is the implementation to use. Without an Init before, it panics if
// ROCMFORGE_SIMD names one that is not there.
func Active() *Kernels {
	if k := active.Load(); k != nil {
		return k
	}
	if err := Init(); err != nil {
		panic(err)
	}
	return active.Load()
}
