package opstest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

func embeddingCases() (cases []Case) {
	all := quant.All()
	for i := range all {
		f := &all[i]
		if f.Decode == nil {
			continue
		}
		for _, blocks := range []int{1, 2, 5} {
			cases = append(cases, embeddingCase(f, 9, blocks*f.BlockElems, 1, 0))
		}
		cases = append(cases, embeddingCase(f, 2, f.BlockElems, 16.5, 1), embeddingCase(f, 5, wholeRow(f.Type, 320), 1, 0))
	}
	return cases
}

// embeddingCase looks up ids with the first and the last among them, in a
// weight that starts skew bytes after an aligned address.
func embeddingCase(f *quant.Format, tokens, dim int, scale float32, skew int) Case {
	name := fmt.Sprintf("%s %dx%d scale %g skew %d", f.Name, tokens, dim, scale, skew)
	return newCase("embedding", name, func(b *bench) {
		const vocab = 11
		r := random(uint64(f.Type))
		ids := make([]int32, tokens)
		for t := range ids {
			ids[t] = r.Int32N(vocab)
		}
		ids[0], ids[tokens-1] = vocab-1, 0

		args := ops.EmbeddingArgs{
			Y:      output[float32](b, "Y", tokens*dim),
			IDs:    input(b, "IDs", ids),
			Tokens: int32(tokens), Dim: int32(dim), Vocab: vocab, Scale: scale,
		}
		var table []float64
		if b.device.Caps().Host {
			rows := randomBlocks(r, f, vocab*dim/f.BlockElems)
			args.W, args.Type = input(b, "W", append(make([]byte, skew), rows...))+device.Ptr(skew), f.Type
			table = decoded(f, rows)
		} else {
			if !slices.Contains(weightTypes(), f.Type) {
				b.fail(fmt.Errorf("an embedding of integers: %w", errors.ErrUnsupported))
				return
			}
			w := randomWeight(uint64(f.Type), f.Type, vocab, dim)
			placed := w.loaded(b, false)
			args.W, args.Type, args.Layout = placed.Ptr, placed.Type, placed.Layout
			table = w.as(placed.Type)
		}
		launch(b, &ops.Embedding, args)

		want := make([]float64, 0, tokens*dim)
		for _, id := range ids {
			for _, v := range table[int(id)*dim:][:dim] {
				want = append(want, float64(float32(v)*scale))
			}
		}
		b.compare("Y", download[float32](b, args.Y, tokens*dim), want, exact)
	})
}

// decoded is what blocks mean.
func decoded(f *quant.Format, blocks []byte) []float64 {
	v := make([]float32, len(blocks)/f.BlockBytes*f.BlockElems)
	f.Decode(v, blocks)
	return float64s(v)
}

// randomBlocks is random bytes; types that hold plain floats get ordinary
// numbers instead.
func randomBlocks(r *rand.Rand, f *quant.Format, blocks int) []byte {
	w := make([]byte, 0, blocks*f.BlockBytes)
	for range blocks * f.BlockElems {
		bits := math.Float32bits(float32(r.NormFloat64()))
		switch f.Type {
		case quant.F32:
			w = binary.LittleEndian.AppendUint32(w, bits)
		case quant.F64:
			w = binary.LittleEndian.AppendUint64(w, math.Float64bits(float64(math.Float32frombits(bits))))
		case quant.BF16:
			w = binary.LittleEndian.AppendUint16(w, uint16(bits>>16))
		}
	}
	for len(w) < cap(w) {
		w = append(w, byte(r.Uint32()))
	}
	return w
}
