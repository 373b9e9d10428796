// Package quantize turns a checkpoint of the Llama family into MX formats and
// FP8: layer by layer, so that memory stays small, on all cores, and going on
// where an interrupted run ended. What it writes is what AMD Quark would: its
// folder, its rounding. It can do better than rounding, too.
package quantize

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/convert"
	"github.com/rocmforge/rocmforge/internal/safefile"
	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/models/weights"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/quark"
)

// Algorithms are what may be done beyond rounding.
const (
	None            = "none"
	AutoSmoothQuant = "autosmoothquant" // scales between activations and weights, folded into norms
	GPTQ            = "gptq"            // error feedback
)

// Algorithms lists them.
var Algorithms = []string{None, AutoSmoothQuant, GPTQ}

// Options steer a run.
type Options struct {
	Scheme      *Scheme
	KVCache     quant.Type // FP8_E4M3, MXFP6_E2M3, or 0
	Algorithm   string     // "" is None
	Exclude     []string   // patterns of layers to leave alone
	Calibration string     // file of text or tokens; "" is none
	// Progress is called with the layers done and in all.
	Progress func(done, total int)
	Warn     func(string) // may be nil
}

// OptionError says that the options cannot be followed.
type OptionError struct{ Err error }

func (e *OptionError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *OptionError) Unwrap() error { return e.Err }

func optionf(format string, args ...any) error {
	return &OptionError{fmt.Errorf(format, args...)}
}

// Report says what was written and what it lost.
type Report struct {
	Tensors []TensorReport `json:"tensors"`
	Before  int64          `json:"before"`  // bytes of all tensors of the input
	Bytes   int64          `json:"bytes"`   // of all tensors
	Resumed int            `json:"resumed"` // layers that an earlier run had done
}

// Run quantizes the Hugging Face folder in. out is a folder, or a GGUF file if
// its name ends in .gguf; it appears complete or not at all. What is done so far
// is kept in out.partial, which one process has at a time (*safefile.BusyError);
// a run with the same input and options goes on from there; another one begins
// anew, and says so to Warn. A *convert.SourceError says that in is at fault, an
// *OptionError that o is.
func Run(ctx context.Context, in, out string, o Options) (Report, error) {
	j, err := newJob(in, out, o)
	if err != nil {
		return Report{}, err
	}
	defer j.close()
	if err := j.begin(); err != nil {
		return Report{}, err
	}
	before := j.sourceBytes()
	r, err := j.run(ctx)
	if err != nil {
		return r, convert.Blame(in, err)
	}
	r.Before = before
	if r.Bytes, err = j.finish(ctx); err != nil {
		return r, err
	}
	return r, j.done()
}

// sourceBytes is the size of all tensors of the input.
func (j *job) sourceBytes() (n int64) {
	for _, name := range j.source.Names() {
		if t, ok := j.source.Tensor(name); ok {
			n += int64(t.Size)
		}
	}
	return n
}

// job is a run.
type job struct {
	Options
	in, out, work string
	source        weights.Source
	config        *models.Config
	layers        map[string]quark.Layer // of linear layers that are quantized, by name
	scales        *calibration           // for static scales, if there are any
	feedback      *calibration           // for the algorithm, if it is one
	mul           *multiplier
	owned         *safefile.Owned // the folder work
	mark          string          // of the run: what its parts carry
}

func newJob(in, out string, o Options) (*job, error) {
	j := &job{Options: o, in: in, out: filepath.Clean(out), layers: map[string]quark.Layer{}}
	j.work = j.out + ".partial"
	if !slices.Contains(append(Algorithms, ""), o.Algorithm) {
		return nil, optionf("algorithm %.64q; allowed are %s", o.Algorithm, strings.Join(Algorithms, ", "))
	}
	for _, pattern := range o.Exclude {
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, optionf("--exclude %.128q: %w", pattern, err)
		}
	}
	if err := j.checkOutput(); err != nil {
		return nil, err
	}
	if err := j.open(); err != nil {
		return nil, &convert.SourceError{Path: in, Err: err}
	}
	if err := j.prepare(); err != nil {
		j.close()
		return nil, err
	}
	return j, nil
}

// checkOutput refuses at the beginning what could not be written at the end.
func (j *job) checkOutput() error {
	dir := filepath.Dir(j.out)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("%s: there is no folder %s", j.out, dir)
	}
	if !strings.HasSuffix(j.out, ".gguf") {
		return safefile.CheckFolder(j.out)
	}
	if info, err := os.Stat(j.out); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s already exists, and is no regular file; choose another name", j.out)
	}
	return safefile.CheckNotInput(j.out, j.in, j.Calibration)
}

// open reads the input's headers, and refuses what is quantized already.
func (j *job) open() (err error) {
	if info, err := os.Stat(j.in); err != nil || !info.IsDir() {
		return errors.Join(err, errors.New("want a Hugging Face folder; rocmforge convert FILE.gguf FOLDER --type BF16 makes one of a GGUF file"))
	}
	if strings.HasSuffix(j.out, ".gguf") { // after hours it would be too late
		if err := convert.CheckTokenizer(j.in); err != nil {
			return err
		}
	}
	if q, err := quark.ReadConfig(j.in); err != nil || q != nil {
		return errors.Join(err, errors.New("the model is quantized already; quantize the one that it was made from"))
	}
	if j.config, err = models.ReadHFConfig(j.in); err != nil {
		return err
	}
	if j.source, err = weights.OpenFolder(j.in); err != nil {
		return err
	}
	if err = j.refuseOtherBlocks(); err == nil {
		_, _, err = models.Match(j.source, j.config, weights.Options{})
	}
	if err != nil {
		return errors.Join(err, j.source.Close())
	}
	return nil
}

// refuseOtherBlocks: calibration computes blocks as models/llama.go has them, and
// smoothing would have to change biases.
func (j *job) refuseOtherBlocks() error {
	for _, name := range j.source.Names() {
		part, isNorm := strings.CutSuffix(name, "_norm.weight")
		switch {
		case strings.HasSuffix(name, ".bias"):
			return fmt.Errorf("tensor %.128q: models with biases cannot be quantized", name)
		case isNorm && strings.HasPrefix(part, "model.layers."):
			return fmt.Errorf("tensor %.128q: models with norms of queries and keys cannot be quantized", name)
		}
	}
	return nil
}

// prepare chooses what becomes of each layer, and reads the calibration that
// this needs.
func (j *job) prepare() (err error) {
	pairs, err := models.TensorNames(j.config)
	if err != nil {
		return err
	}
	if err := j.checkExclude(pairs); err != nil {
		return err
	}
	static := j.KVCache == quant.FP8_E4M3
	for _, pair := range pairs {
		name, ok := strings.CutSuffix(pair.HF, ".weight")
		t, there := j.source.Tensor(pair.HF)
		if !ok || !there || pair.Role != weights.Matrix || j.excluded(name) {
			continue
		}
		l := j.Scheme.layer(name)
		if j.KVCache != 0 && (strings.HasSuffix(name, kProj) || strings.HasSuffix(name, vProj)) {
			l.Output = quark.Spec{Type: j.KVCache, Dynamic: j.KVCache != quant.FP8_E4M3}
		}
		if f, _ := quant.Lookup(l.Weight.Type); l.Weight.Is() && t.Shape[1]%f.BlockElems != 0 {
			return fmt.Errorf("%s has rows of %d elements; %s takes multiples of %d (--exclude leaves it alone)", name, t.Shape[1], l.Weight.Type, f.BlockElems)
		}
		if l != (quark.Layer{}) {
			j.layers[name] = l
		}
		static = static || l.Input.Type == quant.FP8_E4M3
	}
	if len(j.layers) == 0 {
		return optionf("the scheme and what is excluded leave nothing to quantize")
	}
	return j.calibrate(static)
}

// excluded says whether a pattern leaves a layer alone: one of the whole name,
// or of its end behind a dot.
func (j *job) excluded(name string) bool {
	return slices.ContainsFunc(j.Exclude, func(pattern string) bool { return excludes(pattern, name) })
}

func excludes(pattern, name string) bool {
	whole, _ := path.Match(pattern, name) // its errors were seen at the beginning
	end, _ := path.Match("*."+pattern, name)
	return whole || end
}

// checkExclude refuses patterns that no name matches, which are mistakes. Not
// every model has an lm_head, but excluding it is the custom.
func (j *job) checkExclude(pairs []models.TensorName) error {
	for _, pattern := range j.Exclude {
		matches := func(pair models.TensorName) bool {
			return excludes(pattern, strings.TrimSuffix(pair.HF, ".weight"))
		}
		if pattern != "lm_head" && !slices.ContainsFunc(pairs, matches) {
			return optionf("--exclude %.128q matches no layer of the model", pattern)
		}
	}
	return nil
}

// calibrate reads the text if something needs it.
func (j *job) calibrate(static bool) (err error) {
	algorithm := j.Algorithm != "" && j.Algorithm != None
	if !static && !algorithm {
		return nil
	}
	if j.Calibration == "" {
		return optionf("FP8 activations, FP8 caches and calibrated algorithms need text to calibrate with: --calib FILE")
	}
	if j.mul, err = newMultiplier(); err != nil {
		return err
	}
	if static {
		if j.scales, err = j.read(scaleSequences, scaleLength); err != nil {
			return err
		}
	}
	if algorithm {
		j.feedback, err = j.read(feedbackSequences, feedbackLength)
	}
	return err
}

func (j *job) close() {
	if j.mul != nil {
		j.mul.close()
	}
	if j.owned != nil {
		_ = j.owned.Release() // what the run came to is known already
	}
	j.source.Close()
}

// done removes the folder of parts.
func (j *job) done() error {
	err := j.owned.Remove()
	j.owned = nil
	return err
}

// finish brings the parts together.
func (j *job) finish(ctx context.Context) (bytes int64, err error) {
	folder := filepath.Join(j.work, "folder")
	if err := os.RemoveAll(folder); err != nil {
		return 0, err
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		return 0, err
	}
	if bytes, err = j.assemble(ctx, folder); err != nil {
		return 0, err
	}
	if err := j.texts(folder); err != nil {
		return 0, err
	}
	if strings.HasSuffix(j.out, ".gguf") {
		keep, err := convert.ParseRecipe(convert.Keep)
		if err != nil {
			return 0, err
		}
		r, err := convert.Convert(ctx, folder, j.out, convert.Options{Recipe: keep, Warn: j.Warn, Name: convert.ModelName(j.in)})
		return r.Bytes, err
	}
	return bytes, safefile.MoveFolder(folder, j.out)
}

// copied are the files of a folder that say nothing about its weights.
var copied = []string{
	"generation_config.json", "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json",
	"added_tokens.json", "vocab.json", "merges.txt", "chat_template.jinja", "chat_template.json",
}

// texts writes config.json, and copies what else there is.
func (j *job) texts(folder string) error {
	config, err := j.configJSON()
	if err != nil {
		return err
	}
	if err := safefile.WriteFile(filepath.Join(folder, "config.json"), config); err != nil {
		return err
	}
	templates, err := fs.Glob(os.DirFS(j.in), "additional_chat_templates/*.jinja")
	if err != nil {
		return err
	}
	if templates != nil {
		if err := os.MkdirAll(filepath.Join(folder, "additional_chat_templates"), 0o755); err != nil {
			return err
		}
	}
	for _, name := range append(slices.Clone(copied), templates...) {
		from := filepath.Join(j.in, name)
		if _, err := os.Stat(from); err != nil {
			continue
		}
		text, err := safefile.ReadFile(from, 1<<30)
		if err != nil {
			return err
		}
		if err := safefile.WriteFile(filepath.Join(folder, name), text); err != nil {
			return err
		}
	}
	return nil
}
