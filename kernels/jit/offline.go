package jit

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/rocmforge/rocmforge/kernels"
)

// absent stands for a compiler that is not there.
type absent struct{ err error }

func (a absent) identity() string { return "" }

func (a absent) compile(request) (code []byte, log string, err error) {
	return nil, "", fmt.Errorf("the cache does not have them, and %w", a.err)
}

// index finds code objects by what they were compiled of, whoever did it: the
// key of the one used last.
func (c *Cache) index() (map[string]string, error) {
	files, err := c.files()
	if err != nil {
		return nil, err
	}
	keys, used := map[string]string{}, map[string]time.Time{}
	for _, f := range files {
		if f.temp || f.derived {
			continue
		}
		if h, err := readHead(f.path); err == nil && f.used.After(used[h.Source]) {
			keys[h.Source], used[h.Source] = strings.TrimSuffix(filepath.Base(f.path), cacheSuffix), f.used
		}
	}
	return keys, nil
}

// key names a program's code object.
func (c *Compiler) key(p kernels.Program) string {
	if c.index != nil {
		if key, ok := c.index[sourceOf(p)]; ok {
			return key
		}
	}
	return keyOf(p, c.identity)
}

// sourceOf names what a program is compiled of.
func sourceOf(p kernels.Program) string { return keyOf(p, "any compiler") }
