//go:build !nohip

package hip

import (
	"time"

	"golang.org/x/sys/unix"
)

// nap sleeps in the system. time.Sleep would often take a whole millisecond,
// since Go's scheduler waits for idle processes' timers in milliseconds.
func nap(d time.Duration) {
	t := unix.NsecToTimespec(int64(d))
	_ = unix.ClockNanosleep(unix.CLOCK_MONOTONIC, 0, &t, nil) // too short does no harm
}
