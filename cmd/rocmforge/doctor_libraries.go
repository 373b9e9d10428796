//go:build !nohip

package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/rocmforge/rocmforge/amdhip"
	"github.com/rocmforge/rocmforge/hiprtc"
	"github.com/rocmforge/rocmforge/internal/dl"
	"github.com/rocmforge/rocmforge/internal/doctor"
)

// gpuLibraries are the probes of the libraries that models on a GPU need. The
// compiler is looked for beside the run time first, as it is when one runs.
func gpuLibraries() []func() doctor.Library {
	beside := ""
	return []func() doctor.Library{
		func() doctor.Library {
			l := doctor.Library{Name: "libamdhip64"}
			hip, err := amdhip.Open(amdhip.Options{})
			if err != nil {
				l.Err = whyNot(err)
				return l
			}
			l.Path, beside = hip.Path(), filepath.Dir(hip.Path())
			if v, err := hip.RuntimeGetVersion(); err == nil {
				l.Version = v.String()
			}
			return l
		},
		func() doctor.Library {
			l := doctor.Library{Name: "libhiprtc"}
			rtc, err := hiprtc.Open(hiprtc.Options{Dir: beside})
			if err != nil {
				l.Err = whyNot(err)
				return l
			}
			l.Path = rtc.Path()
			if major, minor, err := rtc.Version(); err == nil {
				l.Version = fmt.Sprintf("%d.%d", major, minor)
			}
			return l
		},
	}
}

// whyNot is the error of a library in a line: doctor has remedies of its own,
// and most places that were tried just do not have the file.
func whyNot(err error) error {
	missing, ok := errors.AsType[*dl.NotFoundError](err)
	if !ok || missing.Tried == nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return errors.New(first)
	}
	var tried []string
	for _, a := range missing.Tried {
		s := a.String()
		for _, usual := range []string{": no such folder", ": cannot open shared object file: No such file or directory"} {
			if s == a.Path+usual {
				s = a.Path
			}
		}
		tried = append(tried, s)
	}
	return errors.New("not found; tried " + strings.Join(tried, ", "))
}
