package weights

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/rocmforge/rocmforge/device"
)

// Dims gives the values of the names that shape tags use, one for all layers or
// one for each: "D" -> [4096], "KV" -> [8, 8, 4].
type Dims map[string][]int

// at is a name's value in a layer; layer -1 is outside of them.
func (d Dims) at(name string, layer int) (int, bool) {
	v := d[name]
	switch {
	case len(v) == 1:
		return v[0], true
	case layer >= 0 && layer < len(v):
		return v[layer], true
	}
	return 0, false
}

// Role says how a tensor is used, and so where and how it is kept.
type Role string

// The roles that `role` tags name.
const (
	Matrix Role = "matrix" // [out, in], read by GEMV and GEMM
	Vector Role = "vector" // float32, such as a norm's weight or a bias
	Table  Role = "table"  // rows looked up one by one: an embedding
	Scalar Role = "scalar" // one number above 0, kept on the host: a scale
)

// wanted is a tensor that the model's struct asks for.
type wanted struct {
	name     string // in the file
	role     Role
	shape    []int
	optional bool
	dst      *device.Tensor
	scalar   *float32 // in place of dst
}

// collect walks a model's struct. The tags are:
//
//	gguf, hf   a part of the name; parts of nested fields are joined by dots;
//	           in a slice of structs, or of what leads to some, %d stands for
//	           the index
//	shape      names or numbers: "Q*hd,D"
//	role       on a device.Tensor: matrix, vector, table; a float32 is a scalar
//	optional   "true": the field may stay empty
//	needs      the part of a name below, "bias", that may not stay empty here
//
// A nested struct hands its shape on to its tensors: a vector takes only the
// first dimension.
func collect(model any, n Naming, dims Dims) ([]wanted, error) {
	c := collector{naming: n, dims: dims, layer: -1}
	v := reflect.ValueOf(model).Elem()
	if err := c.fields(v, "", inherited{}); err != nil {
		return nil, fmt.Errorf("%s: %w", v.Type(), err)
	}
	return c.out, nil
}

type collector struct {
	naming Naming
	dims   Dims
	layer  int // of the slice that is walked; -1 outside
	out    []wanted
}

var tensorType = reflect.TypeFor[device.Tensor]()

// inherited is what a nested struct takes over from the field that it is.
type inherited struct {
	shape    string
	optional bool
	needs    string
}

func (c *collector) fields(v reflect.Value, prefix string, from inherited) error {
	for f, fv := range v.Fields() {
		part, tagged := f.Tag.Lookup(string(c.naming))
		if !tagged || !f.IsExported() {
			continue
		}
		own := from
		if shape, ok := f.Tag.Lookup("shape"); ok {
			own.shape = shape
		}
		own.optional = from.optional || f.Tag.Get("optional") == "true" && (part == "" || part != from.needs)
		own.needs = f.Tag.Get("needs")
		if err := c.field(f, fv, join(prefix, part), own); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return nil
}

func (c *collector) field(f reflect.StructField, v reflect.Value, name string, own inherited) error {
	switch {
	case v.Type() == tensorType:
		return c.tensor(f, v, name, own)
	case v.Kind() == reflect.Float32:
		c.out = append(c.out, wanted{
			name: name, role: Scalar, shape: []int{1}, optional: own.optional, scalar: v.Addr().Interface().(*float32),
		})
		return nil
	case v.Kind() == reflect.Slice:
		defer func(outside int) { c.layer = outside }(c.layer)
		for i := range v.Len() {
			c.layer = i
			if err := c.fields(reached(v.Index(i)), fmt.Sprintf(name, i), own); err != nil {
				return err
			}
		}
		return nil
	case v.Kind() == reflect.Struct:
		return c.fields(v, name, own)
	}
	return fmt.Errorf("a field of type %s cannot be filled", v.Type())
}

// reached is the struct that an interface or a pointer leads to.
func reached(v reflect.Value) reflect.Value {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	return v
}

func (c *collector) tensor(f reflect.StructField, v reflect.Value, name string, own inherited) error {
	dims, err := evaluate(own.shape, c.dims, c.layer)
	if err != nil {
		return err
	}
	role := Role(f.Tag.Get("role"))
	if role == Vector {
		dims = dims[:1]
	}
	c.out = append(c.out, wanted{
		name: name, role: role, shape: dims, optional: own.optional,
		dst: v.Addr().Interface().(*device.Tensor),
	})
	return nil
}

func join(prefix, part string) string {
	if prefix == "" || part == "" {
		return prefix + part
	}
	return prefix + "." + part
}

// evaluate turns "Q*hd,D" into numbers.
func evaluate(shape string, dims Dims, layer int) ([]int, error) {
	var out []int
	for d := range strings.SplitSeq(shape, ",") {
		product := 1
		for factor := range strings.SplitSeq(d, "*") {
			v, ok := dims.at(factor, layer)
			if !ok {
				n, err := strconv.Atoi(factor)
				if err != nil {
					return nil, fmt.Errorf("shape %q: no dimension is called %q", shape, factor)
				}
				v = n
			}
			product *= v
		}
		out = append(out, product)
	}
	return out, nil
}

// NamePair is one tensor's name in both families.
type NamePair struct {
	GGUF, HF string
	Shape    []int // row-major
	Role     Role
	Optional bool
}

// Names lists the tensors that a model's struct asks for.
func Names(model any, dims Dims) ([]NamePair, error) {
	g, err := collect(model, GGUF, dims)
	if err != nil {
		return nil, err
	}
	h, err := collect(model, HuggingFace, dims)
	if err != nil {
		return nil, err
	}
	if len(g) != len(h) {
		return nil, fmt.Errorf("%T: %d fields have a GGUF name, %d a Hugging Face name", model, len(g), len(h))
	}
	pairs := make([]NamePair, len(g))
	for i := range g {
		pairs[i] = NamePair{g[i].name, h[i].name, g[i].shape, g[i].role, g[i].optional}
	}
	return pairs, nil
}
