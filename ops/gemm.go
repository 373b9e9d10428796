package ops

import (
	"strings"
	"sync"
	"unsafe"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/simd"
	"github.com/rocmforge/rocmforge/quant"
)

// GEMMArgs is a linear layer:
//
//	Y[t*YStride+m] = Σ_k W[m,k] X[t,k] + Bias[m] + Residual[t*YStride+m]
type GEMMArgs struct {
	Y        device.Ptr // float32, rows of M, YStride floats apart
	X        device.Ptr // [Tokens, K] in Form
	W        device.Ptr // [M, K]
	Bias     device.Ptr // float32 [M], or 0
	Residual device.Ptr // laid out as Y, may be Y; or 0
	Tokens   int32
	M, K     int32
	YStride  int32
	Type     quant.Type // of W
	Form     Form       // of X, as InputForm says
	Layout   device.Layout
}

// GEMM is the product for many tokens (prefill). A work item is a group of
// panels and a block of tiles: the panels stay in the cache while the tiles
// pass by, and a slice of a tile does while it meets the panels.
var GEMM = device.Op[GEMMArgs]{
	Name: "gemm",
	Items: func(a *GEMMArgs) int {
		checkGEMM("gemm", a)
		return ceilDiv(panelCount(int(a.M)), groupSize(a)) * blockCount(a)
	},
	Host: gemm,
	Spec: linearSpec,
	Variants: []device.Variant[GEMMArgs]{
		gemmScaled(128, 128, func(_ device.Caps, s device.Spec) bool { return s.Consts["M"] >= 4096 }),
		gemmScaled(64, 64, func(device.Caps, device.Spec) bool { return true }),
		gemmVariant(128, 128, 2, 128, func(c device.Caps, s device.Spec) bool { return s.Consts["M"] >= 4096 && isCUDA(c) }),
		gemmVariant(128, 128, 4, 256, func(_ device.Caps, s device.Spec) bool { return s.Consts["M"] >= 4096 }),
		gemmVariant(128, 64, 2, 128, nil),
		{
			Fits:  planesFit(FloatRows),
			Steps: []device.Step[GEMMArgs]{{Kernel: "gemm_float", Roles: []string{"w"}, Grid: gemmGrid(64, 64, 256)}},
		},
	},
}

// linearSpec is what kernels of linear layers are made for.
func linearSpec(a *GEMMArgs) device.Spec {
	s := device.Spec{
		Formats: map[string]string{"w": a.Type.String()},
		Consts:  map[string]int{"M": int(a.M), "K": int(a.K), "FORM": int(a.Form)},
	}
	if t, small := smallType(a.Form); small {
		s.Formats["x"] = t.String()
	}
	return s
}

// planesFit says whether a kernel can do with weights in planes and activations
// in a form.
func planesFit(f Form) func(device.Caps, device.Spec) bool {
	return func(_ device.Caps, s device.Spec) bool {
		return s.Consts["FORM"] == int(f) && hasPlanes(s.Formats["w"], s.Consts["K"])
	}
}

// isCUDA tells the GPUs whose waves do best with fewer and larger tiles each.
func isCUDA(c device.Caps) bool { return strings.HasPrefix(c.Arch, "sm_") }

// gemmVariant is the kernel for tiles of bt tokens and bm rows, with wavesM
// waves of 32 lanes side by side over the rows, and half as many of 64.
func gemmVariant(bt, bm, wavesM, threads int, fits func(device.Caps, device.Spec) bool) device.Variant[GEMMArgs] {
	formFits := planesFit(HalfRows)
	return device.Variant[GEMMArgs]{
		Fits: func(c device.Caps, s device.Spec) bool { return formFits(c, s) && (fits == nil || fits(c, s)) },
		Steps: []device.Step[GEMMArgs]{{
			Kernel: "gemm", Roles: []string{"w"},
			Tune: map[string]int{"BT": bt, "BM": bm, "WAVES_M": wavesM, "THREADS": threads},
			Grid: gemmGrid(bt, bm, threads),
		}},
	}
}

// gemmGrid is a group for each tile, those of the same rows side by side.
func gemmGrid(bt, bm, threads int) func(*GEMMArgs, device.Caps) device.Grid {
	return func(a *GEMMArgs, _ device.Caps) device.Grid {
		return device.Grid{Groups: [3]int{ceilDiv(int(a.Tokens), bt), ceilDiv(int(a.M), bm), 1}, Block: threads}
	}
}

const (
	// groupPanels and groupBytes bound a group of panels. It is to stay in
	// the second-level cache, together with a slice of a tile.
	groupPanels = 8
	groupBytes  = 256 << 10

	// blockTiles is how many tiles a work item meets.
	blockTiles = 8

	// sliceElems is how much of k is multiplied at a time: of float tiles
	// 256 KiB. Shorter slices load and store the sums more often.
	sliceElems = 2048
)

func checkGEMM(op string, a *GEMMArgs) {
	if a.Tokens < 0 || a.M < 1 || a.K < 1 || a.YStride < a.M {
		badShape(op, *a)
	}
	if k := int(a.K); a.Layout == device.Planes {
		mustPlaneRow(op, a.Type, k)
	} else if a.Layout == device.Rows {
		newWeightRows(op, a.W, a.Type, int(a.M), k)
	} else {
		panelStride(mustPanel(op, a.Type), k)
	}
}

// groupSize is how many panels are a group.
func groupSize(a *GEMMArgs) int {
	if a.Layout != device.Panels {
		return 1
	}
	bytes := panelBytes(mustPanel("gemm", a.Type), int(a.K))
	return min(max(groupBytes/bytes, 2), groupPanels)
}

func blockCount(a *GEMMArgs) int { return ceilDiv(tileCount(int(a.Tokens)), blockTiles) }

func gemm(a *GEMMArgs, lo, hi int) {
	p := newProduct(a)
	s := productScratches.Get().(*productScratch)
	defer productScratches.Put(s)
	group, blocks := groupSize(a), blockCount(a)
	for item := lo; item < hi; item++ {
		panel, tile := item/blocks*group, item%blocks*blockTiles
		p.block(s, panel, min(group, panelCount(int(a.M))-panel),
			tile, min(blockTiles, tileCount(int(a.Tokens))-tile))
	}
}

// product is a GEMM as the kernels want it.
type product struct {
	*GEMMArgs
	simd  *simd.Kernels
	mul   simd.Mul
	panel *simd.Panel // what mul takes; F32 for rows
	form  Form        // of X
	rows  weightRows  // W, in the layout Rows

	y, bias, residual []float32
}

// productScratch is a work item's memory.
type productScratch struct {
	// acc has the sums of a tile and each panel of a group, or of a panel
	// of decoded rows and each tile of a block.
	acc [max(groupPanels, blockTiles)][simd.TileTokens * simd.Rows]float32
	panelDecoder
}

var productScratches = sync.Pool{New: func() any { return new(productScratch) }}

func newProduct(a *GEMMArgs) product {
	p := product{GEMMArgs: a, simd: simd.Active(), form: a.Form}
	if a.Layout == device.Rows {
		p.panel = mustPanel("gemm", quant.F32)
		p.rows = newWeightRows("gemm", a.W, a.Type, int(a.M), int(a.K))
	} else {
		p.panel = mustPanel("gemm", a.Type)
	}
	p.mul = p.simd.MulOf(p.panel)
	n := (int(a.Tokens)-1)*int(a.YStride) + int(a.M)
	p.y = device.HostSlice[float32](a.Y, n)
	if a.Bias != 0 {
		p.bias = device.HostSlice[float32](a.Bias, int(a.M))
	}
	if a.Residual != 0 {
		p.residual = device.HostSlice[float32](a.Residual, n)
	}
	return p
}

// block multiplies panels with tiles.
func (p *product) block(s *productScratch, panel, panels, tile, tiles int) {
	if p.Layout == device.Rows {
		p.decodedPanel(s, panel, tile, tiles)
		return
	}
	for i := range tiles {
		p.panels(s, panel, panels, tile+i)
	}
}

// panels multiplies panels with one tile.
func (p *product) panels(s *productScratch, panel, panels, tile int) {
	n, k, stride := p.tokens(tile), int(p.K), panelBytes(p.panel, int(p.K))
	for i := range panels {
		clear(s.acc[i][:n*simd.Rows])
	}
	slice := sliceElems
	if panels == 1 {
		slice = k
	}
	for k0 := 0; k0 < k; k0 += slice {
		w := unsafe.Add(device.HostPointer(p.W), panel*stride+panelStride(p.panel, k0))
		x, blocks := p.tile(tile, k0), min(slice, k-k0)/p.panel.K
		for i := range panels {
			p.mul(&s.acc[i][0], unsafe.Add(w, i*stride), x, blocks, n, n)
		}
	}
	for i := range panels {
		if p.panel.Factor != 0 {
			p.scale(s.acc[i][:n*simd.Rows], panel+i)
		}
		p.store(s.acc[i][:], panel+i, tile)
	}
}

// scale multiplies sums of a panel by what stands behind it.
func (p *product) scale(acc []float32, panel int) {
	at := panel*panelBytes(p.panel, int(p.K)) + panelStride(p.panel, int(p.K))
	by := device.HostSlice[float32](p.W+device.Ptr(at), simd.Rows)
	for i := range acc {
		acc[i] *= by[i%simd.Rows]
	}
}

// decodedPanel multiplies 16 rows that are not packed with tiles. Each piece
// of them is decoded once.
func (p *product) decodedPanel(s *productScratch, panel, tile, tiles int) {
	for i := range tiles {
		clear(s.acc[i][:])
	}
	for k0, k := 0, int(p.K); k0 < k; k0 += decodeElems {
		elems := min(decodeElems, k-k0)
		w := unsafe.Pointer(&s.decode(p.simd, &p.rows, panel, k0, elems)[0])
		for i := range tiles {
			n := p.tokens(tile + i)
			p.mul(&s.acc[i][0], w, p.tile(tile+i, k0), elems, n, n)
		}
	}
	for i := range tiles {
		p.store(s.acc[i][:], panel, tile+i)
	}
}

// tokens is how many tokens a tile has.
func (p *product) tokens(tile int) int {
	return min(simd.TileTokens, int(p.Tokens)-tile*simd.TileTokens)
}

// tile is where a tile's activations from k0 on begin.
func (p *product) tile(tile, k0 int) unsafe.Pointer {
	at := tile*simd.TileTokens*packedRow(p.form, int(p.K)) + p.tokens(tile)*packedRow(p.form, k0)
	return unsafe.Add(device.HostPointer(p.X), at)
}

// store writes the sums of a panel and a tile to Y.
func (p *product) store(acc []float32, panel, tile int) {
	m := panel * simd.Rows
	rows := min(simd.Rows, int(p.M)-m)
	for i := range p.tokens(tile) {
		at := (tile*simd.TileTokens+i)*int(p.YStride) + m
		sum := acc[i*simd.Rows:][:rows]
		if p.bias != nil {
			accumulate(sum, p.bias[m:])
		}
		if p.residual != nil {
			accumulate(sum, p.residual[at:])
		}
		copy(p.y[at:], sum)
	}
}

// accumulate adds so few elements that calling a kernel does not pay.
func accumulate(dst, x []float32) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] += x[i]
	}
}
