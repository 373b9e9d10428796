package weights

import (
	"fmt"
	"slices"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

// A Plan is a model's struct matched with a source: everything that can be
// wrong short of the data has been checked.
type Plan struct {
	source  Source
	options Options
	loads   []load
	bytes   int // of all weights on the device
}

// alignment of a tensor's first byte: a GPU's widest loads and any cache line.
const alignment = 256

// load is one tensor to bring to the device.
type load struct {
	from   Tensor
	role   Role
	typ    quant.Type // on the device
	layout device.Layout
	bytes  int  // on the device; 0 where it stays in the mapped file
	shared bool // with an earlier load, whose memory it has
	offset int  // in the memory of all weights
	dst    *device.Tensor
}

// Options steer a plan.
type Options struct {
	// Exact keeps quantized weights as they are and has them decoded to
	// float32 where they are used.
	Exact bool
	// Simulate rounds activations as each weight's author did, and keeps
	// such weights as with Exact.
	Simulate bool
	// Caps are those of the device; the zero value is this process's CPU.
	Caps device.Caps
	// Ignore names tensors of the source that the model may leave unused.
	Ignore map[string]bool
	// Tied maps a matrix's name to the table that serves as it when the
	// file has no such matrix.
	Tied map[string]string
}

// Match finds a tensor for every tagged field of model, a pointer to a
// struct, and checks presence, shapes and types.
func Match(src Source, model any, dims Dims, o Options) (*Plan, error) {
	wants, err := collect(model, src.Naming(), dims)
	if err != nil {
		return nil, err
	}
	if o.Caps.Kind == "" {
		o.Caps.Host = true
	}
	p := &Plan{source: src, options: o}
	used := map[string]bool{}
	var missing []string
	for _, w := range wants {
		t, ok := src.Tensor(w.name)
		if !ok && o.Tied[w.name] != "" {
			t, ok = src.Tensor(o.Tied[w.name])
		}
		if !ok {
			if !w.optional {
				missing = append(missing, w.name)
			}
			continue
		}
		used[t.Name] = true
		if err := p.take(w, t); err != nil {
			return nil, err
		}
	}
	if err := leftover(src, used, missing, o.Ignore); err != nil {
		return nil, err
	}
	return p, nil
}

// take reads a scalar, and plans for the rest.
func (p *Plan) take(w wanted, t Tensor) (err error) {
	if w.role == Scalar {
		*w.scalar, err = t.scalar()
		return err
	}
	l, err := p.check(w, t)
	if err == nil {
		p.add(l)
	}
	return err
}

// add gives a load its place: that of an earlier one which keeps the same
// tensor in the same way, as an embedding that is the output layer as well.
func (p *Plan) add(l load) {
	for _, e := range p.loads {
		if e.from.Name == l.from.Name && e.typ == l.typ && e.layout == l.layout && l.layout == device.Planes {
			l.offset, l.shared = e.offset, true
		}
	}
	if !l.shared {
		l.offset = p.bytes
		p.bytes += (l.bytes + alignment - 1) / alignment * alignment
	}
	*l.dst = device.Tensor{Type: l.typ, Layout: l.layout, Shape: l.from.Shape, Bytes: l.bytes, Exact: p.exact(&l.from)}
	if p.options.Simulate {
		l.dst.Input = l.from.Input
		l.dst.Native = l.role == Matrix && !p.options.Exact && ops.IsNative(p.options.Caps, l.typ, l.from.Input)
	}
	p.loads = append(p.loads, l)
}

func leftover(src Source, used map[string]bool, missing []string, ignore map[string]bool) error {
	var unused []string
	for _, name := range src.Names() {
		if !used[name] && !ignore[name] {
			unused = append(unused, name)
		}
	}
	if len(missing)+len(unused) > 0 {
		return &NamesError{src.Naming(), missing, unused}
	}
	return nil
}

func (p *Plan) check(w wanted, t Tensor) (load, error) {
	if !slices.Equal(w.shape, t.Shape) {
		return load{}, fmt.Errorf("tensor %.128q has shape %v; %v was expected", t.Name, t.Shape, w.shape)
	}
	f, ok := quant.Lookup(t.Type)
	if !ok || f.Decode == nil {
		return load{}, fmt.Errorf("tensor %.128q has type %s, which holds no weights", t.Name, t.Type)
	}
	if _, whole := f.RowBytes(t.Shape[len(t.Shape)-1]); !whole {
		return load{}, fmt.Errorf("tensor %.128q: a row of %d elements is no whole number of %s blocks of %d",
			t.Name, t.Shape[len(t.Shape)-1], t.Type, f.BlockElems)
	}
	l, err := p.place(w, t)
	if err != nil {
		return l, fmt.Errorf("tensor %.128q: %w", t.Name, err)
	}
	return l, nil
}

// place decides what a tensor becomes on the device.
func (p *Plan) place(w wanted, t Tensor) (load, error) {
	l := load{from: t, role: w.role, typ: t.Type, dst: w.dst}
	switch w.role {
	case Vector:
		l.typ, l.bytes = quant.F32, 4*t.Shape[0]
	case Table:
		if t.Scale != 0 {
			return l, fmt.Errorf("an embedding of type %s with a scale is not supported", t.Type)
		}
		l.typ, l.layout = ops.PlaceTable(p.options.Caps, t.Type)
	case Matrix:
		l.typ, l.layout = ops.PlaceWeight(p.options.Caps, p.stored(&t), p.exact(&t))
	default:
		panic(fmt.Sprintf("tensor %s: role %q", t.Name, w.role))
	}
	if w.role == Vector || l.layout == device.Rows && p.source.Mapped() && !t.Copied && !p.options.Caps.Remote {
		return l, nil
	}
	var err error
	l.bytes, err = ops.WeightBytes(l.layout, l.typ, t.Shape[0], t.Shape[1])
	return l, err
}

// exact says whether a weight is kept as it is in the file.
func (p *Plan) exact(t *Tensor) bool {
	return p.options.Exact || p.options.Simulate && t.Input != 0
}

// stored is the type of a weight before it is placed on the device: one with a
// scale is multiplied by it, which leaves plain numbers, where the device does
// not keep the scale. An exact CPU does so, too: what decides how simulated
// activations are rounded must not depend on when sums are scaled.
func (p *Plan) stored(t *Tensor) quant.Type {
	caps := p.options.Caps
	switch {
	case t.Scale == 0:
		return t.Type
	case p.exact(t) && caps.Host:
		return quant.F32
	case ops.KeepsScale(caps, t.Type):
		return t.Type
	}
	return quant.F16
}

// DeviceBytes is what Load will allocate.
func (p *Plan) DeviceBytes() int { return p.bytes }

// StageBytes is what Fill allocates besides and gives back.
func (p *Plan) StageBytes() int {
	if c := p.options.Caps; c.Host && !c.Remote {
		return 0 // it reads the file's memory
	}
	for _, t := range p.loads {
		if t.repacked() {
			return stageBytes
		}
	}
	return 0
}

// FileBytes is the size of the tensors in the file, each counted once.
func (p *Plan) FileBytes() int {
	n := 0
	for i := range p.loads {
		n += p.fresh(i)
	}
	return n
}

// fresh is the size of load i's tensor, or 0 if an earlier load reads it, too:
// an embedding that is the output layer as well.
func (p *Plan) fresh(i int) int {
	from := &p.loads[i].from
	earlier := func(l load) bool { return l.from.Name == from.Name }
	if slices.ContainsFunc(p.loads[:i], earlier) {
		return 0
	}
	return from.Size
}

// Simulated says whether activations are rounded before they meet some weight.
func (p *Plan) Simulated() bool {
	return slices.ContainsFunc(p.loads, func(l load) bool { return l.dst.Input != 0 })
}

// Converted lists the types that have no kernel of their own, with what they
// become on the device.
func (p *Plan) Converted() map[quant.Type]quant.Type {
	m := map[quant.Type]quant.Type{}
	for _, l := range p.loads {
		if l.role == Matrix && l.typ != l.from.Type {
			m[l.from.Type] = l.typ
		}
	}
	return m
}
