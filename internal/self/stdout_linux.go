package self

import (
	"os"

	"golang.org/x/sys/unix"
)

// KeepStdout gives the standard output, and lets whatever libraries print there
// go to stderr.
func KeepStdout() *os.File {
	out, err := unix.Dup(1)
	if err != nil {
		return os.Stdout
	}
	unix.CloseOnExec(out)
	if err := unix.Dup3(2, 1, 0); err != nil {
		return os.Stdout
	}
	return os.NewFile(uintptr(out), "answers")
}
