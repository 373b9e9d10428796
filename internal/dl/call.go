package dl

import (
	"bytes"
	"sync"
	"unsafe"
)

// Call calls a C function whose arguments are integers and pointers and whose
// result is an integer, a pointer or nothing; floating-point arguments and
// results don't pass. An int that C returns is in the lower 32 bits.
//
// A pointer to Go memory must be converted in the argument list itself, as
// uintptr(unsafe.Pointer(p)): then the memory is on Go's heap, which does not
// move, and lives until the function returns. Memory that C keeps for longer
// the caller has to keep alive. Call allocates the list of its arguments.
//
//go:uintptrescapes
func Call(fn uintptr, args ...uintptr) uintptr { return call(fn, args) }

// maxArgs is how many arguments CallValues takes.
const maxArgs = 16

var lists = sync.Pool{New: func() any { return new([maxArgs]uintptr) }}

// CallValues is Call for at most 16 arguments that are numbers, handles or
// addresses outside Go's memory. It allocates nothing.
func CallValues(fn uintptr, args ...uintptr) uintptr {
	if len(args) > maxArgs {
		panic("dl: too many arguments")
	}
	list := lists.Get().(*[maxArgs]uintptr)
	r := call(fn, list[:copy(list[:], args)])
	lists.Put(list)
	return r
}

// CallList is Call with a list that the caller uses again, so that nothing is
// allocated. The list gets to be on Go's heap, and what its pointers point to
// has to be there, too, and be kept alive: best in one struct with the list.
func CallList(fn uintptr, args []uintptr) uintptr { return call(fn, args) }

// CString gives a text as C has it, with a zero byte at its end. A zero byte
// in the text ends it for C.
//
// What a function that isn't inlined returns is on the heap, however short.
//
//go:noinline
func CString(s string) *byte {
	b := make([]byte, len(s)+1)
	copy(b, s)
	return &b[0]
}

// maxString bounds what GoString reads where a zero byte should have come.
const maxString = 1 << 20

// GoString copies a text that C returned. 0 gives "".
func GoString(p uintptr) string {
	if p == 0 {
		return ""
	}
	n := 0
	for n < maxString && *(*byte)(unsafe.Add(Pointer(p), n)) != 0 {
		n++
	}
	return string(unsafe.Slice((*byte)(Pointer(p)), n))
}

// UntilZero is the text in a buffer that C filled.
func UntilZero(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

// Pointer is an address that C gave, as a pointer. It must not be one of Go's
// memory.
func Pointer(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }
