package object

import "encoding/binary"

// descriptorBytes is the size of a kernel descriptor.
const descriptorBytes = 64

// A Descriptor is what a kernel needs before its first instruction (LLVM, "User
// Guide for AMDGPU Backend", "Kernel Descriptor"):
//
//	0 LDS u32 | 4 scratch u32 | 8 kernel arguments u32 | 16 entry i64, from the descriptor
//	44 rsrc3 u32 | 48 rsrc1 u32 | 52 rsrc2 u32 | 56 properties u16 | 58 preload u16
type Descriptor struct {
	LDS      int // bytes of a work-group, without dynamic ones
	Scratch  int // bytes of a work item
	Kernargs int // bytes
	Rsrc1    uint32
	Rsrc2    uint32
	Rsrc3    uint32
	// Properties say which scalar registers hold what at the beginning.
	Properties uint16
	Preload    uint16
}

func readDescriptor(b []byte) (d Descriptor, entry int64) {
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	d = Descriptor{
		LDS: int(u32(0)), Scratch: int(u32(4)), Kernargs: int(u32(8)),
		Rsrc3: u32(44), Rsrc1: u32(48), Rsrc2: u32(52),
		Properties: binary.LittleEndian.Uint16(b[56:]), Preload: binary.LittleEndian.Uint16(b[58:]),
	}
	return d, int64(binary.LittleEndian.Uint64(b[16:]))
}

// A Register is something that the hardware puts into scalar registers before
// a wave begins, in this order.
type Register int

// What can stand in the first scalar registers.
const (
	PrivateSegmentBuffer Register = iota
	DispatchPtr
	QueuePtr
	KernargPtr
	DispatchID
	FlatScratchInit
	PrivateSegmentSize
)

// registerWords is how many registers each takes.
var registerWords = [...]int{4, 2, 2, 2, 2, 2, 1}

// UserRegisters lists what the kernel asks for, with the first register of
// each, and the number of registers before the work-group's ids.
func (d *Descriptor) UserRegisters() (at map[Register]int, next int) {
	at = map[Register]int{}
	for r, words := range registerWords {
		if d.Properties>>r&1 != 0 {
			at[Register(r)] = next
			next += words
		}
	}
	return at, int(d.Rsrc2 >> 1 & 31)
}

// Preloaded is how many words of the kernel's arguments, from which on, lie in
// the registers behind those of UserRegisters.
func (d *Descriptor) Preloaded() (words, from int) { return int(d.Preload & 127), int(d.Preload >> 7) }

// GroupIDs tells which of the work-group's three numbers stand in scalar
// registers, and whether its info does.
func (d *Descriptor) GroupIDs() (id [3]bool, info bool) {
	for i := range id {
		id[i] = d.Rsrc2>>(7+i)&1 != 0
	}
	return id, d.Rsrc2>>10&1 != 0
}

// ItemIDs is how many of the work item's numbers the first vector register
// holds: x, then y, then z.
func (d *Descriptor) ItemIDs() int { return int(d.Rsrc2>>11&3) + 1 }

// Wave32 tells whether waves have 32 lanes, on GPUs that can do both.
func (d *Descriptor) Wave32() bool { return d.Properties>>10&1 != 0 }

// FloatMode is the mode register's lower byte at the beginning: rounding of
// float32, of float16 and float64, and which denormals are kept.
func (d *Descriptor) FloatMode() uint8 { return uint8(d.Rsrc1 >> 12) }

// AccumulationOffset is the first of the accumulation registers among a
// wave's vector registers (gfx90a and later).
func (d *Descriptor) AccumulationOffset() int { return (int(d.Rsrc3&63) + 1) * 4 }
