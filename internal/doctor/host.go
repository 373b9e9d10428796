package doctor

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/rocmforge/rocmforge/internal/sysfs"
)

// maxOutput bounds what is kept of a program's output.
const maxOutput = 64 << 10

// Host is this machine, to be completed with the probes of the libraries.
func Host() Env {
	files, _ := sysfs.Host() // the error says only what System says, too
	return Env{
		System: runtime.GOOS,
		Files:  files,
		Lookup: os.LookupEnv,
		Open:   openDevice,
		Groups: groupNames,
		Free:   tryFolder,
		Run:    runProgram,
		Cache:  cacheFolder,
	}
}

func openDevice(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|nonblock, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

func groupNames() ([]string, error) {
	ids, err := os.Getgroups()
	if err != nil {
		return nil, err
	}
	return namesOf(append(ids, os.Getegid())), nil
}

// cacheFolder is where compiled kernels are kept.
func cacheFolder() (string, error) {
	if dir := os.Getenv("ROCMFORGE_CACHE_DIR"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	return filepath.Join(dir, "rocmforge", "kernels"), err
}

// tryFolder writes to a folder, or to the one where it would be made.
func tryFolder(dir string) (free int64, err error) {
	for {
		info, err := os.Stat(dir)
		if err == nil && !info.IsDir() {
			return -1, &fs.PathError{Op: "write to", Path: dir, Err: errors.New("it is not a folder")}
		}
		parent := filepath.Dir(dir)
		if !errors.Is(err, fs.ErrNotExist) || parent == dir {
			break
		}
		dir = parent
	}
	f, err := os.CreateTemp(dir, ".rocmforge-*")
	if err != nil {
		return -1, err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString("x")
	if err := errors.Join(err, f.Close()); err != nil {
		return -1, err
	}
	return freeSpace(dir), nil
}

// runProgram runs a program that is not asked to read anything.
func runProgram(ctx context.Context, name string, args ...string) (string, error) {
	var out limited
	c := exec.CommandContext(ctx, name, args...)
	c.Stdout = &out
	c.WaitDelay = time.Second // for children that hold its output open
	err := c.Run()
	return out.kept.String(), err
}

// limited keeps the first maxOutput bytes. It does not embed the buffer, whose
// ReadFrom would pass Write by.
type limited struct{ kept bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	l.kept.Write(p[:min(len(p), maxOutput-l.kept.Len())])
	return len(p), nil
}

func namesOf(ids []int) (names []string) {
	for _, id := range ids {
		if g, err := user.LookupGroupId(strconv.Itoa(id)); err == nil {
			names = append(names, g.Name)
		}
	}
	return names
}
