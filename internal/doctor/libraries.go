package doctor

import (
	"fmt"
	"strings"
)

const installROCm = "install ROCm's run-time libraries (AMD's packages, or the distribution's libamdhip64 and libhiprtc); " +
	"where they lie in a place of their own, set ROCM_PATH"

func (e *examination) libraries() {
	if e.Libraries == nil {
		e.fix("program", Problem, "was built without GPU support", "use a build with it; --device cpu works")
		return
	}
	for _, probe := range e.Libraries {
		l := probe()
		if l.Err != nil {
			e.fix(l.Name, Problem, oneLine(l.Err.Error()), installROCm)
			continue
		}
		if strings.Contains(l.Name, "amdhip") {
			e.rocm = l.Version
		}
		e.add(l.Name, OK, fmt.Sprintf("%s, version %s", l.Path, orUnknown(l.Version)))
	}
}

// newEnough checks that ROCm knows the GPUs that old ones do not.
func (e *examination) newEnough() {
	for _, g := range e.gpus {
		if g.Arch != "gfx950" {
			continue
		}
		name := "ROCm for gfx950"
		major, _, _ := strings.Cut(e.rocm, ".")
		var version int
		if _, err := fmt.Sscanf(major, "%d", &version); err != nil {
			e.add(name, Unknown, "needs ROCm 7; the version of the HIP library is unknown")
		} else if version < 7 {
			e.fix(name, Problem, "needs ROCm 7, and this is "+e.rocm, "install ROCm 7 or later")
		} else {
			e.add(name, OK, "ROCm "+e.rocm)
		}
		return
	}
}

func orUnknown[S ~string](s S) string {
	if s == "" {
		return "unknown"
	}
	return string(s)
}

// oneLine takes line breaks and control codes out, and cuts what is long.
func oneLine(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 }), " ")
	if r := []rune(s); len(r) > 400 {
		s = string(r[:400]) + "..."
	}
	return s
}
