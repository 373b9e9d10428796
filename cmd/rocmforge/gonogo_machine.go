package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"strings"

	"github.com/rocmforge/rocmforge/internal/doctor"
	"github.com/rocmforge/rocmforge/mxfp"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/quark"
)

// machineChecks are those that need no model.
func (a *app) machineChecks() []gonogoCheckup {
	need, gpu := neededROCm()
	return []gonogoCheckup{
		{
			"rocm", fmt.Sprintf("%d or later, %d for gfx950", doctor.NeedsROCm(""), doctor.NeedsROCm("gfx950")), fmt.Sprintf("install ROCm %d or later", need),
			doctor.InstallROCm, func(context.Context) (string, bool, error) { return installedROCm(need, gpu) },
		},
		{
			"quark", "installed", "",
			"nothing, unless you want Quark's own algorithms: pip install -r scripts/requirements.txt", installedQuark,
		},
		{
			"mx-types", "none differ, except ggml's special cases (docs/FORMATS.md)", "this program is broken; please report it",
			"", compareTypes,
		},
	}
}

// neededROCm is the oldest version that knows the GPUs of this machine, and the
// one that needs it: "" where the kernel shows none, or not what it is.
func neededROCm() (need int, gpu string) {
	need = doctor.NeedsROCm("")
	files, err := gpuFiles()
	if err != nil {
		return need, gpu
	}
	found, _ := files.GPUs() // that there are none is for doctor to say
	for _, g := range found {
		if n := doctor.NeedsROCm(string(g.Arch)); g.Arch != "" && n >= need {
			need, gpu = n, oneLine(string(g.Arch))
		}
	}
	return need, gpu
}

func installedROCm(need int, gpu string) (string, bool, error) {
	for _, probe := range patient().Libraries {
		l := probe()
		if !strings.Contains(l.Name, "amdhip") {
			continue
		}
		major, ok := doctor.Major(l.Version)
		switch {
		case l.Err != nil:
			return "", false, unmeasuredf("%s cannot be used: %w", l.Name, l.Err)
		case !ok:
			return "", false, unmeasuredf("the version of %s is unknown", l.Name)
		case gpu == "":
			return "", false, unmeasuredf("ROCm %s is installed, but the kernel shows no AMD GPU", l.Version)
		}
		return fmt.Sprintf("%s for %s", l.Version, gpu), major >= need, nil
	}
	return "", false, unmeasuredf("this program was built without GPU support")
}

func installedQuark(ctx context.Context) (string, bool, error) {
	env := patient()
	version, err := env.QuarkVersion(ctx)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", false, unmeasuredf("there is no python3, and so no AMD Quark")
	case is[*exec.ExitError](err):
		return "", false, unmeasuredf("AMD Quark is not installed in python3")
	case err != nil:
		return "", false, unmeasured{error: err}
	}
	return "version " + version, true, nil
}

// mxTypes are those of GGUF that are MX formats: ggml's and ours.
var mxTypes = []quant.Type{quant.MXFP4, quant.MXFP6_E2M3, quant.MXFP6_E3M2}

// compareTypes decodes every code under every scale.
func compareTypes(context.Context) (figure string, ok bool, err error) {
	if f, ok := quant.Lookup(quant.MXFP4); !ok || quant.MXFP4 != 39 || f.BlockElems != 32 || f.BlockBytes != 17 {
		return "MXFP4 is not ggml's type 39, of 17 bytes for 32 values", false, nil
	}
	values, wrong := 0, 0
	for _, t := range mxTypes {
		f, _ := quant.Lookup(t)
		e := quark.Element(t)
		codes := 1 << e.Bits()
		for scale := range 256 {
			for first := 0; first < codes; first += mxfp.BlockSize {
				got := make([]float32, mxfp.BlockSize)
				f.Decode(got, packed(t, byte(scale), first))
				for i, v := range got {
					values++
					if want := typeValue(t, e, byte(scale), byte((first+i)%codes)); math.Float32bits(v) != math.Float32bits(want) && !(math.IsNaN(float64(v)) && math.IsNaN(float64(want))) {
						wrong++
					}
				}
			}
		}
	}
	return fmt.Sprintf("%d of %d values of %d types differ", wrong, values, len(mxTypes)), wrong == 0, nil
}

// packed is a block of 32 codes from first on.
func packed(t quant.Type, scale byte, first int) []byte {
	b := mxfp.Block{Scale: mxfp.E8M0(scale)}
	for i := range b.Codes {
		b.Codes[i] = byte(first+i) & (1<<quark.Element(t).Bits() - 1)
	}
	if t == quant.MXFP4 {
		var out [mxfp.MXFP4Bytes]byte
		b.PackMXFP4(&out)
		return out[:]
	}
	var out [mxfp.MXFP6Bytes]byte
	b.PackMXFP6(&out)
	return out[:]
}

// typeValue is 2^(scale-127) times the element, computed in float64. Of MXFP4,
// which is ggml's, a scale of 255 is 2^128 and no zero has a sign.
func typeValue(t quant.Type, e *mxfp.Element, scale, code byte) float32 {
	v := math.Ldexp(float64(e.Decode(code)), int(scale)-127)
	switch {
	case t == quant.MXFP4:
		return float32(v + 0) // -0 + 0 is 0
	case scale == 255:
		return float32(math.NaN())
	}
	return float32(v)
}
