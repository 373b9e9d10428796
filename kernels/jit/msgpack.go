package jit

import (
	"fmt"
	"strings"

	"github.com/tinylib/msgp/msgp"
)

// Bounds on what a note may claim. Programs have tens of kernels with tens of
// arguments.
const (
	maxKernels = 1 << 14
	maxArgs    = 1 << 10 // of one kernel
	maxNumber  = 1 << 31
)

// decodeMetadata reads the note's msgpack map: {"amdhsa.target": "...",
// "amdhsa.kernels": [{".symbol": "k.kd", ".vgpr_count": 8, ...}], ...}. It looks
// at the bytes where they lie, so that a lie about a length costs nothing.
func decodeMetadata(note []byte) (Metadata, error) {
	var m Metadata
	d := &decoder{rest: note}
	d.fields(func(key string) {
		switch key {
		case "amdhsa.target":
			m.Target = d.text()
		case "amdhsa.kernels":
			d.elements(maxKernels, func() { m.Kernels = append(m.Kernels, d.kernel()) })
		default:
			d.skip()
		}
	})
	if d.err != nil {
		return Metadata{}, fmt.Errorf("metadata: %w", d.err)
	}
	return m, nil
}

// kernel reads one element of amdhsa.kernels.
func (d *decoder) kernel() Kernel {
	var k Kernel
	numbers := map[string]*int{
		".kernarg_segment_size": &k.KernargBytes, ".vgpr_count": &k.VGPR, ".agpr_count": &k.AGPR, ".sgpr_count": &k.SGPR,
		".vgpr_spill_count": &k.VGPRSpills, ".sgpr_spill_count": &k.SGPRSpills,
		".group_segment_fixed_size": &k.LDS, ".private_segment_fixed_size": &k.Scratch,
		".wavefront_size": &k.Wave, ".max_flat_workgroup_size": &k.MaxBlock,
	}
	d.fields(func(key string) {
		switch n := numbers[key]; {
		case n != nil:
			*n = d.number()
		case key == ".name":
			k.Symbol = d.text()
		case key == ".args":
			d.elements(maxArgs, func() { k.Args = append(k.Args, d.arg()) })
		case key == ".workgroup_processor_mode":
			k.WGPMode = d.flag()
		case key == ".uses_dynamic_stack":
			k.DynamicStack = d.flag()
		default:
			d.skip()
		}
	})
	return k
}

func (d *decoder) arg() (a Arg) {
	d.fields(func(key string) {
		switch key {
		case ".name":
			a.Name = strings.TrimSuffix(d.text(), ".coerce") // clang's mark on pointers
		case ".offset":
			a.Offset = d.number()
		case ".size":
			a.Size = d.number()
		case ".value_kind":
			a.Kind = d.text()
		default:
			d.skip()
		}
	})
	return a
}

// A decoder takes msgpack values off its front. After an error it takes
// nothing more.
type decoder struct {
	rest []byte
	err  error
}

// fields calls f for each key of a map; f takes the value.
func (d *decoder) fields(f func(key string)) {
	n, rest, err := msgp.ReadMapHeaderBytes(d.rest)
	d.took(rest, err)
	for range n {
		key := d.text()
		if d.err != nil {
			return
		}
		f(key)
	}
}

// elements calls f for each element of an array; f takes it.
func (d *decoder) elements(limit uint32, f func()) {
	n, rest, err := msgp.ReadArrayHeaderBytes(d.rest)
	d.took(rest, err)
	if n > limit && d.err == nil {
		d.err = fmt.Errorf("a list of %d, at most %d are allowed", n, limit)
	}
	for range n {
		if d.err != nil {
			return
		}
		f()
	}
}

func (d *decoder) text() string {
	if d.err != nil {
		return ""
	}
	s, rest, err := msgp.ReadStringBytes(d.rest)
	d.took(rest, err)
	return s
}

// number reads an integer from 0 to 2^31.
func (d *decoder) number() int {
	if d.err != nil {
		return 0
	}
	n, rest, err := msgp.ReadUint64Bytes(d.rest)
	d.took(rest, err)
	if n > maxNumber && d.err == nil {
		d.err = fmt.Errorf("%d, at most %d is allowed", n, int64(maxNumber))
	}
	return int(n)
}

// flag reads a boolean, which some compilers write as 0 or 1.
func (d *decoder) flag() bool {
	if d.err != nil {
		return false
	}
	if msgp.NextType(d.rest) != msgp.BoolType {
		return d.number() != 0
	}
	b, rest, err := msgp.ReadBoolBytes(d.rest)
	d.took(rest, err)
	return b
}

func (d *decoder) skip() {
	if d.err != nil {
		return
	}
	rest, err := msgp.Skip(d.rest)
	d.took(rest, err)
}

func (d *decoder) took(rest []byte, err error) {
	if d.err == nil {
		d.rest, d.err = rest, err
	}
}
