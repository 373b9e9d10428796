package doctor

import (
	"slices"
	"strconv"
	"strings"
)

// environment checks variables that change what ROCm does.
func (e *examination) environment() {
	const override = "HSA_OVERRIDE_GFX_VERSION"
	if v, set := e.Lookup(override); set && v != "" {
		e.fix(override, Warning, "is "+quote(v)+": ROCm takes every GPU for that one, and kernels made for it may crash or compute nonsense", "unset "+override)
	} else {
		e.add(override, OK, "is not set")
	}
	e.visible()
}

// visible checks the lists that hide GPUs.
func (e *examination) visible() {
	const name = "visible GPUs"
	var set []string
	hidden := false
	for _, key := range []string{"HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL"} {
		v, ok := e.Lookup(key)
		if !ok || v == "" {
			continue
		}
		set = append(set, key+"="+quote(v))
		first, _, _ := strings.Cut(v, ",")
		hidden = hidden || strings.TrimSpace(first) == "-1"
	}
	slices.Sort(set)
	switch {
	case hidden:
		e.fix(name, Problem, strings.Join(set, ", ")+" hides all GPUs", "unset it, or list GPUs by their numbers")
	case set != nil:
		e.add(name, Info, "only those of "+strings.Join(set, ", "))
	default:
		e.add(name, OK, "all")
	}
}

// quote shows a value from outside so that it cannot steer a terminal.
func quote(s string) string {
	if len(s) > 128 {
		s = s[:128] + "..."
	}
	return strconv.QuoteToASCII(s)
}
