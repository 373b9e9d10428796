package jit

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The compiler ends its whole process at an architecture or an option that it
// does not know, so both are looked at first.

// knownArchs are those that libhiprtc 6.4 compiles for. Other versions know
// others; only a child process may find out.
var knownArchs = []string{
	"gfx906", "gfx908", "gfx90a", "gfx942", "gfx950",
	"gfx1030", "gfx1100", "gfx1101", "gfx1102", "gfx1103", "gfx1150", "gfx1151", "gfx1152", "gfx1200", "gfx1201",
}

// Archs are the architectures that usual versions of libhiprtc compile for.
func Archs() []string { return slices.Clone(knownArchs) }

var (
	archForm = regexp.MustCompile(`^(gfx[0-9a-f]{3,4}(:(sramecc|xnack)[+-]){0,2}|sm_[0-9]{2,3}[af]?)$`)
	gfx9     = regexp.MustCompile(`^gfx9[0-9a-f]{2}$`)
)

// checkArch refuses what cannot be an architecture and, if the process must
// live on, whatever the compiler may not know.
func checkArch(arch string, child bool) error {
	if !archForm.MatchString(arch) {
		return fmt.Errorf("%q is no architecture: want one like gfx1100", arch)
	}
	base, features, _ := strings.Cut(arch, ":")
	if child || slices.Contains(knownArchs, base) && (features == "" || gfx9.MatchString(base)) {
		return nil
	}
	return fmt.Errorf("%q is none of the architectures that are safe to compile for in this process (%s); a program that calls jit.Child compiles for others",
		arch, strings.Join(knownArchs, " "))
}

// allowedOptions are the options that are safe everywhere.
var allowedOptions = regexp.MustCompile(`^(` + strings.Join([]string{
	`-O[0-3s]`, `-g(line-tables-only)?`, `-w`, `-std=(c|gnu)\+\+(14|17|20|23)`,
	`-[DU][A-Za-z_][A-Za-z0-9_]*(=[^\x00]*)?`,
	`-W[A-Za-z0-9+=-]*`, `-Rpass(-analysis|-missed)?=[a-z-]+`,
	`-ffp-contract=(fast|on|off|fast-honor-pragmas)`,
	`-f(no-)?(fast-math|finite-math-only|associative-math|reciprocal-math|signed-zeros|trapping-math|math-errno|approx-func|` +
		`unsafe-math-optimizations|discard-value-names|honor-nans|honor-infinities|unroll-loops|slp-vectorize|vectorize|gpu-flush-denormals-to-zero)`,
	`-m(no-)?(cumode|wavefrontsize64|unsafe-fp-atomics)`, `-mcode-object-version=[456]`,
}, "|") + `)$`)

// allowedLLVM are the options that may follow -mllvm.
var allowedLLVM = regexp.MustCompile(`^-(amdgpu-unroll-threshold-(local|private|if)|unroll-threshold|inline-threshold)=[0-9]{1,6}$`)

// checkOptions refuses options that are not on the list.
func checkOptions(options []string) error {
	for i := 0; i < len(options); i++ {
		if options[i] == "-mllvm" && i+1 < len(options) && allowedLLVM.MatchString(options[i+1]) {
			i++
			continue
		}
		if !allowedOptions.MatchString(options[i]) {
			return fmt.Errorf("compiler option %q is not on the list of those that are safe", options[i])
		}
	}
	return nil
}
