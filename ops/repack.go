package ops

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/simd"
	"github.com/rocmforge/rocmforge/quant"
)

// RepackArgs is a weight on its way from a file's rows to panels.
type RepackArgs struct {
	Dst, Src         device.Ptr // [M, K]; Src may have any alignment
	M, K             int32
	SrcType, DstType quant.Type    // DstType as PlaceWeight says
	Layout           device.Layout // of Dst; into Planes nothing is converted
	Scale            float32       // of an FP8_E4M3 weight that stays one; 0: 1
}

// Repack lays a weight out for GEMV and GEMM: panels of 16 rows, the last one
// filled up with zeros. A format without a panel of its own becomes what
// KeptAs says. Work items are panels.
var Repack = device.Op[RepackArgs]{
	Name: "repack",
	Items: func(a *RepackArgs) int {
		if a.M < 0 || a.K < 1 {
			badShape("repack", *a)
		}
		if a.Layout == device.Planes {
			return repackPlanes(a)
		}
		if a.DstType != a.SrcType && !IsFloat(a.DstType) {
			badShape("repack", *a)
		}
		newWeightRows("repack", a.Src, a.SrcType, int(a.M), int(a.K))
		return panelCount(int(a.M))
	},
	Host: repack,
	Spec: func(a *RepackArgs) device.Spec {
		return device.Spec{Formats: map[string]string{"w": a.DstType.String()}}
	},
	Variants: []device.Variant[RepackArgs]{{
		Fits: func(_ device.Caps, s device.Spec) bool {
			f, err := quant.Parse(s.Formats["w"])
			return err == nil && planes[f.Type] != planeBytes{} && !IsFloat(f.Type)
		},
		Steps: []device.Step[RepackArgs]{{
			Kernel: "repack", Roles: []string{"w"},
			Grid: func(a *RepackArgs, _ device.Caps) device.Grid { return elementGrid(int(a.M)*int(a.K)/32, 1) },
		}},
	}},
}

// repackPlanes counts chunks.
func repackPlanes(a *RepackArgs) int {
	if a.SrcType != a.DstType || IsFloat(a.DstType) {
		badShape("repack", *a)
	}
	mustPlaneRow("repack", a.DstType, int(a.K))
	return int(a.M) * int(a.K) / 32
}

// packedElems is how many elements of each row are packed at a time, so that
// the piece of the panel stays in the first-level cache.
const packedElems = 256

func repack(a *RepackArgs, lo, hi int) {
	src := newWeightRows("repack", a.Src, a.SrcType, int(a.M), int(a.K))
	if a.SrcType != a.DstType {
		convertPanels(a, &src, lo, hi)
		return
	}
	panel, k := mustPanel("repack", a.DstType), int(a.K)
	stride := panelBytes(panel, k)
	dst := device.HostSlice[byte](a.Dst, hi*stride)
	for p := lo; p < hi; p++ {
		for k0 := 0; k0 < k; k0 += packedElems {
			packPiece(panel, dst[p*stride:], &src, p, k0, min(k0+packedElems, k))
		}
		if panel.Factor != 0 {
			putScales(a.Dst+device.Ptr(p*stride+panelStride(panel, k)), panel.Factor*cmp.Or(a.Scale, 1))
		}
	}
}

// putScales writes what the rows of a panel are multiplied by.
func putScales(to device.Ptr, scale float32) {
	rows := device.HostSlice[float32](to, simd.Rows)
	for r := range rows {
		rows[r] = scale
	}
}

// packPiece packs elements from..to-1 of panel p's rows.
func packPiece(panel *simd.Panel, dst []byte, src *weightRows, p, from, to int) {
	var rows [simd.Rows][]byte
	for r := range rows {
		if row := src.row(p*simd.Rows + r); row != nil {
			rows[r] = row[from/panel.K*panel.Row : to/panel.K*panel.Row]
			mustBeNumbers(panel, rows[r])
		}
	}
	at, end := panelStride(panel, from), panelStride(panel, to)
	panel.Pack(dst[at:end], &rows, (to-from)/panel.K)
}

// mustBeNumbers refuses NaNs for which a panel has no place, scales of MX blocks
// and codes of FP8: the weights are damaged.
func mustBeNumbers(panel *simd.Panel, row []byte) {
	step, mask := panel.Row, byte(0xff)
	switch panel.Type {
	case quant.MXFP4, quant.MXFP6_E2M3:
	case quant.FP8_E4M3:
		mask = 0x7f
	default:
		return
	}
	for i := 0; i < len(row); i += step {
		if row[i]&mask == mask {
			panic(fmt.Sprintf("repack: a NaN in a weight of type %s", panel.Type))
		}
	}
}

// convertPanels decodes rows to float32 and rounds them to the panel's type.
func convertPanels(a *RepackArgs, src *weightRows, lo, hi int) {
	s, k := simd.Active(), int(a.K)
	d := panelDecoders.Get().(*panelDecoder)
	defer panelDecoders.Put(d)
	for p := lo; p < hi; p++ {
		for k0 := 0; k0 < k; k0 += decodeElems {
			w := d.decode(s, src, p, k0, min(decodeElems, k-k0))
			at := (p*k + k0) * simd.Rows
			f, _ := quant.Lookup(a.DstType)
			dst := device.HostSlice[byte](a.Dst, (at+len(w))*f.BlockBytes)[at*f.BlockBytes:]
			if a.DstType == quant.F16 {
				halves := device.HostSlice[uint16](a.Dst, at+len(w))[at:]
				s.F32ToF16(halves, w)
				mustBeFinite(a, halves)
			} else if err := f.Encode(dst, w); err != nil || a.SrcType == quant.F64 && slices.ContainsFunc(w, infinite) {
				panic(fmt.Sprintf("repack: a weight of type %s kept as %s: too large for it (%v)", a.SrcType, a.DstType, err))
			}
		}
	}
}

// infinite is what becomes of an F64 that float32 cannot hold.
func infinite(x float32) bool { return math.IsInf(float64(x), 0) }

// mustBeFinite refuses what half floats cannot hold.
func mustBeFinite(a *RepackArgs, halves []uint16) {
	most := uint16(0)
	for _, h := range halves {
		most = max(most, h&0x7fff)
	}
	if most >= 0x7c00 {
		panic(fmt.Sprintf("repack: a weight of type %s is beyond 65504 or no number; this device keeps that type as F16, which holds no more; --exact keeps it as it is in the file", a.SrcType))
	}
}
