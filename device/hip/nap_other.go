//go:build !nohip && !linux

package hip

import "time"

func nap(d time.Duration) { time.Sleep(d) }
