package device

import (
	"fmt"
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

	Variants []Variant[A] // kernels for GPUs, best first
}

// A Variant is one kernel that implements an op on some devices.
type Variant[A any] struct {
	Kernel string                  // file and symbol in kernels/src
	Fits   func(Caps, Spec) bool   // nil: everywhere
	Grid   func(a *A, c Caps) Grid // may depend on wave size and tiles
	_      [0]func(*A)             // not comparable
}

// Grid is the shape of a launch: work-groups, and threads in each.
type Grid struct {
	Groups [3]int
	Block  [3]int
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
	// Select picks the first variant that fits, or "" if none does.
	Select func(Caps, Spec) (kernel string, grid func(args unsafe.Pointer, c Caps) Grid)
}

// Bound is an op prepared on a device.
type Bound[A any] struct {
	op      *Op[A]
	program Program
}

// Bind prepares an op on a device. Models bind all their ops while they are
// built, so that everything to compile is known before the first token.
func Bind[A any](d Device, op *Op[A], s Spec) (Bound[A], error) {
	p, err := d.Bind(erase(op), s)
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

func erase[A any](op *Op[A]) *Kernel {
	var zero A
	mustBePlain(op.Name, reflect.TypeOf(zero))
	return &Kernel{
		Name:    op.Name,
		ArgSize: int(unsafe.Sizeof(zero)),
		Grain:   max(op.Grain, 1),
		Items:   func(p unsafe.Pointer) int { return op.Items((*A)(p)) },
		Host:    func(p unsafe.Pointer, lo, hi int) { op.Host((*A)(p), lo, hi) },
		Select: func(c Caps, s Spec) (string, func(unsafe.Pointer, Caps) Grid) {
			for i := range op.Variants {
				v := &op.Variants[i]
				if v.Fits == nil || v.Fits(c, s) {
					return v.Kernel, func(p unsafe.Pointer, c Caps) Grid { return v.Grid((*A)(p), c) }
				}
			}
			return "", nil
		},
	}
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
