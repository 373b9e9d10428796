//go:build unix

package self

import (
	"os/exec"
	"syscall"
)

// Apart gives a child a process group of its own: what the terminal sends to
// the program, such as Ctrl-C, is the program's to deal with.
func Apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// Kill ends a child that was set apart, and its own children.
func Kill(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	_ = cmd.Process.Kill()
}
