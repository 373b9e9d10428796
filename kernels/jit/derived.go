package jit

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/rocmforge/rocmforge/internal/safefile"
)

// What is made of a code object lies in the cache, too, as ab/abcd....derived,
// where abcd... is the hash of its kind and of the code object:
//
//	rocmforge derived 1 <sha256 of all that follows>\n
//	bytes, compressed by gzip
const (
	derivedSuffix = ".derived"
	derivedMagic  = "rocmforge derived 1 "
)

// Derived gives use what make makes of a code object: from the disk, if it was
// made before. kind says what it is, and which version of its form. What use
// refuses is not kept, and is made again if it was on the disk.
func (c *Compiler) Derived(kind string, code []byte, make func() ([]byte, error), use func([]byte) error) error {
	path := ""
	if c.cache != nil {
		path = c.cache.derivedPath(kind, code)
		if b, err := readDerived(path); err == nil {
			if use(b) == nil {
				return nil
			}
			os.Remove(path)
		}
	}
	b, err := make()
	if err == nil {
		err = use(b)
	}
	if err == nil && path != "" {
		c.warn(writeDerived(path, b))
	}
	return err
}

func (c *Cache) derivedPath(kind string, code []byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d %s ", len(kind), kind)
	h.Write(code)
	key := hex.EncodeToString(h.Sum(nil))
	return filepath.Join(c.dir, key[:2], key+derivedSuffix)
}

// readDerived removes a file that is not what was written.
func readDerived(path string) ([]byte, error) {
	b, err := safefile.ReadFile(path, maxEntry)
	if err != nil {
		return nil, err
	}
	out, err := decodeDerived(b)
	if err != nil {
		os.Remove(path)
		return nil, err
	}
	touchFile(path)
	return out, nil
}

func decodeDerived(b []byte) ([]byte, error) {
	first, body, _ := bytes.Cut(b, []byte{'\n'})
	if string(first) != fmt.Sprintf("%s%x", derivedMagic, sha256.Sum256(body)) {
		return nil, errCorrupt
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, errCorrupt
	}
	out, err := io.ReadAll(io.LimitReader(z, maxEntry+1))
	if err != nil || len(out) > maxEntry {
		return nil, errCorrupt
	}
	return out, nil
}

func writeDerived(path string, b []byte) error {
	var body bytes.Buffer
	z, _ := gzip.NewWriterLevel(&body, gzip.BestSpeed)
	_, err := z.Write(b)
	if err = errors.Join(err, z.Close()); err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err == nil {
		err = safefile.WriteFile(path, append(fmt.Appendf(nil, "%s%x\n", derivedMagic, sha256.Sum256(body.Bytes())), body.Bytes()...))
	}
	if err != nil {
		return fmt.Errorf("kernel cache: %w", err)
	}
	return nil
}
