package verify

import "github.com/rocmforge/rocmforge/runtime"

// Report is what a device did.
type Report struct {
	OK      bool    `json:"ok"`
	Device  Device  `json:"device"`
	Kernels Kernels `json:"kernels"`
	Ops     []Op    `json:"ops"`
	Copy    Copy    `json:"copy"`
	Graphs  Graphs  `json:"graphs"`
	Greedy  Greedy  `json:"greedy"`
}

// Device describes a device without what is its owner's.
type Device struct {
	Name      string `json:"name"`
	Kind      string `json:"kind"`
	Arch      string `json:"arch"`
	Product   string `json:"product,omitempty"`
	Workers   int    `json:"workers"`   // threads or compute units
	Available int    `json:"available"` // bytes free before, or -1
}

func deviceOf(i runtime.DeviceInfo) Device {
	return Device{i.Name, i.Kind, i.Arch, i.Product, i.Workers, i.Available}
}

// Kernels is what was compiled for the ops.
type Kernels struct {
	Outcome
	Programs int     `json:"programs"`
	Cached   int     `json:"cached"` // of these, found on disk
	Seconds  float64 `json:"seconds"`
}

// Op is what the cases of an op came to.
type Op struct {
	Op      string `json:"op"`
	Passed  int    `json:"passed"`
	Failed  int    `json:"failed"`
	Skipped int    `json:"skipped"`
	// MaxAbs and MaxRel are the largest differences from the reference,
	// OfAllowed is the largest share of what is allowed.
	MaxAbs    float64  `json:"max_abs"`
	MaxRel    float64  `json:"max_rel"`
	OfAllowed float64  `json:"of_allowed"`
	Errors    []string `json:"errors,omitempty"` // the first few
	Why       string   `json:"why,omitempty"`    // the first case was skipped
}

// Status is how a check ended.
type Status string

// The ends of a check.
const (
	Passed  Status = "passed"
	Failed  Status = "failed"
	Skipped Status = "skipped"
)

// Outcome is how a check ended, and why it did not pass.
type Outcome struct {
	Status Status `json:"status"`
	Why    string `json:"why,omitempty"`
}

// outcome is that of a check that an error would have ended.
func outcome(err error) Outcome {
	if err != nil {
		return Outcome{Failed, clean(err.Error())}
	}
	return Outcome{Status: Passed}
}

// Copy is how fast the device copies its own memory.
type Copy struct {
	Outcome
	Rate float64 `json:"rate"` // bytes per second, read and written
}

// Graphs compares replayed graphs with launches one by one.
type Graphs struct {
	Outcome
	Steps  int `json:"steps"`
	Equal  int `json:"equal"`  // steps whose logits are equal, bit for bit
	Chosen int `json:"chosen"` // steps whose token, chosen on the device, has the largest logit
}

// Greedy compares a model's choices with those that the CPU makes exactly. The
// device is fed the CPU's tokens.
type Greedy struct {
	Outcome
	Tokens int     `json:"tokens"`
	Same   int     `json:"same"`
	Wrong  int     `json:"wrong"`   // where the CPU's choice was clear
	Margin float64 `json:"margin"`  // how far ahead a clear choice's logit is
	Worst  float64 `json:"worst"`   // the largest margin of the CPU where the choice was another
	MaxAbs float64 `json:"max_abs"` // the largest difference of a logit
}

// Failed names the checks that failed.
func (r *Report) Failed() (names []string) {
	if r.Kernels.Status == Failed {
		names = append(names, "kernels")
	}
	for _, o := range r.Ops {
		if o.Failed > 0 {
			names = append(names, o.Op)
		}
	}
	for _, c := range []struct {
		name string
		Outcome
	}{{"copy", r.Copy.Outcome}, {"graphs", r.Graphs.Outcome}, {"greedy", r.Greedy.Outcome}} {
		if c.Status == Failed {
			names = append(names, c.name)
		}
	}
	return names
}
