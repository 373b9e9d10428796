package safefile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/gofrs/flock"
)

// A Writer is a file being written under a temporary name in the folder of
// its final one.
type Writer struct {
	*os.File
	path string
	lock *flock.Flock // says that somebody is writing; see sweep
	done bool
}

// Create starts a file that will be path. Nothing is seen at path, and what
// was there stays, until Commit; Close without Commit removes what was
// written. A symbolic link at path is replaced, not followed.
func Create(path string) (*Writer, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, notRegular(path, info.Mode())
	}
	dir, base := filepath.Split(path)
	sweep(dir, base)
	temp := filepath.Join(dir, "."+base+"."+rand.Text()[:8]+".tmp")
	f, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	w := &Writer{File: f, path: path, lock: flock.New(temp)}
	if sweeps {
		w.lock.TryLock() // a file system without locks has no sweep, either
	}
	return w, nil
}

// CheckFile says why no file could be put at path, as far as that can be known
// before there is anything to write.
func CheckFile(path string) error {
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("%s: there is no folder %s", path, dir)
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s already exists, and is no regular file; choose another name", path)
	}
	return nil
}

// Commit puts what was written on the disk and then under its final name.
func (w *Writer) Commit() error {
	if w.done {
		return fs.ErrClosed
	}
	w.done = true
	err := w.File.Sync()
	err = errors.Join(err, w.lock.Close(), w.File.Close())
	if err == nil {
		err = os.Rename(w.Name(), w.path)
	}
	if err != nil {
		os.Remove(w.Name())
		return err
	}
	return syncDir(filepath.Dir(w.path))
}

// Close removes what was written unless Commit was called; then, or the
// second time, it does nothing.
func (w *Writer) Close() error {
	if w.done {
		return nil
	}
	w.done = true
	return errors.Join(w.lock.Close(), w.File.Close(), os.Remove(w.Name()))
}

// syncDir makes a rename durable. Folders cannot be synced on Windows, and
// some file systems refuse to: the rename itself is done all the same.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer d.Close()
	_ = d.Sync()
	return nil
}

// WriteFile writes a file that is complete or absent.
func WriteFile(path string, b []byte) error {
	w, err := Create(path)
	if err != nil {
		return err
	}
	defer w.Close()
	if _, err := w.Write(b); err != nil {
		return err
	}
	return w.Commit()
}
