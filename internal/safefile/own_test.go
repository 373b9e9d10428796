package safefile

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TestOwn: a folder has one owner; nothing is lost between two; and what is no
// folder of ours is not touched.
func TestOwn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "work")
	stranger := errors.New("not ours")
	refuse := func() error { return stranger }
	o, err := Own(dir, refuse)
	check(t, err)
	var busy *BusyError
	if _, err := Own(dir, refuse); !errors.As(err, &busy) || busy.PID != os.Getpid() {
		t.Errorf("a second owner: %v", err)
	}
	file := filepath.Join(dir, "part")
	check(t, os.WriteFile(file, nil, 0o600))
	check(t, o.Release())
	o, err = Own(dir, refuse)
	check(t, err)
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
	check(t, o.Empty())
	if _, err := os.Stat(file); err == nil {
		t.Error("not emptied")
	}
	check(t, o.Remove())
	if _, err := os.Stat(dir); err == nil {
		t.Error("not removed")
	}
	check(t, os.Mkdir(dir, 0o700))
	check(t, os.WriteFile(file, nil, 0o600))
	if _, err := Own(dir, refuse); !errors.Is(err, stranger) {
		t.Errorf("a stranger's folder: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("a stranger's folder has %d files", len(left))
	}
}

// TestOwnRace: however many come and go, one at a time is in the folder.
func TestOwnRace(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "work")
	var wg sync.WaitGroup
	var inside sync.Mutex
	for range 8 {
		wg.Go(func() {
			for range 50 {
				o, err := Own(dir, func() error { return errors.New("not ours") })
				var busy *BusyError
				if errors.As(err, &busy) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if !inside.TryLock() {
					t.Error("two owners")
					return
				}
				inside.Unlock()
				if err := o.Remove(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
