package sysfs

import (
	"fmt"
	"strings"
)

const kfdNodes = "sys/class/kfd/kfd/topology/nodes"

// node is a GPU as the compute driver lists it. A partitioned card has one
// for each partition.
type node struct {
	target   int64 // gfx_target_version
	minor    int64 // of its render node, -1: unknown
	location Text  // PCI address
}

// nodes reads the compute driver's GPUs. In a container, those that it may not
// use cannot be read.
func (f FS) nodes() (list []node) {
	names, _ := f.numbered(kfdNodes, "")
	for _, name := range names {
		dir := kfdNodes + "/" + name + "/"
		if id := f.number(dir+"gpu_id", 1, 1<<32-1); id == nil {
			continue // a CPU's is 0
		}
		if n, ok := parseNode(string(f.read(dir + "properties"))); ok {
			list = append(list, n)
		}
	}
	return list
}

// parseNode reads lines of a key and a number.
func parseNode(properties string) (node, bool) {
	values := map[string]int64{"drm_render_minor": -1}
	for line := range strings.Lines(properties) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if n, ok := parse(value, 0, 1<<32-1); ok {
			values[key] = n
		}
	}
	at := values["location_id"] & 0xffff // above them is the partition's number
	slot := fmt.Sprintf("%04x:%02x:%02x.%d", values["domain"], at>>8, at>>3&31, at&7)
	return node{values["gfx_target_version"], values["drm_render_minor"], Text(slot)}, values["gfx_target_version"] > 0
}

// archOf finds a card's architecture: by its render node, or else by its
// address.
func archOf(nodes []node, minor *int64, pci Text) Text {
	for _, n := range nodes {
		if minor != nil && n.minor == *minor {
			return Arch(n.target)
		}
	}
	for _, n := range nodes {
		if n.location == pci {
			return Arch(n.target)
		}
	}
	return ""
}

// Arch is the name of a gfx_target_version: major, minor and stepping in two
// decimals each, of which the name has the last two in hexadecimal. 90010 is
// gfx90a.
func Arch(target int64) Text {
	major, minor, step := target/10000, target/100%100, target%100
	if major < 6 || major > 99 || minor > 15 || step > 15 {
		return ""
	}
	return Text(fmt.Sprintf("gfx%d%x%x", major, minor, step))
}
