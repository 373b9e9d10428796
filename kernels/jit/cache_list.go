package jit

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/rocmforge/rocmforge/internal/safefile"
)

// An Entry is one code object on disk.
type Entry struct {
	Key      string
	Program  string
	Arch     string
	Kernels  []string // their symbols
	Compiler string
	Bytes    int64
	Used     time.Time // when it was made or read last
}

// ours matches what the cache itself writes: nothing else is ever removed,
// whatever folder ROCMFORGE_CACHE_DIR names.
var (
	ours    = regexp.MustCompile(`^[0-9a-f]{64}(\` + cacheSuffix + `|\` + derivedSuffix + `)$`)
	ourTemp = regexp.MustCompile(`^\.[0-9a-f]{64}(\` + cacheSuffix + `|\` + derivedSuffix + `)\.[A-Z2-7]{8}\.tmp$`)
	ourDir  = regexp.MustCompile(`^[0-9a-f]{2}$`)
)

// tempAge is when a file that is still being written has no writer any more.
const tempAge = time.Hour

// maxHead is how much of a file List reads at most.
const maxHead = 1 << 20

// List gives the code objects on disk, those used last first. Files that are
// no entries are left out.
func (c *Cache) List() ([]Entry, error) {
	files, err := c.files()
	if err != nil {
		return nil, err
	}
	entries := []Entry{}
	for _, f := range files {
		if f.temp || f.derived {
			continue
		}
		h, err := readHead(f.path)
		if err != nil {
			continue
		}
		key := strings.TrimSuffix(filepath.Base(f.path), cacheSuffix)
		entries = append(entries, Entry{key, h.Program, h.Arch, h.Kernels, h.Compiler, f.size, f.used})
	}
	slices.SortFunc(entries, func(a, b Entry) int {
		return cmp.Or(b.Used.Compare(a.Used), cmp.Compare(a.Arch, b.Arch), cmp.Compare(a.Program, b.Program), cmp.Compare(a.Key, b.Key))
	})
	return entries, nil
}

func readHead(path string) (h head, err error) {
	f, _, err := safefile.Open(path)
	if err != nil {
		return h, err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, maxHead)
	magic, err := r.ReadString('\n')
	if err != nil || !strings.HasPrefix(magic, entryMagic) {
		return h, errCorrupt
	}
	line, err := r.ReadSlice('\n')
	if err != nil {
		return h, errCorrupt
	}
	return h, json.Unmarshal(line, &h)
}

// Clean removes all code objects, and what was made of them, and says how many
// there were and how many bytes were removed.
func (c *Cache) Clean() (removed int, bytes int64, err error) {
	files, err := c.files()
	if err != nil {
		return 0, 0, err
	}
	var errs []error
	for _, f := range files {
		if err := remove(f.path); err != nil {
			errs = append(errs, err)
			continue
		}
		if !f.derived {
			removed++
		}
		bytes += f.size
	}
	return removed, bytes, errors.Join(errs...)
}

// Evict removes what was used longest ago until limit bytes are left at most
// (0: 2 GiB), and what interrupted processes left. One process does it at a
// time; others go on without.
func (c *Cache) Evict(limit int64) error {
	if limit <= 0 {
		limit = defaultLimit
	}
	l := flock.New(filepath.Join(c.dir, "lock"), flock.SetPermissions(0o600))
	defer l.Close()
	if ok, err := l.TryLock(); err != nil || !ok {
		return err
	}
	files, err := c.files()
	if err != nil {
		return err
	}
	slices.SortFunc(files, func(a, b cacheFile) int { return b.used.Compare(a.used) })
	var errs []error
	for _, f := range files {
		keep := !f.temp && f.size <= limit || f.temp && time.Since(f.used) < tempAge
		if keep {
			limit -= f.size
			continue
		}
		if !f.temp {
			limit = 0 // never keep an older one in its place
		}
		errs = append(errs, remove(f.path))
	}
	return errors.Join(errs...)
}

func remove(path string) error {
	err := os.Remove(path)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("kernel cache: %w", err)
}

// cacheFile is a file that the cache wrote.
type cacheFile struct {
	path    string
	size    int64
	used    time.Time
	temp    bool // it was still being written
	derived bool // no code object, but made of one
}

// files finds what the cache wrote.
func (c *Cache) files() ([]cacheFile, error) {
	dirs, err := os.ReadDir(c.dir)
	if err != nil {
		return nil, fmt.Errorf("kernel cache: %w", err)
	}
	var files []cacheFile
	for _, d := range dirs {
		if !d.IsDir() || !ourDir.MatchString(d.Name()) {
			continue
		}
		found, err := filesIn(filepath.Join(c.dir, d.Name()))
		if err != nil {
			return nil, fmt.Errorf("kernel cache: %w", err)
		}
		files = append(files, found...)
	}
	return files, nil
}

func filesIn(dir string) ([]cacheFile, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []cacheFile
	for _, e := range entries {
		temp := ourTemp.MatchString(e.Name())
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || !temp && !ours.MatchString(e.Name()) {
			continue // gone meanwhile, or a stranger's
		}
		files = append(files, cacheFile{filepath.Join(dir, e.Name()), info.Size(), info.ModTime(), temp, strings.HasSuffix(e.Name(), derivedSuffix)})
	}
	return files, nil
}
