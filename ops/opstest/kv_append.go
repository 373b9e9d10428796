package opstest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/mxfp"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

func kvAppendCases() (cases []Case) {
	for _, t := range slices.Concat(kvPanels, kvRows) {
		for _, dim := range kvDims(t, 1, 16, 17, 64, 80, 128) {
			cases = append(cases,
				kvAppendCase("one", kvShape{t, 2, dim, 16, 1}, places(0, 37, 38)),
				kvAppendCase("two sequences", kvShape{t, 3, dim, 32, 2},
					slices.Concat(places(1, 0, 70), places(0, 31, 33), places(1, 200, 201))),
				kvAppendCase("last place", kvShape{t, 1, dim, 16, 2}, places(1, 16*maxPages-1, 16*maxPages)))
		}
	}
	return cases
}

func kvAppendCase(name string, s kvShape, p []place) Case {
	return newCase("kv_append", fmt.Sprintf("%s, %s", name, s), func(b *bench) {
		width := s.heads * s.headDim
		k, v := normals(1, len(p)*width, 1), normals(2, len(p)*width, 1)
		cache, host := s.cache(b), b.device.Caps().Host
		appendKV(b, cache, p, k, v)
		wantK, wantV := s.empty(), s.empty()
		k, v = s.rounded(k), s.rounded(v)
		for t, at := range p {
			for head := range s.heads {
				for i := range s.headDim {
					x := t*width + head*s.headDim + i
					wantK[s.keyAt(host, at, head, i)] = float64(k[x])
					wantV[s.valueAt(host, at, head, i)] = float64(v[x])
				}
			}
		}
		gotK, gotV := s.numbers(b, cache.K, cache.V)
		b.compare("K", gotK, wantK, exact)
		b.compare("V", gotV, wantV, exact)
	})
}

// appendKV writes keys and values [len(p)][heads*headDim] to a cache.
func appendKV(b *bench, cache ops.KV, p []place, k, v []float32) {
	pos, seq := placed(b, p)
	width := int(cache.Heads * cache.HeadDim)
	launch(b, &ops.KVAppend, ops.KVAppendArgs{
		KV:   cache,
		SrcK: input(b, "keys", apart(k, width, 3)), SrcV: input(b, "values", apart(v, width, 1)),
		Pos: pos, Seq: seq, Tokens: int32(len(p)), StrideK: int32(width + 3), StrideV: int32(width + 1),
	})
}

// apart puts gap floats behind every row.
func apart(x []float32, width, gap int) (rows []float32) {
	for row := range slices.Chunk(x, width) {
		rows = append(rows, row...)
		rows = append(rows, make([]float32, gap)...)
	}
	return rows
}

// empty is a cache's numbers before anything is written: what bytes of ones are.
func (s kvShape) empty() []float64 {
	return float64s(s.decoded(bytes.Repeat([]byte{canary}, s.seqs*maxPages*s.pageBytes())))
}

// numbers downloads a cache's keys and values.
func (s kvShape) numbers(b *bench, k, v device.Ptr) (keys, values []float32) {
	size := s.seqs * maxPages * s.pageBytes()
	rawK, rawV := download[byte](b, k, size), download[byte](b, v, size)
	if s.inGroups(b.device.Caps().Host) {
		return groups(rawK, true), groups(rawV, false)
	}
	return s.decoded(rawK), s.decoded(rawV)
}

func (s kvShape) decoded(raw []byte) []float32 {
	f, _ := quant.Lookup(s.t)
	v := make([]float32, len(raw)/f.BlockBytes*f.BlockElems)
	f.Decode(v, raw)
	return v
}

// inGroups says that 8 tokens and 32 elements lie together.
func (s kvShape) inGroups(host bool) bool { return !host && s.t == quant.MXFP6_E2M3 }

// groups decodes groups of 200 bytes: 32 items of eight numbers, 128 bytes with
// four bits of each and 64 with two, then eight scales. An item has one token of
// a key, or eight of a value.
func groups(raw []byte, keys bool) (v []float32) {
	for g := range slices.Chunk(raw, 200) {
		for item := range 32 {
			low, high := binary.LittleEndian.Uint32(g[4*item:]), binary.LittleEndian.Uint16(g[128+2*item:])
			for i := range 8 {
				code := byte(low>>(8*(i%4)+4*(i/4))&15) | byte(high>>(8*(i%2)+2*(i/2%2)+4*(i/4))&3)<<4
				token := i
				if keys {
					token = item % 8
				}
				v = append(v, mxfp.E2M3().Decode(code)*mxfp.E8M0(g[192+token]).Decode())
			}
		}
	}
	return v
}

// keyAt is where element i of a key lies: [page][head][tokens/16][headDim][16],
// or on a GPU [page][head][headDim/8][tokens][8]; in rows [page][head][tokens]
// [headDim], in groups [page][head][tokens/8][headDim/32][4][8 tokens][8].
func (s kvShape) keyAt(host bool, p place, head, i int) int {
	slot := p.pos % s.tokens
	switch {
	case s.inGroups(host):
		return s.group(p, head, i) + (i%32/8*8+slot%8)*8 + i%8
	case !host:
		return s.page(p) + ((head*s.headDim/8+i/8)*s.tokens+slot)*8 + i%8
	case s.isRows():
		return s.page(p) + (head*s.tokens+slot)*s.headDim + i
	}
	return s.page(p) + ((head*s.tokens/16+slot/16)*s.headDim+i)*16 + slot%16
}

// valueAt is the same of a value: [page][head][headDim/16][tokens][16], or on a
// GPU [page][head][tokens/8][headDim][8]; in groups [..][32][8 tokens].
func (s kvShape) valueAt(host bool, p place, head, i int) int {
	slot, parts := p.pos%s.tokens, (s.headDim+15)/16
	switch {
	case s.inGroups(host):
		return s.group(p, head, i) + i%32*8 + slot%8
	case !host:
		return s.page(p) + ((head*s.tokens/8+slot/8)*s.headDim+i)*8 + slot%8
	case s.isRows():
		return s.keyAt(host, p, head, i)
	}
	return s.page(p) + ((head*parts+i/16)*s.tokens+slot)*16 + i%16
}

// group is the first number of the group of a head's element i.
func (s kvShape) group(p place, head, i int) int {
	return s.page(p) + ((head*s.tokens/8+p.pos%s.tokens/8)*s.headDim/32+i/32)*256
}

// page is the first element of a place's page.
func (s kvShape) page(p place) int {
	f, _ := quant.Lookup(s.t)
	page := s.pages()[p.seq*maxPages+p.pos/s.tokens]
	return int(page) * s.pageBytes() / f.BlockBytes * f.BlockElems
}
