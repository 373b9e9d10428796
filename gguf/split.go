package gguf

import (
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/rocmforge/rocmforge/internal/fileerr"
)

const (
	keySplitNo      = "split.no"
	keySplitTensors = "split.tensors.count"
	keyArchitecture = "general.architecture"
)

// splitName is how the parts of a split file are called; parts count from 1.
var splitName = regexp.MustCompile(`^(.*)-(\d{5})-of-(\d{5})\.gguf$`)

// splitCount is 0 or 1 for a file that is whole: llama.cpp writes 0 when it
// merges parts.
func (f *File) splitCount() (int, error) {
	n, err := f.Metadata.UintOr(keySplitCount, math.MaxUint16, 0)
	return int(n), err
}

// openSplit adds the other parts to first, which lies at path. On an error
// only first is left open.
func openSplit(path string, first *File) (*File, error) {
	count, err := first.splitCount()
	if err != nil || count <= 1 {
		return first, err
	}
	if err := first.checkPart(0, count); err != nil {
		return nil, err
	}
	dir, base := filepath.Split(path)
	name := splitName.FindStringSubmatch(base)
	if name == nil || name[2] != "00001" || name[3] != fmt.Sprintf("%05d", count) {
		return nil, fileerr.New(path, fileerr.NoOffset, "", "the first of %d parts; its name has to end in -00001-of-%05d.gguf", count, count)
	}
	whole := *first
	for no := 1; no < count; no++ {
		other := fmt.Sprintf("%s%s-%05d-of-%s.gguf", dir, name[1], no+1, name[3])
		if err = whole.addPart(other, no, count); err != nil {
			break
		}
	}
	if err == nil {
		err = whole.checkUint(keySplitTensors, uint64(len(whole.Tensors)))
	}
	if err != nil {
		whole.parts[1:].Close()
		return nil, err
	}
	return &whole, nil
}

// addPart opens part no and takes its tensors. Its keys are only checked: all
// metadata of a split file are in the first part.
func (f *File) addPart(path string, no, count int) error {
	g, err := openPart(path, f.brief)
	if err != nil {
		return err
	}
	if err = g.checkPart(no, count); err == nil {
		err = f.merge(g)
	}
	if err != nil {
		g.Close()
		return err
	}
	f.parts = append(f.parts, g.parts...)
	return nil
}

func (f *File) merge(g *File) error {
	arch, err := f.Metadata.StringOr(keyArchitecture, "")
	if err != nil {
		return err
	}
	if other, err := g.Metadata.StringOr(keyArchitecture, arch); err != nil {
		return err
	} else if other != arch {
		return g.Metadata.wrong(keyArchitecture, other, "the first part's "+fileerr.Quote(arch))
	}
	for _, t := range g.Tensors {
		if other, twice := f.byName[t.Name]; twice {
			return t.fail("is in %s, too", strconv.Quote(other.file.Name()))
		}
		f.byName[t.Name] = t
	}
	if f.Tensors = append(f.Tensors, g.Tensors...); len(f.Tensors) > maxTensors {
		return fileerr.New(g.Metadata.file, fileerr.NoOffset, "", "more than %d tensors in all parts", maxTensors)
	}
	return nil
}

// checkPart compares a part's own number and count with what is expected.
func (f *File) checkPart(no, count int) error {
	if err := f.checkUint(keySplitNo, uint64(no)); err != nil {
		return err
	}
	return f.checkUint(keySplitCount, uint64(count))
}

func (f *File) checkUint(key string, want uint64) error {
	n, err := f.Metadata.Uint(key, math.MaxUint32)
	if err == nil && n != want {
		v, _ := f.Metadata.Value(key)
		err = f.Metadata.wrong(key, v, fmt.Sprint(want))
	}
	return err
}
