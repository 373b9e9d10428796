package sysfs

// Kind says whether a GPU has memory of its own.
type Kind string

// The kinds of GPU.
const (
	Discrete    Kind = "discrete"
	Integrated  Kind = "integrated" // an APU's: it shares the machine's memory
	UnknownKind Kind = "unknown"
)

// kind tells an APU from a card. No file says it outright, and sizes of memory
// do not: an APU's part can be most of the machine's. But the driver has
// board_info for cards only, and gpu_metrics begins with its size (2 bytes)
// and the revision of its format: 1 for cards, 2 and 3 for APUs (struct
// metrics_table_header in kgd_pp_interface.h). MI300A is the exception, an APU
// with revision 1.
func (f FS) kind(dir string, arch Text) Kind {
	if f.Exists(dir + "board_info") {
		return Discrete
	}
	header := f.read(dir + "gpu_metrics")
	switch {
	case len(header) < 4:
		return UnknownKind
	case header[2] == 2, header[2] == 3:
		return Integrated
	case header[2] == 1 && arch != "gfx942":
		return Discrete
	}
	return UnknownKind
}
