package device

import (
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"unsafe"
)

// An Op is one operation of a model: its name, how much work an argument
// struct means, its Go code, and the kernels that can do it elsewhere.
//
// A holds only numbers and Ptrs, laid out as a kernel's parameters are; the Go
// code gets the same struct as a GPU does.
type Op[A any] struct {
	Name  string
	Items func(a *A) int         // independent work items, such as rows
	Host  func(a *A, lo, hi int) // items lo..hi-1 on the CPU

	// Grain is the least number of items worth a thread of their own; 0
	// means 1.
	Grain int

	// Spec derives from arguments what a kernel is specialised for. Ops
	// without kernels have none.
	Spec func(a *A) Spec

	Variants []Variant[A] // kernels for GPUs, best first
}

// A Variant is one way to do an op on some devices: kernels that are launched
// one behind the other over the same arguments.
type Variant[A any] struct {
	Fits  func(Caps, Spec) bool // nil: everywhere
	Steps []Step[A]
}

// A Step is one kernel of a variant.
type Step[A any] struct {
	Kernel string         // the file in kernels/src, without ".hip"
	Roles  []string       // formats of the Spec that it is compiled for
	Consts []string       // constants of the Spec that it is compiled for
	Tune   map[string]int // constants of this variant: tiles, threads
	// Grid is the launch's shape; it may depend on the wave's size, which
	// the caller never knows.
	Grid func(a *A, c Caps) Grid
}

// Grid is the shape of a launch: work-groups, and threads in each.
type Grid struct {
	Groups [3]int
	Block  int
}

// Spec specialises a kernel: formats by role ("w", "k", "v") and shape
// constants ("K", "HEAD_DIM").
type Spec struct {
	Formats map[string]string
	Consts  map[string]int
}

// A Kernel is an Op with its argument type erased: what a Device gets to see.
type Kernel struct {
	Name    string
	ArgSize int
	Grain   int
	Items   func(args unsafe.Pointer) int
	Host    func(args unsafe.Pointer, lo, hi int)
	// Select lists the steps of the first variant that fits, or nothing.
	Select func(Caps, Spec) []KernelStep
	// Params are the fields of the argument struct, as a kernel's
	// parameters.
	Params []Param
}

// KernelStep is a Step with its argument type erased, for one device and Spec.
type KernelStep struct {
	Kernel  string
	Formats map[string]string
	Consts  map[string]int
	Grid    func(args unsafe.Pointer) Grid
}

// Param is one parameter of a kernel: a field of the argument struct.
type Param struct {
	Name         string
	Offset, Size int
}

// Bound is an op prepared on a device.
type Bound[A any] struct {
	op      *Op[A]
	program Program
}

// Bind prepares an op on a device. Models bind all their ops while they are
// built, so that everything to compile is known before the first token.
func Bind[A any](d Device, op *Op[A], s Spec) (Bound[A], error) {
	p, err := d.Bind(op.Kernel(), s)
	if err != nil {
		return Bound[A]{}, fmt.Errorf("bind %s on %s: %w", op.Name, d.Name(), err)
	}
	return Bound[A]{op, p}, nil
}

// Launch hands one execution of the op to a queue, which copies a before it
// returns.
func (b Bound[A]) Launch(q Queue, a *A) {
	args := unsafe.Slice((*byte)(onStack(unsafe.Pointer(a))), unsafe.Sizeof(*a))
	q.Launch(b.program, args)
	runtime.KeepAlive(a)
}

// onStack hides from the compiler that p goes through an interface: it would
// move every launch's arguments to the heap. While the address is a number,
// the stack that it is in must not move, and nosplit says so.
//
//go:nosplit
func onStack(p unsafe.Pointer) unsafe.Pointer {
	number := uintptr(p)
	return *(*unsafe.Pointer)(unsafe.Pointer(&number))
}

// Kernel is the op with its argument type erased.
func (op *Op[A]) Kernel() *Kernel {
	var zero A
	mustBePlain(op.Name, reflect.TypeOf(zero))
	return &Kernel{
		Name:    op.Name,
		ArgSize: int(unsafe.Sizeof(zero)),
		Grain:   max(op.Grain, 1),
		Items:   func(p unsafe.Pointer) int { return op.Items((*A)(p)) },
		Host:    func(p unsafe.Pointer, lo, hi int) { op.Host((*A)(p), lo, hi) },
		Select:  op.steps,
		Params:  params(reflect.TypeOf(zero), "", 0),
	}
}

// steps lists the kernels of the first variant that fits.
func (op *Op[A]) steps(c Caps, s Spec) (steps []KernelStep) {
	for i := range op.Variants {
		v := &op.Variants[i]
		if v.Fits != nil && !v.Fits(c, s) {
			continue
		}
		for j := range v.Steps {
			steps = append(steps, v.Steps[j].erase(c, s))
		}
		return steps
	}
	return nil
}

func (step *Step[A]) erase(c Caps, s Spec) KernelStep {
	k := KernelStep{
		Kernel: step.Kernel, Formats: map[string]string{}, Consts: maps.Clone(step.Tune),
		Grid: func(p unsafe.Pointer) Grid { return step.Grid((*A)(p), c) },
	}
	for _, role := range step.Roles {
		k.Formats[role] = s.Formats[role]
	}
	if k.Consts == nil {
		k.Consts = map[string]int{}
	}
	for _, name := range step.Consts {
		k.Consts[name] = s.Consts[name]
	}
	return k
}

// params flattens a struct's fields; a field of an embedded struct counts as
// one of the outer's.
func params(t reflect.Type, prefix string, offset int) (out []Param) {
	for f := range t.Fields() {
		name, at := prefix+f.Name, offset+int(f.Offset)
		switch {
		case f.Name == "_":
		case f.Type.Kind() == reflect.Struct && f.Anonymous:
			out = append(out, params(f.Type, prefix, at)...)
		case f.Type.Kind() == reflect.Struct:
			out = append(out, params(f.Type, name+".", at)...)
		default:
			out = append(out, Param{name, at, int(f.Type.Size())})
		}
	}
	return out
}

// mustBePlain panics if a value of type t holds anything that Go's collector
// must see: argument structs are copied as bytes.
func mustBePlain(op string, t reflect.Type) {
	switch t.Kind() {
	case reflect.Struct:
		for f := range t.Fields() {
			mustBePlain(op, f.Type)
		}
	case reflect.Array:
		mustBePlain(op, t.Elem())
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Chan, reflect.Func,
		reflect.Interface, reflect.String, reflect.UnsafePointer:
		panic(fmt.Sprintf("op %s: argument field of type %s; only numbers and Ptrs may cross the waist", op, t))
	}
}
