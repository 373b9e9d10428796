package convert

import (
	"errors"
	"fmt"

	"github.com/rocmforge/rocmforge/quant"
)

// named says that a type is the one that the user asked for, so that no other
// may take its place: it is no mixture's, and none that a row's length led to.
func (r *Recipe) named(t quant.Type) bool { return r.keep || r.base == r.more && r.base == t }

// widen gives a tensor whose numbers its type cannot hold one that can, unless
// the type was asked for by name: that of the source if it is a float, or else
// F32. It says whether it did.
func (t *tensor) widen(err error, o *Options) bool {
	var tooLarge *quant.RangeError
	if !errors.As(err, &tooLarge) || o.Recipe.named(t.typ) {
		return false
	}
	before := t.typ
	if t.typ = quant.F32; isFloat(t.from.Type) {
		t.typ = t.from.Type
	}
	if o.Warn != nil {
		o.Warn(fmt.Sprintf("tensor %.128q becomes %s, not %s: %v", t.name, t.typ, before, err))
	}
	return true
}

// drop takes the place of a writer once the file will have to be written anew.
func drop(string, []byte) error { return nil }

// errWidened says that tensors got other types than the file's header says.
var errWidened = errors.New("some tensors need other types")
