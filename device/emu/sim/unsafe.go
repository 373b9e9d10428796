package sim

import "unsafe"

// Registers that lie side by side are one value of more bits: pair and its
// like see them so. The caller sees to it that there are as many rows.

type pairs [2]row

func pair(p *row) *pairs { return (*pairs)(unsafe.Pointer(p)) }

// at is row i behind p.
func at(p *row, i int) *row { return (*row)(unsafe.Add(unsafe.Pointer(p), i*int(unsafe.Sizeof(*p)))) }

// get and put are lane i of 64 bits.
func (p *pairs) get(i int) uint64 { return uint64(p[0][i&31]) | uint64(p[1][i&31])<<32 }

func (p *pairs) put(i int, v uint64) { p[0][i&31], p[1][i&31] = uint32(v), uint32(v>>32) }

// number is what the 32 bits of a lane can be seen as.
type number interface{ int32 | uint32 | float32 }

func as[T number](p *row) *[lanes]T { return (*[lanes]T)(unsafe.Pointer(p)) }

// rowsFrom are n rows from p on.
func rowsFrom(p *row, n int) []row { return unsafe.Slice(p, n) }
