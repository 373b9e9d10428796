package sysfs

import (
	"strconv"
	"strings"

	"github.com/rocmforge/rocmforge/internal/safefile"
)

// nameTables are where libdrm installs its list of AMD's product names.
var nameTables = []string{"usr/share/libdrm/amdgpu.ids", "opt/amdgpu/share/libdrm/amdgpu.ids"}

// maxTable bounds such a list; in 2025 it has some 25 KiB.
const maxTable = 1 << 20

// name is what the card's own EEPROM says, which Radeon cards lack, or else
// what libdrm's list has for its device and revision.
func (f FS) name(dir string, device uint64) Text {
	if own := f.Text(dir + "product_name"); own != "" {
		return own
	}
	revision, ok := f.id(dir + "revision")
	if !ok {
		return ""
	}
	for _, table := range nameTables {
		b, err := safefile.ReadFile(f.Path(table), maxTable)
		if err != nil {
			continue
		}
		if name := lookUp(string(b), device, revision); name != "" {
			return name
		}
	}
	return ""
}

// lookUp searches lines of device, revision (in hexadecimal) and name, with
// commas between them.
func lookUp(table string, device, revision uint64) Text {
	for line := range strings.Lines(table) {
		fields := strings.SplitN(line, ",", 3)
		if len(fields) == 3 && isHex(fields[0], device) && isHex(fields[1], revision) {
			return clean(fields[2])
		}
	}
	return ""
}

func isHex(field string, want uint64) bool {
	n, err := strconv.ParseUint(strings.TrimSpace(field), 16, 16)
	return err == nil && n == want
}
