package sim

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

// An access is what a memory instruction touches, read from its text: what a
// profile counts lines and banks by.
type access struct {
	space  space
	bytes  int // of a lane, or of a scalar load
	global address
	lds    int // the register with the address
	parts  []uint32
	rule   bankRule
	scalar [2]asm.Arg // base and offset
	more   uint64
}

type space uint8

const (
	noMemory space = iota
	globalSpace
	ldsSpace
	crossbarSpace // permutations: LDS's way from lane to lane, past its banks
	scalarSpace
	privateSpace // scratch memory: counted, but its lines are not
)

// accessOf reads an instruction; what it does not know touches nothing.
func accessOf(arch Arch, k Kind, in *asm.Inst) (a access) {
	a.bytes = movedBytes(in.Name)
	switch {
	case strings.HasPrefix(in.Name, "scratch_"):
		a.space = privateSpace
	case k == SMEM && len(in.Args) == 3:
		a.space, a.scalar, a.more = scalarSpace, [2]asm.Arg{in.Args[1], in.Args[2]}, uint64(int64(in.Mods.Number("offset", 0)))
	case k == GlobalLoad || k == GlobalStore:
		a.ofGlobal(in)
	case permutes(in.Name):
		a.space, a.rule = crossbarSpace, ldsRule(arch, a.bytes, true)
	case k == LDS:
		a.ofLDS(arch, in)
	}
	return a
}

func permutes(name string) bool {
	return strings.HasPrefix(name, "ds_bpermute") || strings.HasPrefix(name, "ds_permute") || strings.HasPrefix(name, "ds_swizzle")
}

// ofGlobal finds the address among "v0, v[2:3], off" of loads and atomics with
// results, "v[2:3], v0, off" of stores, and "v[2:3], off" of loads to LDS; flat
// ones have no "off".
func (a *access) ofGlobal(in *asm.Inst) {
	args := slices.Clone(in.Args)
	if strings.HasPrefix(in.Name, "flat_") {
		args = append(args, asm.Arg{Kind: asm.Off})
	}
	i := len(args) - 2 // before the base
	if strings.Contains(in.Name, "_store") || strings.Contains(in.Name, "_atomic") {
		i--
	}
	if i < 0 {
		return
	}
	at, err := (*decoder)(nil).address(in, args[i], args[len(args)-1])
	if err == nil {
		a.space, a.global = globalSpace, at
	}
}

func (a *access) ofLDS(arch Arch, in *asm.Inst) {
	i, writes := 0, true // the address is first, but behind results
	switch {
	case strings.HasPrefix(in.Name, "ds_load"), strings.HasPrefix(in.Name, "ds_read"):
		i, writes = 1, false
	case strings.Contains(in.Name, "_rtn"):
		i = 1
	}
	if i >= len(in.Args) || in.Args[i].Kind != asm.VGPR {
		return
	}
	a.space, a.lds, a.rule = ldsSpace, in.Args[i].Reg, ldsRule(arch, a.bytes, writes)
	a.parts = []uint32{uint32(in.Mods.Number("offset", 0))}
	stride := 0
	switch {
	case strings.Contains(in.Name, "2addr_stride64"), strings.Contains(in.Name, "2st64"):
		stride = 64
	case strings.Contains(in.Name, "2addr"), strings.HasPrefix(in.Name, "ds_read2"), strings.HasPrefix(in.Name, "ds_write2"):
		stride = 1
	}
	if stride > 0 {
		first, second := offsets(in, a.bytes, stride)
		a.parts = []uint32{first, second}
	}
}

var sizes = map[string]int{
	"b8": 1, "u8": 1, "i8": 1, "byte": 1, "ubyte": 1, "sbyte": 1,
	"b16": 2, "u16": 2, "i16": 2, "short": 2, "ushort": 2, "sshort": 2,
	"b32": 4, "u32": 4, "i32": 4, "f32": 4, "dword": 4, "f16": 4, "bf16": 4, // packed pairs
	"b64": 8, "u64": 8, "i64": 8, "f64": 8, "dwordx2": 8, "x2": 8,
	"b96": 12, "dwordx3": 12, "b128": 16, "dwordx4": 16,
	"b256": 32, "dwordx8": 32, "b512": 64, "dwordx16": 64,
}

// movedBytes is how many bytes a mnemonic says that a lane moves.
func movedBytes(name string) int {
	for part := range strings.SplitSeq(name, "_") {
		if n, ok := sizes[part]; ok {
			return n
		}
	}
	return 4
}

// A touched set has the sectors of one instruction: what caches are read in.
type touched struct{ sectors, lines []uint64 }

// SectorBytes is what a vector cache gives at a time.
const SectorBytes = 64

// add notes the sectors of n bytes.
func (s *touched) add(addr uint64, n int) {
	for at := addr / SectorBytes; at <= (addr+uint64(n)-1)/SectorBytes; at++ {
		s.sectors = insert(s.sectors, at)
	}
}

func insert(list []uint64, x uint64) []uint64 {
	for _, y := range slices.Backward(list) { // neighbours share them
		if x == y {
			return list
		}
	}
	return append(list, x)
}

// finish finds the lines of so many bytes that the sectors are of.
func (s *touched) finish(line int) {
	s.lines = s.lines[:0]
	for _, at := range s.sectors {
		s.lines = insert(s.lines, at*SectorBytes/uint64(line))
	}
}

// global collects what active lanes touch.
func (s *touched) global(w *wave, a *access) (active int) {
	base := a.global.base(w)
	for h := range w.halves {
		for m := w.exec(h); m != 0; m &= m - 1 {
			l := bits.TrailingZeros32(m) & (lanes - 1)
			addr := a.global.lane(w.v[h], base, l)
			if high := addr >> 32; high == sharedAperture || high == privateAperture {
				continue
			}
			active++
			s.add(addr, a.bytes)
		}
	}
	return active
}

// scalar collects what a scalar load touches.
func (s *touched) scalar(w *wave, a *access) {
	addr := a.more
	for _, arg := range a.scalar {
		switch arg.Kind {
		case asm.Int:
			addr += uint64(arg.Int)
		case asm.SGPR:
			if arg.Reg != asm.Null {
				addr += uint64(w.s[arg.Reg])
				if arg.N == 2 {
					addr += uint64(w.s[arg.Reg+1]) << 32
				}
			}
		}
	}
	s.add(addr, a.bytes)
}

// ldsAddresses are where active lanes go.
func (a *access) ldsAddresses(w *wave, part uint32, at *[64]uint32) (active uint64) {
	for h := range w.halves {
		for l := range lanes {
			at[h*lanes+l] = w.v[h][a.lds][l] + part
		}
		active |= uint64(w.exec(h)) << (h * lanes)
	}
	return active
}
