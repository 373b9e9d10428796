//go:build linux

package badfiles

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Serve does nothing in a test binary that was started as one. In a worker it
// runs load for each case that it is sent, and does not return. load gives an
// error for a file that is refused as it should be, and panics if anything
// else goes wrong.
func Serve(load func(c Case) error) {
	limit, err := strconv.ParseUint(os.Getenv(workerEnv), 10, 64)
	if err != nil {
		return
	}
	if limit > 0 {
		must(unix.Setrlimit(unix.RLIMIT_AS, &unix.Rlimit{Cur: limit, Max: limit}))
	}
	out := os.NewFile(3, "results")
	for in := json.NewDecoder(bufio.NewReader(os.Stdin)); in.More(); {
		var c Case
		must(in.Decode(&c))
		must(json.NewEncoder(out).Encode(measure(c, load)))
	}
	os.Exit(0)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func measure(c Case, load func(c Case) error) (r Result) {
	debug.FreeOSMemory()
	before, had := resident("VmRSS"), holdings()
	must(os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)) // resets the peak: proc(5)
	start := time.Now()
	if err := load(c); err != nil {
		r.Err = err.Error()
	}
	r.Took = time.Since(start)
	r.Peak = resident("VmHWM") - before
	for range 100 { // ended goroutines may take a moment to go
		if r.Left = difference(had, holdings()); r.Left == "" {
			break
		}
		time.Sleep(time.Millisecond)
	}
	return r
}

// resident reads a size from /proc/self/status.
func resident(field string) int64 {
	status, err := os.ReadFile("/proc/self/status")
	must(err)
	_, rest, _ := strings.Cut(string(status), field+":")
	var kib int64
	_, err = fmt.Sscan(rest, &kib)
	must(err)
	return kib << 10
}

// holdings lists open files, files that are mapped, and the number of this
// module's goroutines: libraries may keep one for a while.
func holdings() []string {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	ours := 0
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if strings.Contains(stack, "rocmforge/rocmforge/") {
			ours++
		}
	}
	list := []string{fmt.Sprint(ours, " goroutines")}
	fds, err := os.ReadDir("/proc/self/fd")
	must(err)
	for _, fd := range fds {
		if to, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil {
			list = append(list, fd.Name()+" is "+to)
		}
	}
	maps, err := os.ReadFile("/proc/self/maps")
	must(err)
	for line := range strings.Lines(string(maps)) {
		if _, path, ok := strings.Cut(line, " /"); ok {
			list = append(list, "a mapping of /"+strings.TrimSpace(path))
		}
	}
	return list
}

func difference(had, has []string) string {
	return strings.Join(slices.DeleteFunc(has, func(s string) bool { return slices.Contains(had, s) }), ", ")
}
