package safefile

import (
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"
)

// sweepAge is how old a temporary file has to be before it may be taken for one
// that nobody writes any more: there is a moment between making and locking it.
const sweepAge = time.Minute

// sweeps is false on Windows, where nobody can write a file that is locked
// through another handle.
const sweeps = runtime.GOOS != "windows"

// sweep removes what a process that was killed left of a file of that name: a
// model is of any size, and hidden. Whoever writes holds a lock, which the system
// gives back however a process ends.
func sweep(dir, base string) {
	if dir == "" {
		dir = "."
	}
	entries, err := os.ReadDir(dir)
	if err != nil || !sweeps {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !e.Type().IsRegular() || !isTemporary(e.Name(), base) || time.Since(info.ModTime()) < sweepAge {
			continue
		}
		path := filepath.Join(dir, e.Name())
		lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
		if got, err := lock.TryLock(); err == nil && got {
			os.Remove(path)
		}
		lock.Close()
	}
}

// isTemporary says whether Create chose name for base: .BASE.XXXXXXXX.tmp.
func isTemporary(name, base string) bool {
	const random = 8
	if len(name) != len(base)+random+6 || name[:len(base)+2] != "."+base+"." {
		return false
	}
	for _, c := range name[len(base)+2:][:random] {
		if !(c >= 'A' && c <= 'Z' || c >= '2' && c <= '7') { // rand.Text is base32
			return false
		}
	}
	return name[len(base)+2+random:] == ".tmp"
}
