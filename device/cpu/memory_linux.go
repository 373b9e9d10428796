package cpu

import "golang.org/x/sys/unix"

// adviseHuge asks for large pages: decoding streams gigabytes, and 4 KiB
// pages would miss the TLB at every one of them.
func adviseHuge(b []byte) {
	if len(b) >= 4<<20 {
		_ = unix.Madvise(b, unix.MADV_HUGEPAGE)
	}
}
