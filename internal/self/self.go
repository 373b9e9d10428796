// Package self starts this program again, as a child process of itself that
// does one thing: compile kernels, or hold a device. What the child does, its
// own package says; a variable in the environment tells it.
package self

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// Command runs this program, even if its file was replaced meanwhile, with
// variables added to its environment.
func Command(variables ...string) (*exec.Cmd, error) {
	path, err := executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path)
	cmd.Env = append(os.Environ(), variables...)
	return cmd, nil
}

func executable() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

// Answers is what follows a child's first line of its own, Hello, on its
// standard output. What its initialisers printed before, up to a megabyte, is
// passed over.
type Answers struct {
	In    *bufio.Reader
	Hello string // with its newline
	found bool
}

// Read is In's, behind Hello.
func (a *Answers) Read(b []byte) (int, error) {
	for skipped := 0; !a.found; {
		line, err := a.In.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			return 0, err
		}
		a.found = strings.HasSuffix(string(line), a.Hello)
		if skipped += len(line); skipped > 1<<20 {
			return 0, errors.New("the program's main does not begin with rocmforge.Child, but prints")
		}
	}
	return a.In.Read(b)
}
