package ops_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

// benchTypes are the formats that speed is measured for.
var benchTypes = []quant.Type{quant.F16, quant.Q8_0, quant.Q4_K, quant.MXFP4}

// TestBadMatrixShapes holds that impossible arguments panic, naming the op.
func TestBadMatrixShapes(t *testing.T) {
	m := newMachine(t)
	kv := ops.KV{MaxPages: 1, PageTokens: 16, Heads: 2, HeadDim: 8, Type: quant.F16}
	odd, wide := kv, kv
	odd.PageTokens, wide.HeadDim = 24, 513
	for name, f := range map[string]func(){
		"repack: K":   func() { launch(m, &ops.Repack, ops.RepackArgs{M: 1, K: 31, SrcType: quant.Q8_0, DstType: quant.Q8_0}) },
		"repack: to":  func() { launch(m, &ops.Repack, ops.RepackArgs{M: 1, K: 32, SrcType: quant.Q8_0, DstType: quant.Q4_0}) },
		"repack: int": func() { launch(m, &ops.Repack, ops.RepackArgs{M: 1, K: 32, SrcType: quant.Q8_1, DstType: quant.F16}) },
		"pack: K":     func() { launch(m, &ops.Pack, ops.PackArgs{Tokens: 1, K: 33, Stride: 33, Form: ops.Q8Tiles}) },
		"pack: row":   func() { launch(m, &ops.Pack, ops.PackArgs{Tokens: 1, K: 33, Stride: 32}) },
		"gemm: row": func() {
			launch(m, &ops.GEMM, ops.GEMMArgs{Tokens: 1, M: 2, K: 1, YStride: 1, Type: quant.F32, Layout: device.Panels})
		},
		"gemm: panel": func() {
			launch(m, &ops.GEMM, ops.GEMMArgs{Tokens: 1, M: 1, K: 256, YStride: 1, Type: quant.IQ2_XXS, Layout: device.Panels})
		},
		"gemv: K": func() {
			launch(m, &ops.GEMV, ops.GEMVArgs{Tokens: 1, M: 1, K: 128, YStride: 1, Type: quant.Q4_K})
		},
		"kv_append: page": func() { launch(m, &ops.KVAppend, ops.KVAppendArgs{KV: odd, StrideK: 16, StrideV: 16}) },
		"kv_append: row":  func() { launch(m, &ops.KVAppend, ops.KVAppendArgs{KV: kv, StrideK: 15, StrideV: 16}) },
		"attention_prefill: dim": func() {
			launch(m, &ops.AttentionPrefill, ops.AttentionPrefillArgs{KV: wide, Y: 1, Heads: 2, StrideQ: 1026, StrideY: 1026})
		},
		"attention_decode: heads": func() {
			launch(m, &ops.AttentionDecode, ops.AttentionDecodeArgs{KV: kv, Y: 1, Heads: 3, StrideQ: 24, StrideY: 24})
		},
	} {
		t.Run(name, func(t *testing.T) {
			op, _, _ := strings.Cut(name, ":")
			defer func() {
				if r := recover(); !strings.Contains(fmt.Sprint(r), op) {
					t.Errorf("panic %v; want one that names %s", r, op)
				}
			}()
			f()
		})
	}
}

// TestKVRefusesPlaces holds that a position without a page ends the launch
// with an error that names it.
func TestKVRefusesPlaces(t *testing.T) {
	m := newMachine(t)
	kv := ops.KV{
		K: m.alloc(4 * 16 * 16), V: m.alloc(4 * 16 * 16), Pages: m.ints(0, -1),
		MaxPages: 2, PageTokens: 16, Heads: 1, HeadDim: 16, Type: quant.F32,
	}
	for pos, want := range map[int32]string{-1: "position -1", 16: "no page", 32: "position 32"} {
		err := launch(m, &ops.KVAppend, ops.KVAppendArgs{
			KV: kv, SrcK: m.alloc(64), SrcV: m.alloc(64), Pos: m.ints(pos), Seq: m.ints(0),
			Tokens: 1, StrideK: 16, StrideV: 16,
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("position %d: error %v; want %q in it", pos, err, want)
		}
	}
}

// TestMatrixOpsDoNotAllocate holds that launches leave nothing to Go's
// collector.
func TestMatrixOpsDoNotAllocate(t *testing.T) {
	m := newMachine(t)
	launches := []launching{m.attention(&ops.AttentionPrefill, quant.F16, 40, 64), m.attention(&ops.AttentionDecode, quant.F32, 1, 64)}
	for _, typ := range benchTypes {
		launches = append(launches, m.linear(&ops.GEMM, typ, 40, 64, 256), m.linear(&ops.GEMV, typ, 1, 64, 256))
	}
	for _, l := range launches {
		if n := testing.AllocsPerRun(20, l.run); n != 0 {
			t.Errorf("%s: %v allocations per launch", l.name, n)
		}
	}
}

// BenchmarkGEMM multiplies 512 tokens.
func BenchmarkGEMM(b *testing.B) {
	for _, t := range benchTypes {
		for _, s := range [][2]int{{2048, 2048}, {512, 2048}, {2048, 8192}} {
			b.Run(fmt.Sprintf("%s/%dx%d", t, s[0], s[1]), func(b *testing.B) {
				m := newMachine(b)
				repeat(b, m.linear(&ops.GEMM, t, 512, s[0], s[1]), 512*float64(s[0]*s[1]))
			})
		}
	}
}

// BenchmarkGEMV multiplies one token; bytes are those of the weight.
func BenchmarkGEMV(b *testing.B) {
	for _, t := range benchTypes {
		b.Run(fmt.Sprintf("%s/8192x2048", t), func(b *testing.B) {
			m := newMachine(b)
			repeat(b, m.linear(&ops.GEMV, t, 1, 8192, 2048), 8192*2048)
		})
	}
}

// BenchmarkPack brings 512 tokens into tiles.
func BenchmarkPack(b *testing.B) {
	const tokens, k = 512, 2048
	for form, name := range []string{ops.FloatTiles: "float", ops.Q8Tiles: "q8"} {
		b.Run(name, func(b *testing.B) {
			m := newMachine(b)
			repeat(b, ready(m, tokens*k*4, &ops.Pack, ops.PackArgs{
				Dst: m.alloc(ops.PackedBytes(ops.Form(form), tokens, k)), X: m.normals(tokens * k),
				Tokens: tokens, K: k, Stride: k, Form: ops.Form(form),
			}), 0)
		})
	}
}

// BenchmarkAttention has 32 heads of 64 with 8 key heads; bytes are those of
// the cache.
func BenchmarkAttention(b *testing.B) {
	for _, t := range []quant.Type{quant.F32, quant.F16} {
		b.Run(fmt.Sprintf("%s/prefill 512", t), func(b *testing.B) {
			repeat(b, newMachine(b).attention(&ops.AttentionPrefill, t, 512, 512), 512*513/2*32*64*2)
		})
		b.Run(fmt.Sprintf("%s/decode 1 of 4096", t), func(b *testing.B) {
			repeat(b, newMachine(b).attention(&ops.AttentionDecode, t, 1, 4096), 4096*32*64*2)
		})
	}
}

// repeat measures a launch of so many multiplications with additions.
func repeat(b *testing.B, l launching, macs float64) {
	b.SetBytes(int64(l.bytes))
	b.ReportAllocs()
	for b.Loop() {
		l.run()
	}
	if macs > 0 {
		b.ReportMetric(macs*float64(b.N)/b.Elapsed().Seconds()/1e9, "GMAC/s")
	}
}

// linear is a GEMM or GEMV with a weight of zeros, whose values do not matter
// to the speed.
func (m *machine) linear(op *device.Op[ops.GEMMArgs], t quant.Type, tokens, rows, k int) launching {
	form, size := ops.PackForm(t, device.Panels), ops.PanelBytes(t, rows, k)
	x, w := m.alloc(ops.PackedBytes(form, tokens, k)), m.alloc(size)
	m.must(launch(m, &ops.Pack, ops.PackArgs{
		Dst: x, X: m.normals(tokens * k), Tokens: int32(tokens), K: int32(k), Stride: int32(k), Form: form,
	}))
	clear(device.HostSlice[byte](w, size)) // memory that nobody wrote is one and the same page
	return ready(m, size, op, ops.GEMMArgs{
		Y: m.alloc(4 * tokens * rows), X: x, W: w, Tokens: int32(tokens),
		M: int32(rows), K: int32(k), YStride: int32(rows), Form: form, Type: t, Layout: device.Panels,
	})
}

// attention is of tokens that stand at the end of so many keys.
func (m *machine) attention(op *device.Op[ops.AttentionPrefillArgs], t quant.Type, tokens, keys int) launching {
	const heads, kvHeads, dim, page = 32, 8, 64, 64
	pages, pos := make([]int32, keys/page), make([]int32, keys)
	for i := range pos {
		pos[i] = int32(i)
		pages[i/page] = int32(i / page)
	}
	size := len(pages) * ops.KVPageBytes(t, kvHeads, dim, page)
	kv := ops.KV{
		K: m.alloc(size), V: m.alloc(size), Pages: m.ints(pages...),
		MaxPages: int32(len(pages)), PageTokens: page, Heads: kvHeads, HeadDim: dim, Type: t,
	}
	at, seq, x := m.ints(pos...), m.alloc(4*keys), m.normals(keys*heads*dim)
	m.must(launch(m, &ops.KVAppend, ops.KVAppendArgs{
		KV: kv, SrcK: x, SrcV: x, Pos: at, Seq: seq,
		Tokens: int32(keys), StrideK: kvHeads * dim, StrideV: kvHeads * dim,
	}))
	return ready(m, 2*size, op, ops.AttentionPrefillArgs{
		KV: kv, Y: m.alloc(4 * tokens * heads * dim), Q: x,
		Pos: at + device.Ptr(4*(keys-tokens)), Seq: seq,
		Tokens: int32(tokens), Heads: heads, StrideQ: heads * dim, StrideY: heads * dim,
		Scale: float32(1 / math.Sqrt(dim)),
	})
}

func (m *machine) ints(v ...int32) device.Ptr {
	p := m.alloc(4 * len(v))
	copy(device.HostSlice[int32](p, len(v)), v)
	return p
}

func (m *machine) must(err error) {
	m.tb.Helper()
	if err != nil {
		m.tb.Fatal(err)
	}
}
