//go:build unix

package safefile

import "golang.org/x/sys/unix"

// nonblock keeps open(2) from waiting for a named pipe's writer. Go adds
// O_CLOEXEC by itself.
const nonblock = unix.O_NONBLOCK
