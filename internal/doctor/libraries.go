package doctor

import (
	"fmt"
	"strconv"
	"strings"
)

// InstallROCm is what to do where its libraries are missing.
const InstallROCm = "sudo apt install libamdhip64-7 libhiprtc7 (Debian, Ubuntu), or amdrocm-runtime from AMD's packages (https://rocm.docs.amd.com); " +
	"where they lie in a place of their own, set ROCM_PATH"

func (e *examination) libraries() {
	if e.Libraries == nil {
		e.fix("program", Problem, "was built without GPU support", "use a build with it; --device cpu works")
		return
	}
	for _, probe := range e.Libraries {
		l := probe()
		if l.Err != nil {
			e.fix(l.Name, Problem, oneLine(l.Err.Error()), InstallROCm)
			continue
		}
		if strings.Contains(l.Name, "amdhip") {
			e.rocm = l.Version
		}
		e.add(l.Name, OK, fmt.Sprintf("%s, version %s", l.Path, orUnknown(l.Version)))
	}
}

// NeedsROCm is the oldest major version of ROCm that knows a GPU.
func NeedsROCm(arch string) int {
	if arch == "gfx950" {
		return 7
	}
	return 5
}

// Major is the first number of a library's version.
func Major(version string) (major int, ok bool) {
	first, _, _ := strings.Cut(version, ".")
	major, err := strconv.Atoi(first)
	return major, err == nil
}

// newEnough checks that ROCm knows the GPUs that old ones do not.
func (e *examination) newEnough() {
	for _, g := range e.gpus {
		if g.Arch != "gfx950" {
			continue
		}
		name, need := "ROCm for gfx950", NeedsROCm("gfx950")
		if version, ok := Major(e.rocm); !ok {
			e.add(name, Unknown, fmt.Sprintf("needs ROCm %d; the version of the HIP library is unknown", need))
		} else if version < need {
			e.fix(name, Problem, fmt.Sprintf("needs ROCm %d, and this is %s", need, e.rocm), fmt.Sprintf("install ROCm %d or later", need))
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
