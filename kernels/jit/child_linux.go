package jit

import "golang.org/x/sys/unix"

// limitMemory bounds the process's private writable memory (RLIMIT_DATA, which
// counts mapped memory since Linux 4.7). The kernel refuses what is beyond it,
// and the compiler ends the process with a word on stderr. The whole address
// space would be the wrong measure: LLVM's code alone is mapped at 130 MB, and
// Go reserves far more than it uses.
func limitMemory(bytes int64) {
	if bytes > 0 {
		unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: uint64(bytes), Max: uint64(bytes)})
	}
}
