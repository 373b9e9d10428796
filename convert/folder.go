package convert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/internal/safefile"
	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/models/weights"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/quark"
	"github.com/rocmforge/rocmforge/safetensors"
)

// ToFolder writes a GGUF file as a Hugging Face folder. By the recipe keep, or
// none, MX formats and FP8 lie there as AMD Quark writes them, floats as they
// are, and other types are refused; by F32, F16 or BF16 every tensor becomes
// that. The folder appears complete or not at all; it may be there before if it
// is empty. Without the texts that Convert keeps of a folder, config.json is made
// from the file's keys, and there is no tokenizer.
func ToFolder(ctx context.Context, in, out string, o Options) (Report, error) {
	if o.Recipe == nil {
		o.Recipe = &Recipe{name: Keep, keep: true}
	}
	if !o.Recipe.ToFolder() {
		return Report{}, fmt.Errorf("type %s: a folder takes keep, F32, F16 or BF16", o.Recipe.Name())
	}
	f, err := openExport(in, o.Recipe)
	if err != nil {
		return Report{}, &SourceError{in, err}
	}
	defer f.source.Close()
	if err := safefile.CheckNotInput(out, in); err != nil {
		return Report{}, err
	}
	if err := safefile.CheckFolder(out); err != nil {
		return Report{}, err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(filepath.Clean(out)), filepath.Base(out)+".tmp-")
	if err != nil {
		return Report{}, err
	}
	defer os.RemoveAll(tmp)
	r, err := f.write(ctx, tmp, o)
	if err != nil {
		return r, Blame(in, err)
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return r, err
	}
	return r, safefile.MoveFolder(tmp, out)
}

// export is a GGUF file on its way into a folder.
type export struct {
	source  weights.Source
	meta    *gguf.Metadata
	config  *models.Config
	recipe  *Recipe
	tensors []tensor
}

func openExport(path string, r *Recipe) (*export, error) {
	g, err := gguf.Open(path)
	if err != nil {
		return nil, err
	}
	source, err := weights.FromGGUF(g, true)
	if err != nil {
		return nil, errors.Join(err, g.Close())
	}
	f := &export{source: source, meta: g.Metadata, recipe: r}
	if f.config, err = models.ReadGGUFConfig(g); err == nil {
		err = f.rename()
	}
	if err != nil {
		return nil, errors.Join(err, source.Close())
	}
	return f, nil
}

// rename gives the tensors their names and order of rows in a folder.
func (f *export) rename() error {
	if f.config.PerLayer != nil {
		return errors.New("attention.head_count, attention.head_count_kv or feed_forward_length differs by layer, and a folder's config.json has one number for all; only a GGUF file can hold this model")
	}
	if f.config.RoPE.Factors != nil && !f.meta.Has(carried[0].key) {
		return fmt.Errorf("tensor %s: only files that carry their config.json can go into a folder with it", models.RopeFactors)
	}
	if _, _, err := models.Match(f.source, f.config, weights.Options{}); err != nil {
		return err
	}
	pairs, err := models.TensorNames(f.config)
	if err != nil {
		return err
	}
	for _, pair := range pairs {
		t, ok := f.source.Tensor(pair.GGUF)
		if !ok || !f.recipe.keep && pair.Role == weights.Scalar { // floats have no steps
			continue
		}
		out := tensor{from: t, name: f.scaleName(pair.HF), typ: t.Type, scale: t.Scale}
		if !f.recipe.keep {
			out.typ = f.recipe.base
		}
		if quark.DType(out.typ) == "" && !isFloat(out.typ) {
			return fmt.Errorf("tensor %.128q: a folder has no type %s; allowed are MXFP4, MXFP6_E2M3, MXFP6_E3M2, FP8_E4M3, F32, F16, BF16; or make it one of the last three", t.Name, t.Type)
		}
		if pair.Role != weights.Scalar {
			out.order = rowOrderBack(f.config, pair.GGUF)
		}
		f.tensors = append(f.tensors, out)
	}
	return nil
}

// scaleName gives the scales of a KV cache the names of Quark's older style, if
// the folder was of that.
func (f *export) scaleName(name string) string {
	text, err := f.meta.StringOr(carried[0].key, "")
	if err != nil || !strings.HasSuffix(name, quark.OutputScale) {
		return name
	}
	var config struct {
		Quantization struct {
			Method quark.Method `json:"quant_method"`
		} `json:"quantization_config"`
	}
	if json.Unmarshal([]byte(text), &config) == nil && config.Quantization.Method == quark.FP8 {
		name = strings.TrimSuffix(name, "_proj"+quark.OutputScale) + "_scale" // k_proj.output_scale: k_scale
	}
	return name
}

// rowOrderBack is the opposite of rowOrder.
func rowOrderBack(c *models.Config, name string) func(int) int {
	if rowOrder(c, name) == nil {
		return nil
	}
	hd := c.HeadDim
	return func(row int) int {
		head, r := row/hd, row%hd
		return head*hd + r%(hd/2)*2 + r/(hd/2)
	}
}

func (f *export) write(ctx context.Context, dir string, o Options) (Report, error) {
	if err := f.writeTexts(dir); err != nil {
		return Report{}, err
	}
	w, err := safetensors.Create(filepath.Join(dir, safetensors.SingleName))
	if err != nil {
		return Report{}, err
	}
	defer w.Close()
	w.SetMetadata("format", "pt")
	r := Report{Types: map[string]int{}}
	total := 0
	for i := range f.tensors {
		for _, p := range f.tensors[i].parts() {
			w.AddTensor(p.Name, safetensors.DType(p.DType), p.Shape)
		}
		total += f.tensors[i].from.Size
	}
	done := 0
	for i := range f.tensors {
		t := &f.tensors[i]
		n, err := t.export(ctx, w)
		if err != nil {
			return r, fmt.Errorf("tensor %.128q: %w", t.from.Name, err)
		}
		r.Tensors++
		r.Bytes += n
		r.Types[t.typ.String()]++
		if done += t.from.Size; o.Progress != nil {
			o.Progress(done, total)
		}
	}
	return r, errors.Join(f.source.Changed(), w.Finish())
}

// parts lists the tensors of the folder that t becomes.
func (t *tensor) parts() []quark.Part {
	if quark.DType(t.typ) != "" {
		return quark.Parts(t.name, t.typ, t.from.Shape)
	}
	part := quark.Part{Name: t.name, DType: t.typ.String(), Shape: []int64{}}
	for _, d := range t.from.Shape {
		part.Shape = append(part.Shape, int64(d))
	}
	if slices.Equal(t.from.Shape, []int{1}) { // Quark's scales have no dimension
		part.Shape = []int64{}
	}
	return []quark.Part{part}
}

// export writes a tensor's parts, and says how many bytes it had.
func (t *tensor) export(ctx context.Context, w *safetensors.Writer) (int64, error) {
	var scales []byte
	written, err := t.write(ctx, func(name string, data []byte) error {
		if quark.CodeBytes(t.typ) == 0 {
			return w.WriteData(name, data)
		}
		n := quark.CodeBytes(t.typ)
		groups := len(data) / (n + 1)
		codes, some := make([]byte, groups*n), make([]byte, groups)
		quark.Groups(codes, some, t.typ, data)
		scales = append(scales, some...)
		return w.WriteData(name, codes)
	})
	if err != nil {
		return written, err
	}
	if t.typ == quant.FP8_E4M3 {
		scales = make([]byte, 2)
		f, _ := quant.Lookup(quant.BF16)
		scale := t.scale
		if scale == 0 {
			scale = 1
		}
		if err := f.Encode(scales, []float32{scale}); err != nil {
			return written, fmt.Errorf("its scale: %w", err)
		}
		var back [1]float32
		if f.Decode(back[:], scales); back[0] != scale {
			return written, fmt.Errorf("its scale %v is no bfloat16", scale)
		}
	}
	if scales == nil {
		return written, nil
	}
	return written, w.WriteData(t.name+quark.WeightScale, scales)
}

// addCache says what becomes of keys and values.
func (f *export) addCache(d *quark.Description, layers map[string]quark.Layer) {
	t := weights.CacheType(f.source)
	if t == 0 {
		return
	}
	d.KVCache = map[string]quark.Layer{}
	for _, x := range f.tensors {
		name, ok := strings.CutSuffix(x.name, ".weight")
		if ok && (strings.HasSuffix(name, ".k_proj") || strings.HasSuffix(name, ".v_proj")) {
			l := layers[name]
			l.Output = quark.Spec{Type: t, Dynamic: t != quant.FP8_E4M3}
			d.Layers[name], d.KVCache[name] = l, l
		}
	}
}

// quantization describes the tensors' types: the one that most have for all,
// and exact names for the others. It is nil if none is quantized.
func (f *export) quantization() *quark.Description {
	d := &quark.Description{Layers: map[string]quark.Layer{}, Exclude: []string{}}
	count := map[quark.Layer]int{}
	layers := map[string]quark.Layer{}
	for _, t := range f.tensors {
		if name, ok := strings.CutSuffix(t.name, ".weight"); ok && t.rounds() {
			l := quark.Layer{Weight: quark.Spec{Type: t.typ}, Input: quark.Spec{Type: t.from.Input, Dynamic: t.from.Input != quant.FP8_E4M3 && t.from.Input != 0}}
			layers[name] = l
			if count[l]++; count[l] > count[d.Global] {
				d.Global = l
			}
		}
	}
	if len(layers) == 0 {
		return nil
	}
	for _, t := range f.tensors {
		name, ok := strings.CutSuffix(t.name, ".weight")
		if l, quantized := layers[name]; quantized && l != d.Global {
			d.Layers[name] = l
		} else if ok && !quantized && len(t.from.Shape) > 1 && !strings.HasSuffix(name, "embed_tokens") {
			d.Exclude = append(d.Exclude, name)
		}
	}
	f.addCache(d, layers)
	if f.config.Tied && !slices.Contains(d.Exclude, "lm_head") {
		d.Exclude = append(d.Exclude, "lm_head")
	}
	return d
}
