package safefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// An Owned folder is one process's own, until Release or the process's end, in
// whatever way that comes: the system gives its lock back.
type Owned struct {
	dir  string
	lock *flock.Flock
}

const (
	lockName  = "rocmforge.lock"
	ownerName = "rocmforge.pid" // apart, since Windows lets nobody read a locked file
)

// A BusyError says that another process has a folder.
type BusyError struct {
	Dir string
	PID int // of the other process; 0: unknown
}

func (e *BusyError) Error() string {
	who := "another process"
	if e.PID > 0 {
		who = fmt.Sprintf("process %d", e.PID)
	}
	return fmt.Sprintf("%s is in use by %s; wait for its end, or choose another name", e.Dir, who)
}

// Own makes a folder, or takes one that is there, for this process alone. A
// *BusyError says that another one has it. A folder that is there must be one
// that Own made, or empty, or be accepted by ours.
func Own(dir string, ours func() error) (*Owned, error) {
	for range 100 { // the folder may go while it is looked at: its owner was done
		o, err := own(dir, ours)
		if !errors.Is(err, fs.ErrNotExist) {
			return o, err
		}
		if _, err := os.Stat(filepath.Dir(dir)); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%s comes and goes; is another process at work there?", dir)
}

func own(dir string, ours func() error) (*Owned, error) {
	path := filepath.Join(dir, lockName)
	if err := os.Mkdir(dir, 0o755); err != nil {
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		if err := mayTake(dir, path, ours); err != nil {
			return nil, err
		}
	}
	o := &Owned{dir, flock.New(path)}
	got, err := o.lock.TryLock()
	if err == nil && !got {
		err = &BusyError{dir, owner(dir)}
	}
	if err == nil {
		err = o.current(path)
	}
	if err == nil {
		err = WriteFile(filepath.Join(dir, ownerName), []byte(strconv.Itoa(os.Getpid())))
	}
	if err != nil {
		o.lock.Close()
		return nil, err
	}
	return o, nil
}

// mayTake says why a folder that is there is none to take. Its lock is looked for
// twice: another process may have made it between the looks.
func mayTake(dir, lock string, ours func() error) error {
	there := func() bool { _, err := os.Lstat(lock); return err == nil }
	if there() || CheckFolder(dir) == nil {
		return nil
	}
	err := ours()
	if err != nil && there() {
		return nil
	}
	if _, gone := os.Stat(dir); errors.Is(gone, fs.ErrNotExist) {
		return gone
	}
	return err
}

// current says whether the file that is locked is still the one in the folder:
// its owner before may have removed it between our opening and locking.
func (o *Owned) current(path string) error {
	locked, err := o.lock.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(path)
	if err == nil && !os.SameFile(locked, there) {
		err = fs.ErrNotExist
	}
	return err
}

func owner(dir string) int {
	text, err := ReadFile(filepath.Join(dir, ownerName), 32)
	if err != nil {
		return 0
	}
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return pid
}

// Empty removes all that is in the folder, which stays this process's.
func (o *Owned) Empty() error {
	files, err := os.ReadDir(o.dir)
	for _, f := range files {
		if f.Name() != lockName && f.Name() != ownerName {
			err = errors.Join(err, os.RemoveAll(filepath.Join(o.dir, f.Name())))
		}
	}
	return err
}

// Release leaves the folder to whoever comes next.
func (o *Owned) Release() error {
	os.Remove(filepath.Join(o.dir, ownerName))
	return o.lock.Close()
}

// Remove removes the folder and all that is in it. The lock goes last, while it
// is held: where the system keeps open files (Windows), right after.
func (o *Owned) Remove() error {
	err := o.Empty()
	os.Remove(filepath.Join(o.dir, ownerName))
	gone := os.Remove(filepath.Join(o.dir, lockName))
	if gone == nil {
		os.Remove(o.dir) // not if another process has taken it since
		return errors.Join(err, o.lock.Close())
	}
	err = errors.Join(err, o.lock.Close())
	os.Remove(filepath.Join(o.dir, lockName))
	os.Remove(o.dir)
	return err
}
