//go:build linux

package badfiles

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// workerEnv tells a test binary that it is a worker, and under which limit of
// its address space, in bytes; 0 is none.
const workerEnv = "ROCMFORGE_BADFILES_WORKER"

// AddressSpace is the limit that workers usually run under. Go reserves more
// than it uses, but not as much as this.
const AddressSpace = 4 << 30

// A Result is what became of a case in a worker.
type Result struct {
	Err     string        // how it was refused; empty if it was accepted
	Took    time.Duration // to load, use and close it
	Peak    int64         // bytes resident at most, beyond those before it
	Left    string        // what was not given back; empty if all was
	Crashed string        // how the worker ended, if it did
}

// Workers run cases in child processes: this test binary again, whose
// TestMain calls Serve. A child goes from case to case, so that starting it
// costs little; when one dies or hangs, it is known by which case, and another
// takes over.
type Workers struct {
	limit   int64
	wait    time.Duration // until a worker counts as hung
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *os.File
	results chan Result
	stderr  bytes.Buffer
}

// NewWorkers prepares workers under a limit of address space; 0 is none.
func NewWorkers(t *testing.T, addressSpace int64) *Workers {
	if raceEnabled {
		t.Skip("the race detector needs more memory than the limits allow")
	}
	w := &Workers{limit: addressSpace, wait: 2 * maxTime}
	t.Cleanup(w.stop)
	return w
}

// Run runs one case and tells what became of it.
func (w *Workers) Run(t *testing.T, c Case) Result {
	t.Helper()
	if w.cmd == nil {
		w.start(t)
	}
	if err := json.NewEncoder(w.in).Encode(c); err != nil {
		t.Fatal(err)
	}
	select {
	case r, alive := <-w.results:
		if alive {
			return r
		}
		w.stop()
		return Result{Crashed: fmt.Sprintf("the process crashed: %.4000s", w.stderr.String())}
	case <-time.After(w.wait):
		w.stop()
		return Result{Took: w.wait, Crashed: "the process hung and was killed"}
	}
}

func (w *Workers) start(t *testing.T) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	w.stderr.Reset()
	w.cmd = exec.Command(os.Args[0])
	w.cmd.Env = append(os.Environ(), fmt.Sprint(workerEnv, "=", w.limit))
	w.cmd.Stderr = &w.stderr
	w.cmd.ExtraFiles = []*os.File{write}
	if w.in, err = w.cmd.StdinPipe(); err == nil {
		err = w.cmd.Start()
	}
	write.Close()
	if err != nil {
		t.Fatal(err)
	}
	w.out, w.results = read, make(chan Result)
	go receive(read, w.results)
}

// receive passes results on, and closes the channel when the worker is gone.
func receive(from io.Reader, to chan<- Result) {
	defer close(to)
	for lines := bufio.NewScanner(from); lines.Scan(); {
		var r Result
		if json.Unmarshal(lines.Bytes(), &r) != nil {
			return
		}
		to <- r
	}
}

// stop ends the worker, whatever it is doing.
func (w *Workers) stop() {
	if w.cmd == nil {
		return
	}
	w.in.Close()
	w.cmd.Process.Kill()
	w.cmd.Wait()
	w.out.Close()
	w.cmd = nil
}

// Verdict holds a result to the limits and to what the case expects.
func (c *Case) Verdict(t *testing.T, r Result) {
	t.Helper()
	switch {
	case r.Crashed != "":
		t.Errorf("%s: %s", c.What, r.Crashed)
		return
	case r.Took > maxTime:
		t.Errorf("took %v, at most %v are allowed", r.Took, maxTime)
	case r.Peak > maxBytes:
		t.Errorf("took %d MiB, at most %d are allowed", r.Peak>>20, maxBytes>>20)
	case r.Left != "":
		t.Errorf("left behind: %s", r.Left)
	}
	var err error
	if r.Err != "" {
		err = fmt.Errorf("%s", r.Err)
		if !strings.Contains(r.Err, c.Path) {
			t.Errorf("the error does not name the file")
		}
	}
	c.checkExpected(t, err, false)
}
