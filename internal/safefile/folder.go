package safefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// CheckFolder says why no folder can be put at path: only an empty one, or
// nothing, may be there.
func CheckFolder(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.IsDir() { // a symbolic link is none, either: it would be lost
		return fmt.Errorf("%s already exists, and is no folder; choose another name", path)
	}
	left, err := os.ReadDir(path)
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("%s already exists, and is not empty; choose another folder", path)
	}
	return err
}

// MoveFolder gives a folder its final name, as CheckFolder allows it. It looks
// again: much may have happened since the beginning.
func MoveFolder(from, to string) error {
	if err := CheckFolder(to); err != nil {
		return err
	}
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(from, to)
}
