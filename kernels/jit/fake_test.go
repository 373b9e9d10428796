package jit

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// fakeCompiler does what a program's source says.
type fakeCompiler struct{}

// fakeCompiles counts what was compiled in this process.
var fakeCompiles atomic.Int32

func (fakeCompiler) identity() string { return "fake" }

func (fakeCompiler) compile(r request) (code []byte, log string, err error) {
	fakeCompiles.Add(1)
	switch what, _, _ := strings.Cut(r.Source, " "); what {
	case "hang":
		time.Sleep(time.Hour)
	case "die":
		fmt.Fprint(os.Stderr, strings.Repeat("noise\n", 10_000), "LLVM ERROR: Cannot select: intrinsic\n")
		os.Exit(3)
	case "abort":
		fmt.Fprint(os.Stderr, "free(): invalid pointer\nSIGABRT: abort\nPC=0x7f32 m=0 sigcode=18446744073709551610\n",
			"signal arrived during cgo execution\n\ngoroutine 1 [syscall, locked to thread]:\nruntime.cgocall(...)\n\nrax 0x0\n")
		os.Exit(2)
	case "memory":
		b := make([]byte, 1<<36)
		return b[:1], "", nil
	case "print":
		fmt.Fprintln(os.NewFile(1, "stdout"), "the compiler prints this")
	case "error":
		return nil, "/tmp/comgr-1a2b3c/input/x.hip:1:1: warning: hm\nkernels/src/x.hip:3:7: error: unknown type name 'flaot'\n", errors.New("compilation failed")
	case "pid":
		return fmt.Appendf(nil, "%d", os.Getpid()), "", nil
	}
	return []byte("code of " + r.Source), "", nil
}
