// Package badfiles makes corrupted model files for tests, with the generator
// that lies in badfiles/ under ROCMFORGE_SHARED. It knows no loader.
package badfiles

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/rocmforge/rocmforge/internal/goldens"
)

// A Case is one corrupted file or folder, and what a loader owes it.
type Case struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"`     // "gguf", or "hf" for a folder
	Path     string `json:"path"`     // what to give to the loader
	Class    string `json:"class"`    // such as "gguf-truncated"
	What     string `json:"what"`     // is wrong
	Expected string `json:"expected"` // "reject", "accept" or "either"
	Reason   string `json:"reason"`
	Stage    string `json:"stage"` // where it must be noticed at the latest
}

// accepted are cases that the generator wants refused and that load: llama.cpp
// has a value for an unknown pre-tokenizer, which is warned about; integers are
// weights.
var accepted = []string{"gguf-tokpre-unknown", "st-int-weight"}

// Limits on one case: time, and bytes allocated beyond those before it.
const (
	maxTime  = 5 * time.Second
	maxBytes = 256 << 20
)

// Make makes the cases whose names hold only, and as many random ones of each
// kind. It skips the test where the generator or Python is not there.
func Make(t *testing.T, only string, random, seed int) []Case {
	t.Helper()
	script := goldens.Shared(t, "badfiles/badfiles.py")
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skipf("badfiles need python3: %v", err)
	}
	out := t.TempDir()
	cmd := exec.Command(python, "-B", script, "make", "--out", out, "--only", only,
		"--random", strconv.Itoa(random), "--seed", strconv.Itoa(seed),
		"--gguf", goldens.Path(t, "gguf/gopher-7m-Q8_0.gguf"), "--hf", goldens.Shared(t, "models/gopher-7m"))
	if log, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("badfiles.py: %v\n%s", err, log)
	}
	var index struct{ Cases []Case }
	goldens.JSON(t, filepath.Join(out, "index.json"), &index)
	for i := range index.Cases {
		if slices.Contains(accepted, index.Cases[i].Name) {
			index.Cases[i].Expected = "accept"
		}
		index.Cases[i].Path = filepath.Join(out, filepath.FromSlash(index.Cases[i].Path))
	}
	return index.Cases
}

// Check runs load on the case and holds it to the limits, and to what is
// expected unless mayAccept: then the fault shows in a later stage.
func (c *Case) Check(t *testing.T, mayAccept bool, load func(path string) error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	err := load(c.Path)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > maxBytes {
		t.Errorf("%d bytes were allocated, at most %d are allowed", n, maxBytes)
	}
	if took > maxTime {
		t.Errorf("took %v, at most %v are allowed", took, maxTime)
	}
	c.checkExpected(t, err, mayAccept)
}

func (c *Case) checkExpected(t *testing.T, err error, mayAccept bool) {
	t.Helper()
	switch {
	case err == nil && c.Expected == "reject" && !mayAccept:
		t.Errorf("accepted: %s", c.What)
	case err != nil && c.Expected == "accept":
		t.Errorf("refused: %v", err)
	}
	c.checkText(t, err)
}

// checkText: an error is one short line without control characters.
func (c *Case) checkText(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	t.Log(err)
	text := err.Error()
	for _, r := range text {
		if r < ' ' || r == 0x7f {
			t.Errorf("control characters in the error: %q", text)
			return
		}
	}
	if len(text) > 2048 {
		t.Errorf("an error of %d bytes", len(text))
	}
	if _, statErr := os.Lstat(c.Path); statErr != nil {
		t.Errorf("the case is gone: %v", statErr)
	}
}
