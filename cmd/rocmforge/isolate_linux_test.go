package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
)

// childOf is the one child process of a process.
func childOf(t *testing.T, process int) (child int) {
	t.Helper()
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", process))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", process, task.Name()))
		if n, _ := fmt.Sscan(string(text), &child); n == 1 {
			return child
		}
	}
	t.Skip("this kernel does not list children")
	return 0
}

// TestIsolatedDeath: who kills the device's process gets exit status 5 and one
// line, and text until then.
func TestIsolatedDeath(t *testing.T) {
	c, stderr := process(t, append([]string{"--isolate", "--device", "cpu"}, endless...)...)
	out := startAndRead(t, c)
	if err := syscall.Kill(childOf(t, c.Process.Pid), syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	_, _ = io.ReadAll(out)
	c.Wait()
	if code := c.ProcessState.ExitCode(); code != exitDevice {
		t.Errorf("exit code %d", code)
	}
	if text := stderr.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "the device's process ended: signal: killed") {
		t.Errorf("stderr %q", text)
	}
}

// TestIsolatedSignal: the program ends as it does without a child, and the child
// with it.
func TestIsolatedSignal(t *testing.T) {
	c, stderr := process(t, append([]string{"--isolate", "--device", "cpu"}, endless...)...)
	out := startAndRead(t, c)
	child := childOf(t, c.Process.Pid)
	c.Process.Signal(syscall.SIGINT)
	_, _ = io.ReadAll(out)
	c.Wait()
	if code := c.ProcessState.ExitCode(); code != exitInt || strings.Count(stderr.String(), "\n") > 1 {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	if err := syscall.Kill(child, 0); err == nil {
		t.Errorf("process %d is left", child)
	}
}
