package cpu

import (
	"bufio"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// adviseHuge asks for large pages: decoding streams gigabytes, and 4 KiB
// pages would miss the TLB at every one of them.
func adviseHuge(b []byte) {
	if len(b) >= 2*largePage {
		_ = unix.Madvise(b, unix.MADV_HUGEPAGE)
	}
}

// available is what this process may allocate: the machine's free memory, or what
// its control groups leave, if that is less.
func available() int {
	n := machineFree()
	if room, limited := cgroupRoom(os.DirFS("/")); limited && (n < 0 || room < int64(n)) {
		n = int(room)
	}
	return n
}

// machineFree reads MemAvailable, the kernel's estimate of what may be allocated
// without swapping (proc_meminfo(5)).
func machineFree() int {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return -1
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var kib int
		if n, _ := fmt.Sscanf(lines.Text(), "MemAvailable: %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	return -1
}
