package ops

import (
	"fmt"
	"unsafe"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/simd"
	"github.com/rocmforge/rocmforge/quant"
)

// Form is how activations lie. GEMV and GEMM on a CPU want tiles of 32 tokens
// (the last one may be narrower) with the tokens side by side, on a GPU rows.
type Form int32

const (
	// FloatRows are float32 [tokens, K]: what ops compute, and what a GPU
	// multiplies exactly.
	FloatRows Form = iota
	// Q8Rows are quantized to 8 bits in blocks of 32: the codes [tokens,
	// K], then for each block, [tokens, K/32], its scale as float32 and the
	// sums of the first and the last 16 codes as int16.
	Q8Rows
	// HalfRows are float16 [tokens, K]: what matrix units take.
	HalfRows
	// MXFP4Rows, MXFP6E2M3Rows and MXFP6E3M2Rows are rounded in blocks of 32
	// as Simulate does, and lie as weights of these types in Planes: what
	// matrix units take that know scales.
	MXFP4Rows
	MXFP6E2M3Rows
	MXFP6E3M2Rows
	// FP8Rows are rounded by one step, and lie as weights of FP8_E4M3.
	FP8Rows
	// FloatTiles are float32: a tile of n tokens is [K][n].
	FloatTiles
	// Q8Tiles are quantized to 8 bits in blocks of 32: a tile of n tokens
	// is [K/32][n] blocks of 64 bytes (simd.Q8Block).
	Q8Tiles
	formCount
)

// FormCount is how many forms there are.
const FormCount = int(formCount)

// smallForms are the forms of rounded activations, by their format.
var smallForms = map[quant.Type]Form{
	quant.MXFP4: MXFP4Rows, quant.MXFP6_E2M3: MXFP6E2M3Rows, quant.MXFP6_E3M2: MXFP6E3M2Rows, quant.FP8_E4M3: FP8Rows,
}

// SmallForm is the form in which a device's matrix units take activations that
// are rounded to a format; false if they do not.
func SmallForm(c device.Caps, t quant.Type) (Form, bool) {
	f, ok := smallForms[t]
	return f, ok && c.MX
}

// smallType is the format of a form of rounded activations.
func smallType(f Form) (quant.Type, bool) {
	for t, form := range smallForms {
		if f == form {
			return t, true
		}
	}
	return 0, false
}

// IsNative says that a device's matrix units take weights and activations of two
// formats as they are: MX formats of any kinds, or FP8 of both.
func IsNative(c device.Caps, weight, input quant.Type) bool {
	_, w := SmallForm(c, weight)
	_, x := SmallForm(c, input)
	return w && x && (weight == quant.FP8_E4M3) == (input == quant.FP8_E4M3)
}

// InputForm is the form of the activations for a weight, when so many tokens
// are multiplied with it.
func InputForm(w *device.Tensor, tokens int) Form {
	if w.Layout != device.Planes {
		return PackForm(w.Type, w.Layout)
	}
	switch {
	case w.Native:
		return smallForms[w.Input]
	case w.Exact, w.Type == quant.F32:
		return FloatRows
	case tokens > 1:
		return HalfRows
	case multipliesBytes(w.Type):
		return Q8Rows
	}
	return FloatRows
}

// PackForm is the form of the activations for a weight of type t as it lies in
// memory.
func PackForm(t quant.Type, l device.Layout) Form {
	if l == device.Rows || mustPanel("pack", t).Float {
		return FloatTiles
	}
	return Q8Tiles
}

// mustBeFloats refuses, on a CPU, what only GPUs write in another form.
func mustBeFloats(op string, f Form) {
	if f != FloatRows {
		panic(fmt.Sprintf("ops: %s: a CPU writes no activations in form %d", op, f))
	}
}

// validForm tells whether an op may write rows of dim activations in a form.
func validForm(f Form, dim int32) bool {
	return f == FloatRows || f == HalfRows || InBlocks(f) && dim%32 == 0
}

// InBlocks says that 32 neighbouring activations of a form share a scale.
func InBlocks(f Form) bool { return f == Q8Rows || f >= MXFP4Rows && f <= MXFP6E3M2Rows }

// PackedBytes is the size of packed activations [tokens, k].
func PackedBytes(f Form, tokens, k int) int { return tokens * packedRow(f, k) }

// packedRow is the bytes that a token's k activations take in a tile.
func packedRow(f Form, k int) int {
	if t, small := smallType(f); small {
		return mustPlaneRow("pack", t, k)
	}
	switch {
	case f == FloatTiles, f == FloatRows:
		return k * 4
	case f == HalfRows:
		return k * 2
	case f == Q8Rows && k%32 == 0:
		return k + k/32*8
	case k%simd.ChunkElems != 0:
		panic(fmt.Sprintf("ops: pack: K = %d is no multiple of %d", k, simd.ChunkElems))
	}
	return k / simd.ChunkElems * simd.Q8BlockBytes
}

// PackArgs is activations on their way into tiles.
type PackArgs struct {
	Dst       device.Ptr // PackedBytes(Form, Tokens, K)
	X         device.Ptr // [Tokens, K]
	Tokens, K int32
	Stride    int32 // floats from one token of X to the next
	Form      Form
	Step      float32 // of FP8Rows, above 0
}

// packElems is how many elements of each token in a tile are an item.
const packElems = 256

// Pack lays activations out for GEMV and GEMM.
var Pack = device.Op[PackArgs]{
	Name: "pack",
	Items: func(a *PackArgs) int {
		if a.Tokens < 0 || a.K < 1 || a.Stride < a.K {
			badShape("pack", *a)
		}
		packedRow(a.Form, int(a.K))
		if a.Form == FP8Rows && !(a.Step > 0) {
			badShape("pack", *a)
		}
		return tileCount(int(a.Tokens)) * ceilDiv(int(a.K), packElems)
	},
	Host:  pack,
	Grain: 8,
	Spec: func(a *PackArgs) device.Spec {
		return device.Spec{Consts: map[string]int{"FORM": int(a.Form)}}
	},
	Variants: []device.Variant[PackArgs]{{
		Fits: func(_ device.Caps, s device.Spec) bool { return s.Consts["FORM"] < int(FloatTiles) },
		Steps: []device.Step[PackArgs]{{
			Kernel: "pack", Consts: []string{"FORM"},
			Grid: func(a *PackArgs, _ device.Caps) device.Grid { return elementGrid(int(a.K), int(a.Tokens)) },
		}},
	}},
}

// tileCount is the number of tiles that tokens fill.
func tileCount(tokens int) int { return ceilDiv(tokens, simd.TileTokens) }

func pack(a *PackArgs, lo, hi int) {
	if a.Form < FloatTiles {
		badShape("pack on a CPU", *a)
	}
	s, slices := simd.Active(), ceilDiv(int(a.K), packElems)
	for item := lo; item < hi; item++ {
		token, k0 := item/slices*simd.TileTokens, item%slices*packElems
		n := min(simd.TileTokens, int(a.Tokens)-token)
		packSlice(s, a, token, n, k0, min(packElems, int(a.K)-k0))
	}
}

// packSlice packs k activations from k0 on, of the tile that begins at token
// and has n.
func packSlice(s *simd.Kernels, a *PackArgs, token, n, k0, k int) {
	tile := unsafe.Add(device.HostPointer(a.Dst), token*packedRow(a.Form, int(a.K)))
	dst := unsafe.Add(tile, n*packedRow(a.Form, k0))
	src := unsafe.Add(device.HostPointer(a.X), (token*int(a.Stride)+k0)*4)
	if a.Form == FloatTiles {
		s.Transpose((*float32)(dst), (*float32)(src), n, k, n, int(a.Stride))
		return
	}
	for i := range n {
		to := unsafe.Add(dst, i*simd.Q8BlockBytes)
		from := unsafe.Add(src, i*int(a.Stride)*4)
		s.QuantizeQ8((*simd.Q8Block)(to), (*float32)(from), k/simd.ChunkElems, n)
	}
}
