// Package synthetic makes model files of published shapes with random weights,
// for measuring speed: how fast a matrix product is does not depend on what is
// in the matrix.
package synthetic

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/convert"
	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/quant"
)

// shapes are the published models that a shape's name stands for. The smallest
// has a short vocabulary, so that its layers are what is measured.
var shapes = map[string]models.Config{
	"1b":  {Hidden: 2048, FFN: 8192, Layers: 16, Heads: 32, KVHeads: 8, HeadDim: 64, Vocab: 4096},     // Llama 3.2 1B
	"8b":  {Hidden: 4096, FFN: 14336, Layers: 32, Heads: 32, KVHeads: 8, HeadDim: 128, Vocab: 128256}, // Llama 3.1 8B
	"70b": {Hidden: 8192, FFN: 28672, Layers: 80, Heads: 64, KVHeads: 8, HeadDim: 128, Vocab: 128256}, // Llama 3.1 70B
}

// contextLength is the number of tokens that the file claims to be trained for.
const contextLength = 8192

// Shapes lists the names that Write takes.
func Shapes() []string { return slices.Sorted(maps.Keys(shapes)) }

// Options describe a file.
type Options struct {
	Shape    string // "1b", "8b", "70b"
	Recipe   *convert.Recipe
	Vocab    *gguf.File // lends its tokenizer, whose list is filled up with unused tokens
	Progress func(done, total int)
}

// Write makes the GGUF file path.
func Write(ctx context.Context, path string, o Options) error {
	c, err := config(o.Shape)
	if err != nil {
		return err
	}
	w, err := gguf.Create(path)
	if err != nil {
		return err
	}
	defer w.Close()
	if err := header(w, c, o); err != nil {
		return err
	}
	return tensors(ctx, w, c, o)
}

func header(w *gguf.Writer, c *models.Config, o Options) error {
	w.Set("general.architecture", "llama")
	w.Set("general.name", "synthetic "+o.Shape)
	w.Set("general.quantization_version", uint32(2))
	for _, kv := range []struct {
		key   string
		value int
	}{
		{"block_count", c.Layers}, {"context_length", c.Context}, {"embedding_length", c.Hidden},
		{"feed_forward_length", c.FFN}, {"attention.head_count", c.Heads}, {"attention.head_count_kv", c.KVHeads},
		{"attention.key_length", c.HeadDim}, {"attention.value_length", c.HeadDim},
		{"rope.dimension_count", c.HeadDim}, {"vocab_size", c.Vocab},
	} {
		w.Set("llama."+kv.key, uint32(kv.value))
	}
	w.Set("llama.attention.layer_norm_rms_epsilon", float32(c.Eps))
	w.Set("llama.rope.freq_base", float32(c.RoPE.Base))
	for key, v := range o.Vocab.Metadata.All() {
		if strings.HasPrefix(key, "tokenizer.") {
			w.Set(key, v)
		}
	}
	return fillVocabulary(w, o.Vocab.Metadata, c.Vocab)
}

// fillVocabulary lengthens the tokenizer's lists to n.
func fillVocabulary(w *gguf.Writer, m *gguf.Metadata, n int) error {
	texts, err := m.Strings("tokenizer.ggml.tokens")
	if err != nil {
		return err
	}
	types, err := m.Ints("tokenizer.ggml.token_type")
	if err != nil {
		return err
	}
	texts = slices.Clone(texts)
	kinds := make([]int32, len(types), n)
	for i, t := range types {
		kinds[i] = int32(t)
	}
	for i := len(texts); i < n; i++ {
		texts = append(texts, fmt.Sprintf("[PAD%d]", i))
		kinds = append(kinds, unusedToken)
	}
	w.Set("tokenizer.ggml.tokens", texts)
	return w.Set("tokenizer.ggml.token_type", kinds)
}

// unusedToken is LLAMA_TOKEN_TYPE_UNUSED of llama.cpp's llama.h.
const unusedToken = 5

// planned is a tensor to write.
type planned struct {
	models.TensorName
	typ   quant.Type
	elems int
}

func tensors(ctx context.Context, w *gguf.Writer, c *models.Config, o Options) error {
	plan, err := plan(c, o.Recipe)
	if err != nil {
		return err
	}
	total, err := announce(w, plan)
	if err != nil {
		return err
	}
	done := 0
	pools := map[quant.Type][]byte{}
	for _, p := range plan {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.fill(w, pools); err != nil {
			return err
		}
		if done += p.elems; o.Progress != nil {
			o.Progress(done, total)
		}
	}
	return w.Finish()
}

// plan lists the tensors of a configuration with the types that r gives them.
func plan(c *models.Config, r *convert.Recipe) (plan []planned, err error) {
	names, err := models.TensorNames(c)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if name.Optional {
			continue
		}
		p := planned{name, r.Type(name.GGUF, c.Layers, name.Shape, quant.F16), 1}
		for _, d := range name.Shape {
			p.elems *= d
		}
		plan = append(plan, p)
	}
	return plan, nil
}

// announce tells the writer which tensors will come, and how many elements
// they have in all.
func announce(w *gguf.Writer, plan []planned) (total int, err error) {
	for _, p := range plan {
		var dims []int64
		for _, d := range slices.Backward(p.Shape) {
			dims = append(dims, int64(d))
		}
		if err := w.AddTensor(p.GGUF, p.typ, dims); err != nil {
			return 0, err
		}
		total += p.elems
	}
	return total, nil
}

// poolElems is how many different weights a file holds; they repeat.
const poolElems = 1 << 18

// fill writes a tensor: ones for a norm, else random weights of a size that
// keeps activations finite.
func (p *planned) fill(w *gguf.Writer, pools map[quant.Type][]byte) error {
	f, _ := quant.Lookup(p.typ)
	if len(p.Shape) == 1 {
		return w.WriteData(p.GGUF, encode(f, slices.Repeat([]float32{1}, p.elems)))
	}
	if pools[p.typ] == nil {
		rng := rand.New(rand.NewPCG(1, uint64(p.typ)))
		values := make([]float32, poolElems)
		for i := range values {
			values[i] = float32(rng.NormFloat64() * 0.02)
		}
		pools[p.typ] = encode(f, values)
	}
	pool := pools[p.typ]
	left, _ := f.RowBytes(p.elems)
	for left > 0 {
		piece := pool[:min(left, len(pool))]
		if err := w.WriteData(p.GGUF, piece); err != nil {
			return err
		}
		left -= len(piece)
	}
	return nil
}

func encode(f *quant.Format, values []float32) []byte {
	size, _ := f.RowBytes(len(values))
	out := make([]byte, size)
	f.Encode(out, values)
	return out
}
