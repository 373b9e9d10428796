package quark

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/quant"
)

// A Spec is how one tensor of a layer is quantized; the zero value says that it
// is not.
type Spec struct {
	Type    quant.Type // MXFP4, MXFP6_E2M3, MXFP6_E3M2 or FP8_E4M3
	Dynamic bool       // scales are found when the tensor is: of activations
}

// Is says whether the tensor is quantized at all.
func (s Spec) Is() bool { return s.Type != 0 }

// rawSpec is a tensor's specification as config.json has it.
type rawSpec struct {
	DType        string  `json:"dtype"`
	QScheme      string  `json:"qscheme"`
	GroupSize    *int    `json:"group_size"`
	ChAxis       *int    `json:"ch_axis"`
	IsDynamic    bool    `json:"is_dynamic"`
	ScaleFormat  *string `json:"scale_format"`
	ScaleMode    *string `json:"scale_calculation_mode"`
	IsScaleQuant bool    `json:"is_scale_quant"`
	MXElement    *string `json:"mx_element_dtype"`
	RoundMethod  *string `json:"round_method"`
	Symmetric    *bool   `json:"symmetric"`
}

// specError says which field asks for something that is not implemented.
type specError struct {
	field   string
	found   any
	allowed string
}

// ErrUnsupported is in errors about quantizations that are not implemented: of
// another program, or of Quark.
var ErrUnsupported = errors.New("this quantization is not supported")

// Is makes every such error ErrUnsupported.
func (e *specError) Is(target error) bool { return target == ErrUnsupported }

func (e *specError) Error() string {
	return fmt.Sprintf("%s %s is not supported; supported: %s", e.field, found(e.found), e.allowed)
}

// found prints a value from the file in few characters.
func found(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%.64v", v)
	}
	return fmt.Sprintf("%.64s", b)
}

// parseSpec reads a tensor's specification; null is the zero Spec.
func parseSpec(raw json.RawMessage) (Spec, error) {
	text := strings.TrimSpace(string(raw))
	switch {
	case text == "" || text == "null":
		return Spec{}, nil
	case text[0] == '[':
		return Spec{}, fmt.Errorf("quantization in several stages (a list) is not supported")
	}
	var r rawSpec
	if err := json.Unmarshal(raw, &r); err != nil {
		return Spec{}, fmt.Errorf("cannot be read: %w", err)
	}
	return r.spec()
}

func (r *rawSpec) spec() (Spec, error) {
	t, ok := dtypes[r.DType]
	switch {
	case r.DType == "mx" || r.MXElement != nil:
		return Spec{}, fmt.Errorf("dtype %.64q with mx_element_dtype is the old format with scales among the weights, and not supported; export the model again with Quark 0.13", r.DType)
	case !ok:
		return Spec{}, &specError{"dtype", r.DType, "fp4, fp6_e2m3, fp6_e3m2, fp8_e4m3"}
	case r.IsScaleQuant:
		return Spec{}, &specError{"is_scale_quant", true, "false"}
	case r.RoundMethod != nil && *r.RoundMethod != "half_even":
		return Spec{}, &specError{"round_method", r.RoundMethod, "half_even"}
	case t == quant.FP8_E4M3:
		return Spec{t, r.IsDynamic}, r.checkFP8()
	}
	return Spec{t, r.IsDynamic}, r.checkMX()
}

func (r *rawSpec) checkFP8() error {
	switch {
	case r.QScheme != "per_tensor":
		return &specError{"qscheme of fp8_e4m3", r.QScheme, "per_tensor"}
	case r.ScaleFormat != nil && *r.ScaleFormat != "float32":
		return &specError{"scale_format of fp8_e4m3", r.ScaleFormat, "null"}
	case r.IsDynamic:
		return &specError{"is_dynamic of fp8_e4m3", true, "false"}
	case r.Symmetric != nil && !*r.Symmetric:
		return &specError{"symmetric", false, "true"}
	}
	return nil
}

func (r *rawSpec) checkMX() error {
	switch {
	case r.QScheme != "per_group":
		return &specError{"qscheme of " + r.DType, r.QScheme, "per_group"}
	case r.GroupSize == nil || *r.GroupSize != Group:
		return &specError{"group_size of " + r.DType, r.GroupSize, "32"}
	case r.ChAxis == nil || *r.ChAxis != -1 && *r.ChAxis != 1:
		return &specError{"ch_axis of " + r.DType, r.ChAxis, "-1, 1"}
	case r.ScaleFormat == nil || *r.ScaleFormat != "e8m0":
		return &specError{"scale_format of " + r.DType, r.ScaleFormat, "e8m0"}
	case r.ScaleMode == nil || !slices.Contains([]string{"even", "floor", "ceil"}, *r.ScaleMode):
		return &specError{"scale_calculation_mode", r.ScaleMode, "even, floor, ceil"}
	case r.IsDynamic && *r.ScaleMode != "even":
		return &specError{"scale_calculation_mode of activations", r.ScaleMode, "even"}
	}
	return nil
}
