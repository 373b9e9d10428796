package jit

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/rocmforge/rocmforge/hiprtc"
	"github.com/rocmforge/rocmforge/internal/self"
	"github.com/rocmforge/rocmforge/kernels"
)

// childVariable is set in the environment of child processes, to settings as
// JSON.
const childVariable = "ROCMFORGE_JIT_CHILD"

// childHello is the first line of a child that is of the protocol itself: what
// the program's initialisers printed before is passed over.
const childHello = "rocmforge jit child 1\n"

// settings are what a child process has to know before its first request.
type settings struct {
	Library hiprtc.Options
	Memory  int64
}

// request is a program, as it goes to a child: JSON, one after another.
type request struct {
	Name    string
	Arch    string
	Source  string
	Headers []kernels.Header
	Options []string
}

// reply is what a child answers to a request.
type reply struct {
	Code     []byte
	Log      string
	Compiler *compilerFault // an error of hiprtc
	Failed   string         // another error
}

// compilerFault is a *hiprtc.Error on its way from a child.
type compilerFault struct {
	Call string
	Code int
	Text string
}

// childServed is set once Child has been called: then this program can be its
// own child.
var childServed atomic.Bool

// Child makes this process a compiler if a Compiler started it as one: then it
// serves and does not return. Otherwise it returns at once. Call it first
// thing in main, and in TestMain.
func Child() {
	text, ok := os.LookupEnv(childVariable)
	if !ok {
		childServed.Store(true)
		return
	}
	os.Unsetenv(childVariable)
	var s settings
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", childVariable, err)
		os.Exit(2)
	}
	limitMemory(s.Memory)
	if err := serve(s, os.Stdin, self.KeepStdout()); err != nil {
		fmt.Fprintf(os.Stderr, "compiler process: %v\n", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serve answers requests until there are no more.
func serve(s settings, in io.Reader, out io.Writer) error {
	if _, err := io.WriteString(out, childHello); err != nil {
		return err
	}
	lib, openErr := openCompiler(s.Library)
	requests := make(chan request)
	go readRequests(in, requests)
	answers := json.NewEncoder(out)
	for r := range requests {
		answer := reply{}
		if openErr != nil {
			answer.Failed = openErr.Error()
		} else {
			answer = serveOne(lib, r)
		}
		if err := answers.Encode(answer); err != nil {
			return err
		}
	}
	return nil
}

// readRequests ends the process when the parent is gone, even while the
// compiler runs: nobody would read the answer.
func readRequests(in io.Reader, requests chan<- request) {
	d := json.NewDecoder(in)
	for {
		var r request
		if err := d.Decode(&r); err != nil {
			os.Exit(0)
		}
		requests <- r
	}
}

func serveOne(lib compiler, r request) reply {
	code, log, err := compileChecked(lib, r, true)
	answer := reply{Code: code, Log: log}
	if fault := faultOf(err); fault != nil {
		answer.Compiler = fault
	} else if err != nil {
		answer.Failed = err.Error()
	}
	return answer
}

// compileChecked compiles what cannot end the process, as far as is known.
func compileChecked(lib compiler, r request, child bool) (code []byte, log string, err error) {
	if err := checkArch(r.Arch, child); err != nil {
		return nil, "", err
	}
	if err := checkOptions(r.Options); err != nil {
		return nil, "", err
	}
	return lib.compile(r)
}
