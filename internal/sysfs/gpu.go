package sysfs

import (
	"fmt"
	"strings"
)

// GPU is one AMD GPU. Nil and empty values are unknown.
type GPU struct {
	Card     string `json:"card"`      // its folder under /sys/class/drm
	PCI      Text   `json:"pci"`       // its address, such as 0000:03:00.0
	Render   Text   `json:"render"`    // its render node, such as /dev/dri/renderD128
	DeviceID Text   `json:"device_id"` // of its PCI device, such as 0x744c
	Name     Text   `json:"name"`      // its product name
	Arch     Text   `json:"arch"`      // such as gfx1100; empty where the compute driver does not know the GPU
	Kind     Kind   `json:"kind"`

	// Partition is the mode that an Instinct card is divided in, such as SPX.
	Partition Text `json:"partition"`

	Use       *int64 `json:"use"`        // percent
	MemoryUse *int64 `json:"memory_use"` // percent of the memory controller's time

	VRAM Memory `json:"vram"`
	GTT  Memory `json:"gtt"` // of the machine's memory, what the GPU may use

	CoreClock   *int64 `json:"core_clock"`   // MHz
	MemoryClock *int64 `json:"memory_clock"` // MHz

	Power      *float64 `json:"power"`       // watts; of an APU, with the CPU's
	PowerLimit *float64 `json:"power_limit"` // watts

	Temperature Temperature `json:"temperature"`
	Fan         *int64      `json:"fan"` // revolutions per minute
}

// Memory is a pool of memory, in bytes.
type Memory struct {
	Total *int64 `json:"total"`
	Used  *int64 `json:"used"`
}

// Temperature has the sensors of a GPU, in degrees Celsius.
type Temperature struct {
	Edge     *float64 `json:"edge"`
	Junction *float64 `json:"junction"` // the hottest spot
	Memory   *float64 `json:"memory"`
}

// Title is the GPU's name, or what stands in for it.
func (g GPU) Title() string {
	if g.Name != "" {
		return string(g.Name)
	}
	return "AMD GPU " + string(g.DeviceID)
}

// gpu reads a card, unless it is none of AMD's or only a partition's: those of
// an Instinct card have no PCI device of their own.
func (f FS) gpu(card string, nodes []node) (GPU, bool) {
	dir := "sys/class/drm/" + card + "/device/"
	vendor, _ := f.id(dir + "vendor")
	device, ok := f.id(dir + "device")
	if vendor != amd || !ok {
		return GPU{}, false
	}
	g := GPU{
		Card:        card,
		DeviceID:    Text(fmt.Sprintf("%#04x", device)),
		PCI:         f.pci(dir),
		Partition:   f.Text(dir + "current_compute_partition"),
		Use:         f.number(dir+"gpu_busy_percent", 0, 100),
		MemoryUse:   f.number(dir+"mem_busy_percent", 0, 100),
		VRAM:        f.memory(dir + "mem_info_vram_"),
		GTT:         f.memory(dir + "mem_info_gtt_"),
		CoreClock:   f.clock(dir + "pp_dpm_sclk"),
		MemoryClock: f.clock(dir + "pp_dpm_mclk"),
	}
	g.Name = f.name(dir, device)
	minor := f.renderMinor(dir)
	if minor != nil {
		g.Render = Text(fmt.Sprintf("/dev/dri/renderD%d", *minor))
	}
	g.Arch = archOf(nodes, minor, g.PCI)
	g.Kind = f.kind(dir, g.Arch)
	f.sensors(dir, &g)
	return g, true
}

func (f FS) memory(prefix string) Memory {
	const most = 1 << 50
	return Memory{f.number(prefix+"total", 0, most), f.number(prefix+"used", 0, most)}
}

// pci finds the address among the lines of uevent.
func (f FS) pci(dir string) Text {
	for line := range strings.Lines(string(f.read(dir + "uevent"))) {
		if slot, ok := strings.CutPrefix(line, "PCI_SLOT_NAME="); ok {
			return clean(slot)
		}
	}
	return ""
}

// renderMinor is the number of the device's render node.
func (f FS) renderMinor(dir string) *int64 {
	names, _ := f.numbered(dir+"drm", "renderD")
	if len(names) == 0 {
		return nil
	}
	n, _ := parse(strings.TrimPrefix(names[0], "renderD"), 0, 1<<20)
	return &n
}

// clock is the frequency, in MHz, that a line such as "1: 2371Mhz *" marks.
// "S:" instead of a number is a clock that sleeps.
func (f FS) clock(name string) *int64 {
	for line := range strings.Lines(string(f.read(name))) {
		level, rest, ok := strings.Cut(strings.TrimSpace(line), ": ")
		value, marked := strings.CutSuffix(rest, "Mhz *")
		if !ok || !marked || level == "" {
			continue
		}
		if n, ok := parse(value, 0, maxMHz); ok {
			return &n
		}
	}
	return nil
}
