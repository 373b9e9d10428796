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

// shapes are the published models that a shape's name stands for.
var shapes = map[string]models.Config{
	"1b":  {Hidden: 2048, FFN: 8192, Layers: 16, Heads: 32, KVHeads: 8, HeadDim: 64},   // Llama 3.2 1B
	"8b":  {Hidden: 4096, FFN: 14336, Layers: 32, Heads: 32, KVHeads: 8, HeadDim: 128}, // Llama 3.1 8B
	"70b": {Hidden: 8192, FFN: 28672, Layers: 80, Heads: 64, KVHeads: 8, HeadDim: 128}, // Llama 3.1 70B
}

// context is the number of tokens that the file claims to be trained for.
const contextLength = 8192

// Shapes lists the names that Write takes.
func Shapes() []string { return slices.Sorted(maps.Keys(shapes)) }

// Options describe a file.
type Options struct {
	Shape    string // "1b", "8b", "70b"
	Recipe   *convert.Recipe
	Vocab    *gguf.File // lends its tokenizer and so the size of the vocabulary
	Progress func(done, total int)
}

// Write makes the GGUF file path.
func Write(ctx context.Context, path string, o Options) error {
	c, ok := shapes[strings.ToLower(o.Shape)]
	if !ok {
		return fmt.Errorf("shape %q is not known; known are %s", o.Shape, strings.Join(Shapes(), ", "))
	}
	tokens, err := o.Vocab.Metadata.Strings("tokenizer.ggml.tokens")
	if err != nil {
		return err
	}
	c.Architecture, c.Vocab, c.Context, c.Eps = "llama", len(tokens), contextLength, 1e-5
	c.RoPE = models.RoPEConfig{Base: 500000, Dim: c.HeadDim}
	w, err := gguf.Create(path)
	if err != nil {
		return err
	}
	defer w.Close()
	header(w, &c, o)
	return tensors(ctx, w, &c, o)
}

func header(w *gguf.Writer, c *models.Config, o Options) {
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
}

func tensors(ctx context.Context, w *gguf.Writer, c *models.Config, o Options) error {
	pairs, err := models.TensorNames(c)
	if err != nil {
		return err
	}
	types := map[string]quant.Type{}
	total := 0
	kept := pairs[:0]
	for _, p := range pairs {
		if p.Optional {
			continue
		}
		kept = append(kept, p)
		t := o.Recipe.Type(p.GGUF, c.Layers, p.Shape, quant.F16)
		types[p.GGUF] = t
		dims := make([]int64, len(p.Shape))
		n := 1
		for i, d := range p.Shape {
			dims[len(dims)-1-i] = int64(d)
			n *= d
		}
		total += n
		if err := w.AddTensor(p.GGUF, t, dims); err != nil {
			return err
		}
	}
	done := 0
	blocks := map[quant.Type][]byte{}
	for _, p := range kept {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := 1
		for _, d := range p.Shape {
			n *= d
		}
		if err := fill(w, p.GGUF, types[p.GGUF], n, len(p.Shape) > 1, blocks); err != nil {
			return err
		}
		if done += n; o.Progress != nil {
			o.Progress(done, total)
		}
	}
	return w.Finish()
}

// poolElems is how many different weights a file holds; they repeat.
const poolElems = 1 << 18

// fill writes n elements of a tensor: ones for a norm, else random weights of
// a size that keeps activations finite.
func fill(w *gguf.Writer, name string, t quant.Type, n int, matrix bool, pools map[quant.Type][]byte) error {
	f, _ := quant.Lookup(t)
	if !matrix {
		ones := slices.Repeat([]float32{1}, n)
		return w.WriteData(name, encode(f, ones))
	}
	pool, ok := pools[t]
	if !ok {
		rng := rand.New(rand.NewPCG(1, uint64(t)))
		values := make([]float32, poolElems)
		for i := range values {
			values[i] = float32(rng.NormFloat64() * 0.02)
		}
		pool = encode(f, values)
		pools[t] = pool
	}
	left, _ := f.RowBytes(n)
	for left > 0 {
		piece := pool[:min(left, len(pool))]
		if err := w.WriteData(name, piece); err != nil {
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

// Bytes is the size of the weights that a decoded token reads: all matrices
// but the embedding, of which it reads a row.
func Bytes(f *gguf.File) int64 {
	n := int64(0)
	_, separate := f.Tensor("output.weight")
	for _, t := range f.Tensors {
		if t.Name == "token_embd.weight" && separate {
			continue
		}
		n += t.Size
	}
	return n
}
