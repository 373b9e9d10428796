package quantize

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/models/weights"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/quark"
	"github.com/rocmforge/rocmforge/tokenizer"
)

func (j *job) read(sequences, length int) (*calibration, error) {
	tok := func() (*tokenizer.Tokenizer, error) { return tokenizer.FromDir(j.in) }
	return readCalibration(j.Calibration, tok, j.config.Vocab, sequences, min(length, j.config.Context))
}

// states are the activations of a calibration on their way through the layers.
type states struct {
	*runner
	x     []float32
	ideal []float32 // without any quantization; where errors are fed back
}

func (j *job) states(c *calibration, bf16 bool) (*states, error) {
	if c == nil {
		return nil, nil
	}
	r, err := newRunner(j.config, j.mul, c.length, bf16)
	if err != nil {
		return nil, err
	}
	x, err := c.embed(j.source, j.config)
	s := &states{runner: r, x: x}
	if !bf16 && j.Algorithm == GPTQ {
		s.ideal = slices.Clone(x)
	}
	return s, err
}

// run does layer after layer, and then what belongs to none.
func (j *job) run(ctx context.Context) (r Report, err error) {
	scales, err := j.states(j.scales, true)
	if err != nil {
		return r, err
	}
	feedback, err := j.states(j.feedback, false)
	if err != nil {
		return r, err
	}
	last := j.config.Layers
	for layer := range last + 1 {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		reports, done := j.reports(layer)
		switch {
		case done:
			r.Resumed++
			err = j.pass(layer, scales, feedback)
		case layer == last:
			reports, err = j.rest(layer)
		default:
			reports, err = j.layer(layer, scales, feedback)
		}
		if err != nil {
			return r, err
		}
		r.Tensors = append(r.Tensors, reports...)
		if j.Progress != nil {
			j.Progress(layer+1, last+1)
		}
	}
	return r, j.source.Changed()
}

// layer quantizes one layer.
func (j *job) layer(layer int, scales, feedback *states) ([]TensorReport, error) {
	b, err := readBlock(j.source, layer)
	if err != nil {
		return nil, err
	}
	d := &done{job: j, prefix: prefix(layer), encoded: map[string]*encoded{}, ranges: ranges{inputs: map[string]float32{}}}
	plain := b.clone()
	if j.Algorithm == AutoSmoothQuant {
		if err := j.smooth(b, feedback, d.prefix); err != nil {
			return nil, err
		}
	}
	original := b.clone()
	switch {
	case scales != nil && j.Algorithm == AutoSmoothQuant:
		scales.pass(original, slices.Clone(scales.x), d.ranges.see, d.ranges.keep)
		scales.pass(plain, scales.x, ignore, drop) // as a run that goes on behind this layer will
	case scales != nil:
		scales.pass(original, scales.x, d.ranges.see, d.ranges.keep)
	}
	if err := d.stages(b, original, feedback); err != nil {
		return nil, err
	}
	p, err := d.part(original, b)
	if err != nil {
		return nil, err
	}
	return p.reports, j.write(layer, p)
}

// done is a layer under way.
type done struct {
	*job
	prefix  string
	encoded map[string]*encoded
	ranges  ranges
}

// stages quantizes a block's linear layers in the order of their use. Where
// errors are fed back, the inputs of each are those that the quantized ones
// before give.
func (d *done) stages(b, original *block, s *states) (err error) {
	if s == nil || s.ideal == nil {
		for stage := range stages {
			if err = d.stage(b, stage, encode); err != nil {
				return err
			}
		}
		if s != nil {
			s.pass(b, s.x, ignore, drop)
		}
		return nil
	}
	var ideal [4][]float32
	s.pass(original, s.ideal, func(stage int, x []float32) { ideal[stage] = slices.Clone(x) }, drop)
	s.pass(b, s.x, func(stage int, x []float32) {
		if err != nil {
			return
		}
		var h *hessian
		if h, err = newHessian(d.mul, x, ideal[stage], b.linears[stages[stage][0]].k); err == nil {
			err = d.stage(b, stage, func(m *matrix, t quant.Type) (*encoded, error) { return feedback(m, h, t) })
		}
	}, drop)
	return err
}

// stage quantizes the linear layers that share an input, and puts what became of
// them into the block.
func (d *done) stage(b *block, stage int, quantize func(*matrix, quant.Type) (*encoded, error)) error {
	for _, name := range stages[stage] {
		l := d.layers[d.prefix+name]
		if !l.Weight.Is() {
			continue
		}
		e, err := quantize(b.linears[name], l.Weight.Type)
		if err != nil {
			return fmt.Errorf("%s%s: %w", d.prefix, name, err)
		}
		q := e.decode()
		if most := float64(largest(q.w)); math.IsInf(most, 0) || math.IsNaN(most) { // a weight that is checked cannot become one
			return fmt.Errorf("%s%s: %s gives %v for a finite weight", d.prefix, name, l.Weight.Type, most)
		}
		d.encoded[name], b.linears[name] = e, q
	}
	return nil
}

// part gathers a layer's tensors: b is the block as it became, original what it
// was made of.
func (d *done) part(original, b *block) (*part, error) {
	p := &part{}
	tensor := func(name string) weights.Tensor {
		t, _ := d.source.Tensor(d.prefix + name + ".weight")
		return t
	}
	if err := errors.Join(p.floats(tensor(attnNorm), b.attnNorm), p.floats(tensor(ffnNorm), b.ffnNorm)); err != nil {
		return nil, err
	}
	for _, name := range slices.Concat(stages...) {
		whole := d.prefix + name
		e, l := d.encoded[name], d.layers[whole]
		if e == nil {
			if err := p.floats(tensor(name), b.linears[name].w); err != nil {
				return nil, err
			}
		} else {
			if err := p.quantized(whole+".weight", e); err != nil {
				return nil, err
			}
			p.reports = append(p.reports, compare(whole+".weight", e.typ.String(), original.linears[name], b.linears[name]))
		}
		if l.Input.Type == quant.FP8_E4M3 {
			if err := p.static(whole+quark.InputScale, d.ranges.inputs[name]); err != nil {
				return nil, err
			}
		}
		if l.Output.Type == quant.FP8_E4M3 { // one for both, as Quark exports them
			if err := p.static(whole+quark.OutputScale, max(d.ranges.keys, d.ranges.values)); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

// pass goes through a layer that is done, for the sake of those behind it.
func (j *job) pass(layer int, scales, feedback *states) error {
	if scales == nil && feedback == nil || layer == j.config.Layers {
		return nil
	}
	b, err := readBlock(j.source, layer)
	if err != nil {
		return err
	}
	if scales != nil {
		scales.pass(b, scales.x, ignore, drop)
	}
	if feedback == nil {
		return nil
	}
	if feedback.ideal != nil {
		feedback.pass(b, feedback.ideal, ignore, drop)
	}
	if b, err = j.quantizedBlock(layer); err == nil {
		feedback.pass(b, feedback.x, ignore, drop)
	}
	return err
}

func ignore(int, []float32)  {}
func drop(string, []float32) {}

// quantizedBlock reads a layer from its part.
func (j *job) quantizedBlock(layer int) (*block, error) {
	f, err := j.openPart(layer)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d, err := j.description()
	if err != nil {
		return nil, err
	}
	config, err := quark.ParseConfig(d.JSON())
	if err != nil {
		return nil, err
	}
	src, err := weights.FromQuark(f, config)
	if err != nil {
		return nil, err
	}
	return readBlock(src, layer)
}

// rest copies the embedding, the last norm and the output layer, which is
// quantized unless it is excluded.
func (j *job) rest(layer int) ([]TensorReport, error) {
	p := &part{}
	for _, name := range j.source.Names() {
		if _, _, inLayer := linearName(name); inLayer {
			continue
		}
		t, _ := j.source.Tensor(name)
		l := j.layers[strings.TrimSuffix(name, ".weight")]
		if err := p.restTensor(t, l); err != nil {
			return nil, fmt.Errorf("tensor %.128q: %w", name, err)
		}
	}
	return p.reports, j.write(layer, p)
}

func (p *part) restTensor(t weights.Tensor, l quark.Layer) error {
	if !l.Weight.Is() {
		return p.copy(t)
	}
	if l.Input.Type == quant.FP8_E4M3 {
		return fmt.Errorf("FP8 activations of the output layer are not calibrated; leave it alone with --exclude lm_head")
	}
	v, err := read(t)
	if err != nil {
		return err
	}
	m := &matrix{t.Shape[0], t.Shape[1], v}
	e, err := encode(m, l.Weight.Type)
	if err != nil {
		return err
	}
	p.reports = append(p.reports, compare(t.Name, e.typ.String(), m, e.decode()))
	return p.quantized(t.Name, e)
}
