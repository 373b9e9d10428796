//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	ossignal "os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// process starts this test binary as the program.
func process(t *testing.T, args ...string) (c *exec.Cmd, stderr *bytes.Buffer) {
	t.Helper()
	c = exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), "ROCMFORGE_TEST_MAIN=1")
	stderr = new(bytes.Buffer)
	c.Stderr = stderr
	return c, stderr
}

// endless generates for much longer than a test takes.
var endless = []string{"run", "-m", filepath.Join("..", "..", "gopher", "gopher-7m.gguf"), "-n", "0", "--ignore-eos", "--ctx", "1024", "--seed", "1", "func main() {"}

// startAndRead starts a process and waits for its first output.
func startAndRead(t *testing.T, c *exec.Cmd) io.ReadCloser {
	t.Helper()
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil {
		c.Wait()
		t.Fatal("no output: ", err)
	}
	return out
}

func TestSignalsEndTheText(t *testing.T) {
	for signal, want := range map[syscall.Signal]int{
		syscall.SIGINT: exitInt, syscall.SIGTERM: exitTerm, syscall.SIGHUP: exitHangup, syscall.SIGQUIT: exitQuit,
	} {
		if signal == syscall.SIGHUP && ossignal.Ignored(signal) {
			t.Log("SIGHUP is ignored where these tests run, and so by the program")
			continue
		}
		c, stderr := process(t, endless...)
		out := startAndRead(t, c)
		start := time.Now()
		c.Process.Signal(signal)
		rest, _ := io.ReadAll(out)
		c.Wait()
		if took := time.Since(start); took > 2*time.Second { // 200 ms on an idle machine
			t.Errorf("%v: ended after %v", signal, took)
		}
		if code := c.ProcessState.ExitCode(); code != want {
			t.Errorf("%v: exit code %d, want %d; stderr %q, %d bytes of text", signal, code, want, stderr, len(rest))
		}
		if strings.Count(stderr.String(), "\n") > 1 {
			t.Errorf("%v: stderr %q", signal, stderr)
		}
	}
}

// TestSignalEndsReading: nothing has begun while stdin is read, so the first
// signal ends the program.
func TestSignalEndsReading(t *testing.T) {
	for _, args := range [][]string{{"run", "-"}, {"tokenize"}, {"chat"}} {
		c, stderr := process(t, args...)
		in, err := c.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(300 * time.Millisecond)
		c.Process.Signal(syscall.SIGINT)
		kill := time.AfterFunc(10*time.Second, func() { c.Process.Kill() })
		c.Wait()
		kill.Stop()
		status := c.ProcessState.Sys().(syscall.WaitStatus)
		if status.Signaled() && status.Signal() == syscall.SIGINT {
			t.Skip("the signal came before the program watched for it")
		}
		if status.ExitStatus() != exitInt {
			t.Errorf("%q: %v; stderr %q", args, c.ProcessState, stderr)
		}
	}
}

// TestSignalEndsVerify: it stops between two cases.
func TestSignalEndsVerify(t *testing.T) {
	c, _ := process(t, "verify", "--device", "cpu")
	c.Stderr = nil
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stderr.Read(make([]byte, 1)); err != nil { // it has begun
		t.Fatal(err)
	}
	c.Process.Signal(syscall.SIGINT)
	said, _ := io.ReadAll(stderr)
	c.Wait()
	if code := c.ProcessState.ExitCode(); code != exitInt || !bytes.HasSuffix(said, []byte("\nrocmforge: interrupted\n")) {
		t.Errorf("exit code %d, stderr %q", code, said)
	}
}

func TestInterruptedJSONHasTheText(t *testing.T) {
	c, _ := process(t, append([]string{"--json"}, endless...)...)
	var out bytes.Buffer
	c.Stdout = &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond)
	c.Process.Signal(syscall.SIGINT)
	c.Wait()
	if c.ProcessState.ExitCode() != exitInt {
		t.Skipf("exit code %d: the signal came too early or too late", c.ProcessState.ExitCode())
	}
	var r runResult
	if err := json.Unmarshal(out.Bytes(), &r); out.Len() > 0 && (err != nil || r.Stop != "cancelled") {
		t.Errorf("%v: %s", err, out.Bytes())
	}
}

func TestClosedPipeIsQuiet(t *testing.T) {
	c, stderr := process(t, endless...)
	out := startAndRead(t, c)
	out.Close()
	c.Wait()
	status := c.ProcessState.Sys().(syscall.WaitStatus)
	if !(status.Signaled() && status.Signal() == syscall.SIGPIPE) && status.ExitStatus() != exitPipe {
		t.Errorf("ended with %v", c.ProcessState)
	}
	if stderr.Len() > 0 {
		t.Errorf("stderr %q", stderr)
	}
}

// A bare environment: no HOME, a plain locale, stdin closed.
func TestBareEnvironment(t *testing.T) {
	for _, args := range [][]string{
		{"run", "-n", "2", "func"}, {"chat"}, {"info"}, {"devices"}, {"version"},
	} {
		c, stderr := process(t, args...)
		c.Env = []string{"ROCMFORGE_TEST_MAIN=1", "LC_ALL=C"}
		if out, err := c.Output(); err != nil && c.Stderr == nil {
			t.Errorf("%q: %v, stdout %q, stderr %q", args, err, out, stderr)
		} else if err != nil {
			t.Errorf("%q: %v, stderr %q", args, err, stderr)
		}
	}
	c, stderr := process(t, "run")
	c.Run()
	if c.ProcessState.ExitCode() != exitUsage {
		t.Errorf("run without a prompt: %v, stderr %q", c.ProcessState, stderr)
	}
}
