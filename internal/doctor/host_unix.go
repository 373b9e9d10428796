//go:build unix

package doctor

import "golang.org/x/sys/unix"

// nonblock lets no open wait for what is behind a device.
const nonblock = unix.O_NONBLOCK

// freeSpace is what this user may still write; -1: unknown.
func freeSpace(dir string) int64 {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return -1
	}
	return int64(s.Bavail) * int64(s.Bsize)
}
