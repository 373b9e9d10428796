package device

import "testing"

func bindable[A any](op *Op[A]) (ok bool) {
	defer func() { ok = recover() == nil }()
	erase(op)
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
