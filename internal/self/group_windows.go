package self

import (
	"os/exec"
	"syscall"
)

// Apart gives a child a process group of its own: what the console sends to the
// program, such as Ctrl-C, is the program's to deal with.
func Apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// Kill ends a child that was set apart.
func Kill(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
