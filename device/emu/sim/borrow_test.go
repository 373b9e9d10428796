package sim

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

// TestScalarBorrow subtracts 64 bits in two steps, and takes them apart again.
func TestScalarBorrow(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	for _, arch := range []Arch{gfx1100, gfx950} {
		b := newBench(t, arch, `s_sub_u32 s8, s4, s6
			s_subb_u32 s9, s5, s7
			s_cselect_b32 s10, 1, 0
			s_xor_b64 s[12:13], s[4:5], s[6:7]
			s_cselect_b32 s14, 1, 0`)
		for range 200 {
			x, y := r.Uint64()>>r.IntN(64), r.Uint64()>>r.IntN(64)
			if r.IntN(4) == 0 {
				y = x
			}
			b.put64(4, x)
			b.put64(6, y)
			b.pc = 0
			b.mustRun()
			if b.get64(8) != x-y || b.s[10] != truth(x < y) || b.get64(12) != x^y || b.s[14] != truth(x != y) {
				t.Fatalf("%s: of %#x and %#x: %#x, %d, %#x, %d", arch.Name, x, y, b.get64(8), b.s[10], b.get64(12), b.s[14])
			}
		}
	}
}

// TestBorrow subtracts the first operand's 64 bits from the second's, in lanes.
func TestBorrow(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 2))
	for arch, text := range map[Arch]string{
		gfx1100: "v_subrev_co_u32 v4, vcc_lo, v0, v2\nv_subrev_co_ci_u32 v5, vcc_lo, v1, v3, vcc_lo",
		gfx950:  "v_subrev_co_u32 v4, vcc, v0, v2\nv_subbrev_co_u32 v5, vcc, v1, v3, vcc",
	} {
		for range 20 {
			b := newBench(t, arch, text)
			b.operands(r, 0, 1, 2, 3)
			b.mustRun()
			for l := range arch.Wave {
				x, y := pair(&b.v[l/lanes][0]).get(l%lanes), pair(&b.v[l/lanes][2]).get(l%lanes)
				if got := pair(&b.v[l/lanes][4]).get(l % lanes); got != y-x {
					t.Fatalf("%s: lane %d: %#x - %#x is %#x", arch.Name, l, y, x, got)
				}
				if b.s[asm.VCC+l/lanes]>>(l%lanes)&1 != truth(y < x) {
					t.Fatalf("%s: lane %d: the borrow of %#x - %#x", arch.Name, l, y, x)
				}
			}
		}
	}
}

// TestNames runs what gfx9 calls differently as it is called there.
func TestNames(t *testing.T) {
	for _, c := range laneCases {
		for old, name := range map[string]string{"v_clz_i32_u32": "v_ffbh_u32", "v_add_nc_u32": "v_add_u32", "v_sub_nc_u32": "v_sub_u32"} {
			var rest string
			if n, _ := fmt.Sscanf(c.text, old+" %s", &rest); n == 1 {
				c.text = name + c.text[len(old):]
				testLanes(t, gfx950, c)
			}
		}
	}
}
