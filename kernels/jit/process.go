package jit

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/rocmforge/rocmforge/internal/self"
)

// A worker compiles one program after another.
type worker interface {
	compile(ctx context.Context, r request) (code []byte, log string, err error)
	close()
}

// inProcess compiles in this process.
type inProcess struct{ compiler }

func (w inProcess) compile(_ context.Context, r request) (code []byte, log string, err error) {
	return compileChecked(w.compiler, r, false)
}

func (inProcess) close() {}

// process is a child process. It starts with the first program, and again with
// the next one after it died.
type process struct {
	options Options
	cmd     *exec.Cmd // nil: not running
	temp    string    // the child's TMPDIR: the compiler leaves files there when it is killed
	stdin   io.Closer
	send    *json.Encoder
	receive *json.Decoder
	stderr  self.Ends
}

var errTimeout = errors.New("timeout")

// compile hands a program over and waits. If the child dies, or is killed
// because time is up, log is the end of what it wrote on stderr.
func (w *process) compile(ctx context.Context, r request) (code []byte, log string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, w.options.Timeout, errTimeout)
	defer cancel()
	if w.cmd == nil {
		if err := w.start(); err != nil {
			return nil, "", fmt.Errorf("compiler process: %w", err)
		}
	}
	stop := context.AfterFunc(ctx, w.kill)
	answer, err := w.exchange(r)
	if stop() && err == nil {
		code, err = answer.result()
		return code, answer.Log, err
	}
	err = w.death(ctx, err) // only then is stderr complete
	return nil, withoutTrace(w.stderr.String()), err
}

// withoutTrace leaves out what Go writes when a signal ends the compiler: where
// its goroutines are. It calls each call into C "cgo execution".
func withoutTrace(log string) string {
	const cgo = "\nsignal arrived during cgo execution"
	before, _, found := strings.Cut(log, cgo)
	if !found {
		return log
	}
	if i := strings.LastIndex(before, "\nPC="); i >= 0 { // after "SIGABRT: abort"
		before = before[:i]
	}
	return before
}

func (w *process) exchange(r request) (answer reply, err error) {
	if err := w.send.Encode(r); err != nil {
		return reply{}, err
	}
	return answer, w.receive.Decode(&answer)
}

// death ends the child and says why it had to end.
func (w *process) death(ctx context.Context, err error) error {
	state := w.end()
	switch cause := context.Cause(ctx); {
	case cause == errTimeout:
		return fmt.Errorf("took longer than %v: compiler process killed: %w", w.options.Timeout, context.DeadlineExceeded)
	case cause != nil:
		return cause
	}
	return fmt.Errorf("compiler process died (%s; %w)", state, err)
}

// start runs this program again, as a child.
func (w *process) start() (err error) {
	w.temp, err = os.MkdirTemp("", "rocmforge-jit-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(w.temp)
		}
	}()
	s, err := json.Marshal(settings{w.options.Library, w.options.Memory})
	if err != nil {
		return err
	}
	cmd, err := self.Command(childVariable+"="+string(s), "TMPDIR="+w.temp, "TMP="+w.temp, "TEMP="+w.temp)
	if err != nil {
		return err
	}
	w.stderr.Reset()
	cmd.Stderr = &w.stderr
	cmd.WaitDelay = 5 * time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	w.cmd, w.stdin, w.send = cmd, in, json.NewEncoder(in)
	w.receive = json.NewDecoder(&self.Answers{In: bufio.NewReader(out), Hello: childHello})
	return nil
}

func (w *process) kill() { w.cmd.Process.Kill() }

// end kills the child, cleans up after it and says how it went.
func (w *process) end() string {
	w.stdin.Close()
	w.kill()
	err := w.cmd.Wait()
	w.cmd = nil
	os.RemoveAll(w.temp)
	if err != nil {
		return err.Error()
	}
	return "exit status 0"
}

func (w *process) close() {
	if w.cmd != nil {
		w.end()
	}
}
