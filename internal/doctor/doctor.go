// Package doctor looks for what keeps a machine from computing on an AMD GPU,
// and says what would help. All it sees of the machine comes through an Env,
// so that it can be tested on recorded ones.
package doctor

import (
	"context"

	"github.com/rocmforge/rocmforge/internal/sysfs"
)

// Status is what a check came to.
type Status string

// The states of a check, from good to bad.
const (
	OK      Status = "ok"
	Info    Status = "info"    // good to know, and no fault
	Unknown Status = "unknown" // could not be found out
	Warning Status = "warning" // a GPU can be used, but not as it should
	Problem Status = "problem" // a GPU cannot be used
)

// Check is one question and its answer.
type Check struct {
	Name    string `json:"name"`
	Status  Status `json:"status"`
	Finding string `json:"finding"`
	Remedy  string `json:"remedy,omitempty"` // absent where there is nothing to do
}

// Report is what Examine found. A GPU can be used if there are no problems.
type Report struct {
	Problems int     `json:"problems"`
	Warnings int     `json:"warnings"`
	Checks   []Check `json:"checks"`
}

// Env is the machine as doctor sees it.
type Env struct {
	System string   // as in runtime.GOOS
	Files  sysfs.FS // read only on Linux
	Lookup func(key string) (value string, ok bool)

	// Libraries are the probes of ROCm's libraries, or nil in a program that
	// was built without GPU support.
	Libraries []func() Library

	Open   func(path string) error                   // opens a device for reading and writing, and closes it
	Groups func() ([]string, error)                  // of the user, by name
	Free   func(dir string) (bytes int64, err error) // writes to a folder and deletes that again; -1: unknown

	// Run gives what a program prints. Its error is exec.ErrNotFound if there
	// is no such program.
	Run func(ctx context.Context, name string, args ...string) (stdout string, err error)

	Cache func() (dir string, err error) // of compiled kernels
}

// Library is what the probe of a library found.
type Library struct {
	Name    string
	Path    string // where it was loaded from
	Version string // such as 7.0.51831; empty: it does not say
	Err     error  // why it cannot be used
}

// examination is a Report in the making.
type examination struct {
	Env
	Report
	gpus []sysfs.GPU
	rocm string // version of the HIP library
}

// Examine runs all checks: the hardware first, without which the rest is no help.
func Examine(ctx context.Context, env Env) Report {
	e := &examination{Env: env}
	if e.System == "linux" {
		e.graphics()
		e.driver()
		e.devices()
	} else {
		e.otherSystem()
	}
	e.libraries()
	e.newEnough()
	e.environment()
	e.cache()
	e.tools(ctx)
	return e.Report
}

// add notes a check without a remedy.
func (e *examination) add(name string, s Status, finding string) {
	e.fix(name, s, finding, "")
}

// fix notes a check and what to do.
func (e *examination) fix(name string, s Status, finding, remedy string) {
	switch s {
	case Problem:
		e.Problems++
	case Warning:
		e.Warnings++
	}
	e.Checks = append(e.Checks, Check{name, s, finding, remedy})
}

func (e *examination) otherSystem() {
	if e.System == "windows" {
		e.add("kernel driver", Unknown, "not looked at on Windows")
		return
	}
	e.fix("system", Problem, "there is no ROCm for "+e.System, "use Linux or Windows, or the CPU")
}
