package device

import (
	"testing"
	"unsafe"
)

func bindable[A any](op *Op[A]) (ok bool) {
	defer func() { ok = recover() == nil }()
	op.Kernel()
	return
}

// TestArgumentsArePlain refuses argument structs that hold what the collector
// must see: they cross the waist as bytes.
func TestArgumentsArePlain(t *testing.T) {
	type plain struct {
		P Ptr
		N [3]int32
		F struct{ X float32 }
	}
	if !bindable(&Op[plain]{Name: "plain"}) {
		t.Error("plain arguments were refused")
	}
	type pointer struct{ P *int }
	type text struct{ In struct{ S string } }
	type list struct{ V [2][]int }
	if bindable(&Op[pointer]{}) || bindable(&Op[text]{}) || bindable(&Op[list]{}) {
		t.Error("a pointer, string or slice went through")
	}
}

type fourNumbers [4]uint64

// marker is a queue that writes into its arguments, to show where they are.
type marker struct{ Queue }

func (marker) Launch(_ Program, args []byte) {
	(*fourNumbers)(unsafe.Pointer(unsafe.SliceData(args)))[1] = 7
}

// TestLaunchWhereStacksMove launches at many depths of a stack, at some of
// which a call moves it. Run it with -gcflags=-l, too, where every call may.
func TestLaunchWhereStacksMove(t *testing.T) {
	b := Bound[fourNumbers]{op: &Op[fourNumbers]{Name: "numbers"}}
	for depth := range 2000 {
		done := make(chan fourNumbers)
		go func() { done <- launchAt(depth/8, depth%8, b) }()
		if got, want := <-done, (fourNumbers{1, 7}); got != want {
			t.Fatalf("at depth %d the queue wrote elsewhere: %v", depth, got)
		}
	}
}

//go:noinline
func launchAt(depth, small int, b Bound[fourNumbers]) fourNumbers {
	switch {
	case depth > 0:
		return launchAt(depth-1, small, b)
	case small > 0:
		return launchBelow(small-1, &b)
	}
	return launchHere(&b)
}

//go:noinline
func launchBelow(small int, b *Bound[fourNumbers]) fourNumbers {
	if small == 0 {
		return launchHere(b)
	}
	return launchBelow(small-1, b)
}

//go:noinline
func launchHere(b *Bound[fourNumbers]) fourNumbers {
	a := fourNumbers{1}
	b.Launch(marker{}, &a)
	return a
}
