package ops

import (
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/quant"
)

// GEMVGateArgs is the first half of a gated MLP:
//
//	Y[t, m] = activation(Σ_k W[m,k] X[t,k]) * Σ_k W[M+m,k] X[t,k]
type GEMVGateArgs struct {
	Y      device.Ptr // [Tokens, M] in YForm
	X      device.Ptr // [Tokens, K] in Form
	W      device.Ptr // [2M, K]: the gate's rows, then the other half's
	Tokens int32
	M, K   int32
	Type   quant.Type // of W
	Form   Form       // of X, as InputForm says for one token
	YForm  Form
	Kind   Activation
	Layout device.Layout
}

// GEMVGate is GEMV of both halves of a gated MLP and SwiGLU of the two, for few
// tokens on a GPU whose weights are codes: nothing of the halves is written to
// memory. A CPU's cache keeps them anyway, so it has GEMV and SwiGLU.
var GEMVGate = device.Op[GEMVGateArgs]{
	Name: "gemv_gate",
	Items: func(a *GEMVGateArgs) int {
		if a.Tokens < 0 || a.M < 1 || a.K < 1 || !validForm(a.YForm, a.M) || a.Form != Q8Rows || a.Layout != device.Planes {
			badShape("gemv_gate", *a)
		}
		mustPlaneRow("gemv_gate", a.Type, int(a.K))
		return ceilDiv(int(a.M), gateElems)
	},
	Host: func(a *GEMVGateArgs, _, _ int) { badShape("gemv_gate on a CPU", *a) },
	Spec: func(a *GEMVGateArgs) device.Spec {
		return device.Spec{
			Formats: map[string]string{"w": a.Type.String()},
			Consts:  map[string]int{"K": int(a.K), "FORM": int(a.YForm)},
		}
	},
	Variants: []device.Variant[GEMVGateArgs]{{
		Fits: func(_ device.Caps, s device.Spec) bool { return hasPlanes(s.Formats["w"], s.Consts["K"]) },
		Steps: []device.Step[GEMVGateArgs]{{
			Kernel: "gemv_gate", Roles: []string{"w"}, Consts: []string{"K", "FORM"},
			Tune: map[string]int{"THREADS": gateThreads, "UNROLL": 4},
			Grid: func(a *GEMVGateArgs, _ device.Caps) device.Grid {
				return device.Grid{Groups: [3]int{ceilDiv(int(a.M), gateElems), int(a.Tokens), 1}, Block: gateThreads}
			},
		}},
	}},
}

const (
	gateElems   = 32 // of a group: a block of 8-bit activations
	gateThreads = 256
)
