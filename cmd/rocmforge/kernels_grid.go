package main

import (
	"fmt"
	"strings"
	"unsafe"

	"github.com/rocmforge/rocmforge/device"
)

// gridRule says how many blocks a launch has in each dimension, in terms of the
// kernel's parameters ("ceil(M/8)", "Tokens", "1"), and how many work items a
// block has. Only the op's code knows, so that is asked for some arguments: each
// dimension has to be a product of arguments, divided and rounded up.
func gridRule(k *device.Kernel, s device.KernelStep, params []device.Param) (rule [3]string, block int, err error) {
	p := &gridProbe{step: s, args: make([]uint64, (k.ArgSize+7)/8)}
	for _, param := range params {
		if param.Size == 4 { // a number; what is no integer matters to no grid
			p.numbers = append(p.numbers, param)
			p.set(param, probeValue)
		}
	}
	for d := range rule {
		dim := p.dimension(d)
		if err := p.verify(d, dim); err != nil {
			return rule, 0, fmt.Errorf("grid of %s: %w", s.Kernel, err)
		}
		rule[d] = dim.String()
	}
	return rule, p.grid().Block, nil
}

// gridProbe asks for the grid of arguments.
type gridProbe struct {
	step    device.KernelStep
	numbers []device.Param
	args    []uint64
}

// probeValue is what all numbers are at first: no division leaves a rest.
const probeValue = 1 << 12

func (p *gridProbe) set(param device.Param, v int) {
	*(*int32)(unsafe.Add(unsafe.Pointer(&p.args[0]), param.Offset)) = int32(v)
}

func (p *gridProbe) grid() device.Grid { return p.step.Grid(unsafe.Pointer(&p.args[0])) }

// gridDimension is the product of some arguments, divided and rounded up.
type gridDimension struct {
	factors []device.Param
	divisor int
}

// dimension finds the arguments with which a dimension doubles.
func (p *gridProbe) dimension(d int) (dim gridDimension) {
	before, product := p.grid().Groups[d], 1
	for _, param := range p.numbers {
		p.set(param, 2*probeValue)
		if p.grid().Groups[d] == 2*before {
			dim.factors = append(dim.factors, param)
			product *= probeValue
		}
		p.set(param, probeValue)
	}
	dim.divisor = max(product/max(before, 1), 1)
	return dim
}

// verify tries a rule with arguments that leave rests.
func (p *gridProbe) verify(d int, dim gridDimension) error {
	values := map[device.Param]int{}
	for i, param := range p.numbers {
		values[param] = 32 * (2*i + 3) // kernels take rows in chunks of 32
		p.set(param, values[param])
		defer p.set(param, probeValue)
	}
	want := 1
	for _, f := range dim.factors {
		want *= values[f]
	}
	want = (want + dim.divisor - 1) / dim.divisor
	if got := p.grid().Groups[d]; got != want {
		return fmt.Errorf("%d blocks where %s are %d", got, dim, want)
	}
	return nil
}

func (d gridDimension) String() string {
	if len(d.factors) == 0 {
		return "1"
	}
	var names []string
	for _, f := range d.factors {
		names = append(names, f.Name)
	}
	product := strings.Join(names, "*")
	if d.divisor == 1 {
		return product
	}
	return fmt.Sprintf("ceil(%s/%d)", product, d.divisor)
}
