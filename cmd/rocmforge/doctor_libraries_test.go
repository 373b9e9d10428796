//go:build !nohip

package main

import (
	"errors"
	"testing"

	"github.com/rocmforge/rocmforge/internal/dl"
)

// TestWhyNot: what is merely not there is named, and what is there but does
// not load comes with its reason.
func TestWhyNot(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{&dl.NotFoundError{Library: "libhiprtc", Tried: []dl.Attempt{
			{Path: "libhiprtc.so.7", Err: errors.New("libhiprtc.so.7: cannot open shared object file: No such file or directory")},
			{Path: "/a/libhiprtc.so.6", Err: errors.New("libnuma.so.1: cannot open shared object file: No such file or directory")},
			{Path: "/opt/rocm/lib", Err: errors.New("no such folder")},
		}}, "not found; tried libhiprtc.so.7, /a/libhiprtc.so.6: libnuma.so.1: cannot open shared object file: No such file or directory, /opt/rocm/lib"},
		{&dl.SymbolError{Library: "/a/libx.so", Missing: []string{"hipInit"}}, "/a/libx.so lacks hipInit: it is no ROCm library, or of a version that is too old."},
		{errors.New("other"), "other"},
	} {
		if got := whyNot(test.err).Error(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
	for _, probe := range gpuLibraries() {
		if l := probe(); l.Name == "" || (l.Err == nil) == (l.Path == "") {
			t.Errorf("%+v", l)
		}
	}
}
