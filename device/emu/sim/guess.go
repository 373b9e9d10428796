package sim

import (
	"strings"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

// A guess is the load that a loop around a compare-and-swap begins with: what
// compilers make of atomic operations that a GPU lacks, and what people write
// for theirs. If the value is old by then, the compare-and-swap notices; so the
// load does not race with atomic accesses.
//
// guesses finds them, by address: the last load before a compare-and-swap, of
// the same kind of memory, into the registers that it compares with.
func guesses(list []asm.Inst) map[uint64]bool {
	found := map[uint64]bool{}
	for i := range list {
		reg, n, ok := comparand(&list[i])
		for j := i - 1; ok && j >= 0; j-- {
			if in := &list[j]; isLoad(in, spaceName(&list[i])) && in.Args[0].Reg == reg && in.Args[0].N == n {
				found[in.Addr] = true
				break
			}
		}
	}
	return found
}

// spaceName is "global_", "flat_" or "ds_".
func spaceName(in *asm.Inst) string {
	i := strings.IndexByte(in.Name, '_')
	return in.Name[:i+1]
}

func isLoad(in *asm.Inst, space string) bool {
	rest, ok := strings.CutPrefix(in.Name, space)
	return ok && (strings.HasPrefix(rest, "load_") || strings.HasPrefix(rest, "read_")) && len(in.Args) > 0 && in.Args[0].Kind == asm.VGPR
}

// comparand are the registers with which a compare-and-swap compares.
func comparand(in *asm.Inst) (reg, n int, ok bool) {
	args := in.Args
	switch {
	case len(args) < 3:
		return 0, 0, false
	case strings.HasPrefix(in.Name, "ds_cmpst_"):
		a := args[len(args)-2]
		return a.Reg, a.N, true
	case strings.HasPrefix(in.Name, "ds_cmpstore_"):
		a := args[len(args)-1]
		return a.Reg, a.N, true
	case !strings.Contains(in.Name, "_atomic_cmpswap"):
		return 0, 0, false
	}
	data := args[1]
	if in.Mods.Flags["glc"] || in.Mods.Flags["sc0"] {
		data = args[2]
	}
	return data.Reg + data.N/2, data.N / 2, true
}
