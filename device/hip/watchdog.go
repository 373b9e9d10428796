//go:build !nohip

package hip

import (
	"cmp"
	"fmt"
	"os"
	"strconv"
	"time"
)

const defaultWatchdog = 60 * time.Second

func (o Options) warn(format string, args ...any) {
	if o.Warn != nil {
		o.Warn(fmt.Sprintf(format, args...))
	}
}

// watchdog is the limit that counts.
func (o Options) watchdog() (time.Duration, error) {
	if o.Watchdog < 0 {
		return 0, fmt.Errorf("hip: a watchdog of %v; it must be above 0", o.Watchdog)
	}
	text := os.Getenv("ROCMFORGE_WATCHDOG")
	if o.Watchdog > 0 || text == "" {
		return cmp.Or(o.Watchdog, defaultWatchdog), nil
	}
	if _, err := strconv.Atoi(text); err == nil {
		text += "s"
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("ROCMFORGE_WATCHDOG=%s: want a time above 0, such as 90s", os.Getenv("ROCMFORGE_WATCHDOG"))
	}
	return d, nil
}
