package isolated

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// holding is what this process has open, maps and runs.
func holding(t *testing.T) string {
	t.Helper()
	said := ""
	for range 100 { // goroutines end a little later than what they do
		files, _ := filepath.Glob("/proc/self/fd/*")
		maps, err := os.ReadFile("/proc/self/maps")
		if err != nil {
			t.Fatal(err)
		}
		now := fmt.Sprintf("%d files, %d goroutines, %d shared mappings", len(files), runtime.NumGoroutine(), strings.Count(string(maps), sharedName))
		if now == said {
			break
		}
		said = now
		time.Sleep(20 * time.Millisecond)
	}
	return said
}

// running tells whether a process runs, and is no zombie.
func running(process int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}
