package hip

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

const defaultWatchdog = 60 * time.Second

// Patience is how long a device may go without a sign of life where nobody says
// otherwise: ROCMFORGE_WATCHDOG, or a minute.
func Patience() (time.Duration, error) {
	text := os.Getenv("ROCMFORGE_WATCHDOG")
	if text == "" {
		return defaultWatchdog, nil
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
