package convert

import (
	"fmt"
	"strings"

	"github.com/rocmforge/rocmforge/quant"
)

// Keep is the recipe that leaves every tensor's type as it is.
const Keep = "keep"

// A Recipe chooses a type for each tensor.
type Recipe struct {
	name string
	base quant.Type
	more quant.Type // for the layers that suffer most, where it is another one
	keep bool
}

// ParseRecipe reads a --type: the name of any type that quant encodes, "keep",
// or one of ggml's mixtures Q4_K_M and Q5_K_M.
func ParseRecipe(name string) (*Recipe, error) {
	switch upper := strings.ToUpper(name); upper {
	case "KEEP":
		return &Recipe{name: Keep, keep: true}, nil
	case "Q4_K_M":
		return &Recipe{name: upper, base: quant.Q4_K, more: quant.Q6_K}, nil
	case "Q5_K_M":
		return &Recipe{name: upper, base: quant.Q5_K, more: quant.Q6_K}, nil
	}
	f, err := quant.Parse(name)
	if err != nil || f.Encode == nil {
		return nil, fmt.Errorf("type %q cannot be written; allowed are %s", name, strings.Join(RecipeNames(), ", "))
	}
	return &Recipe{name: f.Name, base: f.Type, more: f.Type}, nil
}

// RecipeNames lists what ParseRecipe takes.
func RecipeNames() []string {
	names := []string{Keep, "Q4_K_M", "Q5_K_M"}
	for _, f := range quant.All() {
		if f.Encode != nil {
			names = append(names, f.Name)
		}
	}
	return names
}

// ToFolder says whether the recipe is one for a Hugging Face folder.
func (r *Recipe) ToFolder() bool { return r.keep || isFloat(r.base) }

// Name is the recipe's name.
func (r *Recipe) Name() string { return r.name }

// Type chooses the type of a tensor by its GGUF name, its row-major shape and
// the type that it has.
func (r *Recipe) Type(name string, layers int, shape []int, has quant.Type) quant.Type {
	switch {
	case r.keep:
		return has
	case len(shape) < 2: // norms and biases: small, and read as float32
		return quant.F32
	}
	want := r.base
	switch {
	case isEmbedding(name) && r.isMX():
		// The MX formats are made for matrix products; Quark leaves
		// the embedding and the output layer alone, too.
		if isFloat(has) {
			return has
		}
		return quant.BF16
	case isEmbedding(name), moreBits(name, layers):
		want = r.more
	}
	return fit(want, shape[len(shape)-1])
}

func (r *Recipe) isMX() bool {
	switch r.base {
	case quant.MXFP4, quant.MXFP6_E2M3, quant.MXFP6_E3M2, quant.FP8_E4M3:
		return true
	}
	return false
}

func isEmbedding(name string) bool {
	return name == "token_embd.weight" || name == "output.weight"
}

func isFloat(t quant.Type) bool {
	return t == quant.F32 || t == quant.F16 || t == quant.BF16
}

// moreBits says which tensors ggml's _M mixtures give more bits: the values and
// the down projection, in the first and last eighth of the layers and in every
// third one between (llama.cpp, src/llama-quant.cpp).
func moreBits(name string, layers int) bool {
	var layer int
	var part string
	if n, _ := fmt.Sscanf(name, "blk.%d.%s", &layer, &part); n != 2 {
		return false
	}
	if part != "attn_v.weight" && part != "ffn_down.weight" {
		return false
	}
	return layer < layers/8 || layer >= 7*layers/8 || (layer-layers/8)%3 == 2
}

// fit replaces a type whose blocks are longer than the row can be divided into,
// as ggml's quantizer does.
func fit(t quant.Type, row int) quant.Type {
	f, _ := quant.Lookup(t)
	if _, whole := f.RowBytes(row); whole {
		return t
	}
	if smaller, ok := map[quant.Type]quant.Type{
		quant.Q2_K: quant.Q4_0, quant.Q3_K: quant.Q4_0, quant.TQ1_0: quant.Q4_0, quant.TQ2_0: quant.Q4_0,
		quant.Q4_K: quant.Q5_0, quant.Q5_K: quant.Q5_1, quant.Q6_K: quant.Q8_0, quant.IQ4_XS: quant.IQ4_NL,
	}[t]; ok {
		return fit(smaller, row)
	}
	return quant.F16
}

// fileTypes are the numbers of general.file_type (llama.cpp, include/llama.h,
// enum llama_ftype).
var fileTypes = map[string]uint32{
	"F32": 0, "F16": 1, "Q4_0": 2, "Q4_1": 3, "Q8_0": 7, "Q5_0": 8, "Q5_1": 9, "Q2_K": 10,
	"Q3_K": 12, "Q4_K": 14, "Q4_K_M": 15, "Q5_K": 16, "Q5_K_M": 17, "Q6_K": 18,
	"IQ4_NL": 25, "IQ4_XS": 30, "BF16": 32, "TQ1_0": 36, "TQ2_0": 37, "MXFP4": 38,
}

// fileType is the recipe's number, or false where ggml has none.
func (r *Recipe) fileType() (uint32, bool) {
	n, ok := fileTypes[r.name]
	return n, ok
}
