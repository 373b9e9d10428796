package jit

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/rocmforge/rocmforge/internal/safefile"
	"github.com/rocmforge/rocmforge/kernels"
)

// A Cache is a folder of code objects. Several processes may use it at once.
//
// The object with the key abcd... is the file ab/abcd....co:
//
//	rocmforge code object 1 <sha256 of all that follows>\n
//	{"program": ..., "arch": ..., ...}\n
//	code
type Cache struct{ dir string }

const (
	cacheFormat  = 1 // of the key and of the file
	cacheSuffix  = ".co"
	maxEntry     = 256 << 20
	defaultLimit = 2 << 30
	lockRetry    = 20 * time.Millisecond
)

var entryMagic = fmt.Sprintf("rocmforge code object %d ", cacheFormat)

// OpenCache makes the folder if it is not there. Without a name it takes
// ROCMFORGE_CACHE_DIR, or rocmforge/kernels among the user's caches.
func OpenCache(dir string) (*Cache, error) {
	dir = cmp.Or(dir, os.Getenv("ROCMFORGE_CACHE_DIR"))
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("kernel cache: %w (set ROCMFORGE_CACHE_DIR)", err)
		}
		dir = filepath.Join(user, "rocmforge", "kernels")
	}
	dir, err := filepath.Abs(dir)
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return nil, fmt.Errorf("kernel cache: %w", err)
	}
	return &Cache{dir}, nil
}

// Dir is the cache's folder.
func (c *Cache) Dir() string { return c.dir }

// keyOf names a program's code object by everything that goes into it.
func keyOf(p kernels.Program, compiler string) string {
	h := sha256.New()
	put := func(s string) {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(s))))
		h.Write([]byte(s))
	}
	list := func(n int) { h.Write(binary.LittleEndian.AppendUint64(nil, uint64(n))) }
	list(cacheFormat)
	put(compiler)
	put(p.Arch)
	put(p.Source)
	list(len(p.Headers))
	for _, header := range p.Headers {
		put(header.Name)
		put(header.Text)
	}
	list(len(p.Options))
	for _, o := range p.Options {
		put(o)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (c *Cache) path(key string) string {
	return filepath.Join(c.dir, key[:2], key+cacheSuffix)
}

// lock lets one process or goroutine make the object of a key. Locks are files
// that stay: removing them would let two hold the same one. Keys of one
// subfolder share theirs.
func (c *Cache) lock(ctx context.Context, key string) (unlock func(), err error) {
	dir := filepath.Join(c.dir, key[:2])
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("kernel cache: %w", err)
	}
	l := flock.New(filepath.Join(dir, "lock"), flock.SetPermissions(0o600))
	if _, err := l.TryLockContext(ctx, lockRetry); err != nil {
		return nil, fmt.Errorf("kernel cache: lock: %w", err)
	}
	return func() { l.Close() }, nil
}

// head is the second line of an entry.
type head struct {
	Program  string   `json:"program"`
	Arch     string   `json:"arch"`
	Kernels  []string `json:"kernels"`
	Compiler string   `json:"compiler"`
	Log      string   `json:"log"`
	Source   string   `json:"source"` // names what it was compiled of, whoever did it
}

var errCorrupt = errors.New("kernel cache: corrupt entry")

// get reads an object, without its metadata, and marks it as used. An entry
// that is not what was written is removed.
func (c *Cache) get(key string) (Object, error) {
	path := c.path(key)
	b, err := safefile.ReadFile(path, maxEntry)
	if err != nil {
		return Object{}, err
	}
	h, code, err := decodeEntry(b)
	if err != nil {
		os.Remove(path)
		return Object{}, err
	}
	touchFile(path)
	return Object{Program: h.Program, Arch: h.Arch, Code: code, Log: h.Log}, nil
}

// touchFile marks a file as used. A failure makes it look older than it is.
func touchFile(path string) {
	now := time.Now()
	os.Chtimes(path, now, now)
}

// put writes an object beside its place and renames it.
func (c *Cache) put(key, source string, o Object) error {
	path := c.path(key)
	b, err := encodeEntry(source, o)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err == nil {
		err = safefile.WriteFile(path, b)
	}
	if err != nil {
		return fmt.Errorf("kernel cache: %w", err)
	}
	return nil
}

func encodeEntry(source string, o Object) ([]byte, error) {
	h := head{Program: o.Program, Arch: o.Arch, Compiler: o.Metadata.Compiler, Log: o.Log, Source: source, Kernels: []string{}}
	for _, k := range o.Metadata.Kernels {
		h.Kernels = append(h.Kernels, k.Symbol)
	}
	body, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	body = append(append(body, '\n'), o.Code...)
	return append(fmt.Appendf(nil, "%s%x\n", entryMagic, sha256.Sum256(body)), body...), nil
}

func decodeEntry(b []byte) (h head, code []byte, err error) {
	first, body, _ := bytes.Cut(b, []byte{'\n'})
	if string(first) != fmt.Sprintf("%s%x", entryMagic, sha256.Sum256(body)) {
		return h, nil, errCorrupt
	}
	line, code, ok := bytes.Cut(body, []byte{'\n'})
	if !ok || json.Unmarshal(line, &h) != nil || h.Source == "" { // of an earlier version, not to be found without a compiler
		return h, nil, errCorrupt
	}
	return h, code, nil
}
