//go:build !nohip

package hip

import (
	"fmt"
	"time"
)

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
	if o.Watchdog > 0 {
		return o.Watchdog, nil
	}
	return Patience()
}
