// Package sysfs reads what the Linux kernel's amdgpu and amdkfd drivers say
// about AMD GPUs: files under /sys/class/drm, /sys/class/kfd and hwmon. It
// needs no ROCm library and changes nothing. Formats are those of the kernel's
// Documentation/gpu/amdgpu (thermal.rst, driver-misc.rst) and of
// drivers/gpu/drm/amd/amdkfd/kfd_topology.c.
//
// A file that is missing, or that does not hold what it should, leaves its
// value unknown: which of them exist depends on the GPU and the kernel.
package sysfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// ErrOtherSystem says that there is no sysfs on this operating system.
var ErrOtherSystem = errors.New("GPUs are read from Linux's sysfs, which is not on this system")

// amd is the PCI vendor id of AMD's graphics.
const amd = 0x1002

// maxEntries bounds how many entries of a folder are looked at.
const maxEntries = 4096

// FS is a tree that holds sys/, dev/ and proc/: the machine's own, or a
// recorded one.
type FS struct{ root string }

// Host is the tree of this machine.
func Host() (FS, error) {
	if runtime.GOOS != "linux" {
		return FS{}, ErrOtherSystem
	}
	return FS{"/"}, nil
}

// At is the tree below root.
func At(root string) FS { return FS{root} }

// Path is where a file of the machine, such as /dev/kfd, lies in the tree.
func (f FS) Path(name string) string {
	return filepath.Join(f.root, filepath.FromSlash(name))
}

// Exists says whether there is such a file.
func (f FS) Exists(name string) bool {
	_, err := os.Stat(f.Path(name))
	return err == nil
}

// GPUs reads all AMD GPUs, in the order of their cards' numbers. It is no
// error that there are none.
func (f FS) GPUs() ([]GPU, error) {
	cards, err := f.numbered("sys/class/drm", "card")
	if err != nil {
		return nil, fmt.Errorf("list GPUs: %w", err)
	}
	nodes := f.nodes()
	var gpus []GPU
	for _, card := range cards {
		if g, ok := f.gpu(card, nodes); ok {
			gpus = append(gpus, g)
		}
	}
	return gpus, nil
}

// numbered lists the entries of dir that are prefix and a number, by number.
func (f FS) numbered(dir, prefix string) (names []string, err error) {
	d, err := os.Open(f.Path(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer d.Close()
	all, err := d.Readdirnames(maxEntries)
	if len(all) == 0 {
		return nil, nil // Readdirnames calls an empty folder io.EOF
	}
	numbers := map[string]int64{}
	for _, name := range all {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			if n, ok := parse(rest, 0, 1<<20); ok {
				numbers[name] = n
				names = append(names, name)
			}
		}
	}
	slices.SortFunc(names, func(a, b string) int { return int(numbers[a] - numbers[b]) })
	return names, err
}
