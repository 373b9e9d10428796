package runtime

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/internal/goldens"
)

// TestOpenCloseLeaksNothing opens, uses and closes models a thousand times, and
// one that is refused as often. What is held afterwards is compared with what
// was held after the first rounds.
func TestOpenCloseLeaksNothing(t *testing.T) {
	rounds := 1000
	if testing.Short() {
		rounds = 50
	}
	good := []string{gopherFile(t)}
	if folder, ok := goldens.Find("tiny/llama-tied"); ok {
		good = append(good, folder)
	}
	bad := editedGopher(t, map[string]any{"llama.block_count": uint32(9)})
	var before held
	for i := range rounds {
		useAndClose(t, good[i%len(good)])
		mustRefuse(t, bad, "missing tensors")
		if i == 10 {
			before = holding(t, good[0])
		}
	}
	after := holding(t, good[0])
	t.Logf("after 10 rounds %+v, after %d %+v", before, rounds, after)
	if after.files != before.files || after.goroutines != before.goroutines || after.ofModel != 0 {
		t.Error("files, mappings of the model or goroutines were kept")
	}
	// The runtime may start a thread or split a mapping at any time.
	if after.threads > before.threads+4 || after.mappings > before.mappings+16 {
		t.Error("threads or mappings were kept")
	}
	if allowed := before.resident*102/100 + 16<<10; after.resident > allowed {
		t.Errorf("%d KiB are resident, at most %d are allowed", after.resident, allowed)
	}
}

func useAndClose(t *testing.T, path string) {
	t.Helper()
	m, err := Open(path, Options{Context: 64})
	if err != nil {
		t.Fatal(err)
	}
	s, err := m.NewSession() // left to Model.Close
	if err == nil {
		_, err = s.Forward(t.Context(), []int32{0, 1})
	}
	if err != nil {
		t.Error(err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

// held is what a process holds.
type held struct {
	files, mappings, ofModel, goroutines int
	threads, resident                    int // KiB
}

func holding(t *testing.T, model string) (h held) {
	t.Helper()
	debug.FreeOSMemory()
	h.goroutines = runtime.NumGoroutine()
	for _, f := range []struct {
		pattern string
		n       *int
	}{{"/proc/self/fd/*", &h.files}, {"/proc/self/task/*", &h.threads}} {
		list, err := filepath.Glob(f.pattern)
		if err != nil {
			t.Fatal(err)
		}
		*f.n = len(list)
	}
	maps, status := read(t, "/proc/self/maps"), read(t, "/proc/self/status")
	h.mappings, h.ofModel = strings.Count(maps, "\n"), strings.Count(maps, model)
	_, rest, _ := strings.Cut(status, "VmRSS:")
	if _, err := fmt.Sscan(rest, &h.resident); err != nil {
		t.Fatal(err)
	}
	return h
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
