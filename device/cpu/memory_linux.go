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

// available reads MemAvailable, the kernel's estimate of what may be allocated
// without swapping (proc_meminfo(5)).
func available() int {
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
