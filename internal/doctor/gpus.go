package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/rocmforge/rocmforge/internal/sysfs"
)

// graphics checks each GPU that the kernel shows.
func (e *examination) graphics() {
	gpus, err := e.Files.GPUs()
	switch {
	case err != nil:
		e.fix("GPUs", Problem, oneLine(err.Error()), "mount /sys")
		return
	case len(gpus) == 0 && e.wsl():
		e.add("GPUs", Unknown, "not to be seen under WSL")
		return
	case len(gpus) == 0:
		e.fix("GPUs", Problem, "the kernel shows no AMD GPU",
			"see whether lspci -nn -d 1002: lists one, and which driver has it (lspci -k); --device cpu works")
		return
	}
	e.gpus = gpus
	usable := false
	for _, g := range gpus {
		usable = usable || g.Arch != ""
	}
	for _, g := range gpus {
		e.graphic(g, usable)
	}
}

// graphic checks one GPU. usable says whether there is one for computing.
func (e *examination) graphic(g sysfs.GPU, usable bool) {
	finding := describe(g)
	if g.Arch == "" {
		s := Problem
		if usable {
			s = Warning
		}
		e.fix(g.Card, s, finding+"; the compute driver (kfd) does not list it",
			"see dmesg for kfd's reason: an old GPU, an old kernel, or a container that may not use this one")
		return
	}
	e.add(g.Card, OK, finding)
	s, kernels := kernelsOf(string(g.Arch))
	e.add(g.Card+" kernels", s, kernels)
	e.renderNode(g)
}

func (e *examination) renderNode(g sysfs.GPU) {
	name := g.Card + " render node"
	if g.Render == "" {
		e.fix(name, Problem, "there is none", "look for amdgpu in dmesg")
		return
	}
	err := e.Open(e.Files.Path(string(g.Render)))
	switch {
	case err == nil:
		e.add(name, OK, string(g.Render)+" can be opened")
	case errors.Is(err, fs.ErrPermission):
		e.fix(name, Problem, "this user may not open "+string(g.Render), seeGroups)
	case errors.Is(err, fs.ErrNotExist):
		e.fix(name, Problem, string(g.Render)+" is not there", "in a container: --device=/dev/dri; else look for amdgpu in dmesg")
	default:
		e.fix(name, Problem, oneLine(err.Error()), "look for amdgpu in dmesg")
	}
}

// describe is a GPU in one line.
func describe(g sysfs.GPU) string {
	parts := []string{g.Title(), "arch " + orUnknown(g.Arch)}
	switch g.Kind {
	case sysfs.Integrated:
		parts = append(parts, "integrated (shares the machine's memory)")
	case sysfs.Discrete:
		parts = append(parts, "discrete")
	default:
		parts = append(parts, "integrated or discrete unknown")
	}
	parts = append(parts, "VRAM "+size(g.VRAM.Total), "GTT "+size(g.GTT.Total), "PCI "+orUnknown(g.PCI))
	if g.Partition != "" {
		parts = append(parts, "partition mode "+string(g.Partition))
	}
	return strings.Join(parts, ", ")
}

func size(bytes *int64) string {
	if bytes == nil {
		return "unknown"
	}
	return gib(*bytes)
}

func gib(bytes int64) string { return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30)) }

// kernelsOf says which kernels a GPU gets.
func kernelsOf(arch string) (Status, string) {
	switch arch {
	case "gfx1100", "gfx1101", "gfx1102", "gfx1103", "gfx1150", "gfx1151", "gfx1152", "gfx1153":
		return OK, "those of the gfx11 family, with its matrix instructions"
	case "gfx950":
		return OK, "those of gfx950, with its matrix instructions"
	}
	return Info, "portable ones, without " + arch + "'s matrix instructions: correct, and slower"
}
