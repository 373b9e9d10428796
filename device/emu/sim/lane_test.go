package sim

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestDPP moves numbers of lanes: each lane has to get the one of the lane that
// the control means, also where the result's register is the operand.
func TestDPP(t *testing.T) {
	row := func(l int) int { return l / 16 * 16 }
	for control, from := range map[string]func(l int) int{
		"quad_perm:[1,0,3,2]": func(l int) int { return l ^ 1 },
		"quad_perm:[2,3,0,1]": func(l int) int { return l ^ 2 },
		"quad_perm:[0,0,0,3]": func(l int) int { return l/4*4 + []int{0, 0, 0, 3}[l%4] },
		"row_xmask:1":         func(l int) int { return row(l) + (l % 16) ^ 1 },
		"row_xmask:8":         func(l int) int { return row(l) + (l % 16) ^ 8 },
		"row_ror:4":           func(l int) int { return row(l) + (l%16+12)%16 },
		"row_shr:1":           func(l int) int { return inRow(l, -1) },
		"row_shl:3":           func(l int) int { return inRow(l, 3) },
		"row_share:5":         func(l int) int { return row(l) + 5 },
		"row_mirror":          func(l int) int { return row(l) + 15 - l%16 },
		"row_half_mirror":     func(l int) int { return l/8*8 + 7 - l%8 },
	} {
		for _, arch := range []Arch{gfx1100, gfx950} {
			for _, to := range []int{0, 3} {
				b := newBench(t, arch, fmt.Sprintf("v_mov_b32_dpp v%d, v0 %s row_mask:0xf bank_mask:0xf bound_ctrl:1", to, control))
				for l := range arch.Wave {
					b.set(0, l, uint32(1000+l))
				}
				b.mustRun()
				for l := range arch.Wave {
					want := uint32(0)
					if f := from(l); f >= 0 {
						want = uint32(1000 + f)
					}
					if got := b.lane(to, l); got != want {
						t.Errorf("%s %s v%d: lane %d has %d, want %d", arch.Name, control, to, l, got, want)
					}
				}
			}
		}
	}
}

// inRow is the lane some places further, or -1 outside the row of 16.
func inRow(l, by int) int {
	if to := l%16 + by; to < 0 || to > 15 {
		return -1
	}
	return l + by
}

// TestDPPInactive: what comes from a lane that is not active is 0, or leaves
// the lane as it was.
func TestDPPInactive(t *testing.T) {
	for _, zero := range []bool{false, true} {
		text := "v_mov_b32_dpp v3, v0 row_shr:1 row_mask:0xf bank_mask:0xf"
		if zero {
			text += " bound_ctrl:1"
		}
		b := newBench(t, gfx1100, text)
		b.s[126] = 0xfffffff0
		for l := range 32 {
			b.set(0, l, uint32(1000+l))
			b.set(3, l, 7)
		}
		b.mustRun()
		for l, want := range map[int]uint32{0: 7, 3: 7, 5: 1004, 4: 7 * (1 - truth(zero)), 16: 7 * (1 - truth(zero)), 17: 1016} {
			if got := b.lane(3, l); got != want {
				t.Errorf("%s: lane %d has %d, want %d", text, l, got, want)
			}
		}
	}
}

// moves are instructions that give each lane the number of v0 in another lane.
var moves = []struct {
	arch Arch
	text string
	from func(l int) int
}{
	{gfx1100, "v_permlanex16_b32 v3, v0, s0, s1", func(l int) int { return (l^16)&^15 + (5*l+3)%16 }},
	{gfx1100, "v_permlanex16_b32 v0, v0, s0, s1", func(l int) int { return (l^16)&^15 + (5*l+3)%16 }},
	{gfx1100, "v_permlane16_b32 v3, v0, s0, s1", func(l int) int { return l&^15 + (5*l+3)%16 }},
	{gfx1100, "ds_bpermute_b32 v3, v1, v0", func(l int) int { return (7*l + 1) % 32 }},
	{gfx950, "ds_bpermute_b32 v3, v1, v0", func(l int) int { return (7*l + 1) % 64 }},
	{gfx1100, "ds_swizzle_b32 v3, v0 offset:0x041f", func(l int) int { return l ^ 1 }},
	{gfx950, "v_permlane32_swap_b32 v0, v2", func(l int) int { return l%32 + 1000*(l/32) }},
	{gfx950, "v_permlane16_swap_b32 v0, v2", func(l int) int { return []int{l, l + 1000 - 16}[l/16%2] }},
	{gfx950, "v_readfirstlane_b32 s2, v0\nv_mov_b32 v3, s2", func(int) int { return 0 }},
	{gfx950, "v_readlane_b32 s2, v0, 37\nv_mov_b32 v3, s2", func(int) int { return 37 }},
}

func TestMoves(t *testing.T) {
	for _, m := range moves {
		b := newBench(t, m.arch, m.text)
		var selector uint64
		for l := range 16 {
			selector |= uint64((5*l+3)%16) << (4 * l)
		}
		b.s[0], b.s[1] = uint32(selector), uint32(selector>>32)
		for l := range m.arch.Wave {
			b.set(0, l, uint32(l))
			b.set(1, l, uint32(4*(7*l+1)))
			b.set(2, l, uint32(1000+l))
		}
		b.mustRun()
		to := 3
		if b.lane(3, 1) != uint32(m.from(1)) { // those that exchange have no other result
			to = 0
		}
		for l := range m.arch.Wave {
			want := m.from(l)
			if m.text[:13] == "v_permlane32_" && l >= 32 {
				want = 1000 + l - 32 // the lower lanes of the other register
			}
			if got := b.lane(to, l); got != uint32(want) {
				t.Errorf("%s: lane %d has %d, want %d", m.text, l, got, want)
				break
			}
		}
	}
}

func TestMasks(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 50 {
		b := newBench(t, gfx950, `v_cmp_lt_u32 s[2:3], v0, v1
			v_cndmask_b32 v3, v0, v1, s[2:3]
			v_add_co_u32 v4, vcc, v0, v1
			v_addc_co_u32 v5, vcc, v0, v1, vcc
			v_mbcnt_lo_u32_b32 v6, s2, 0
			v_mbcnt_hi_u32_b32 v6, s3, v6
			s_and_saveexec_b64 s[4:5], s[2:3]
			v_mov_b32 v7, 1`)
		b.operands(r, 0, 1, 7)
		b.s[126], b.s[127] = r.Uint32()|1, r.Uint32()
		exec := b.exec64()
		old := [2]row{b.v[0][7], b.v[1][7]}
		b.mustRun()
		below := uint32(0)
		for l := range 64 {
			x, y := b.lane(0, l), b.lane(1, l)
			active := exec>>l&1 != 0
			less := active && x < y
			if got := b.get64(2)>>l&1 != 0; got != less {
				t.Fatalf("lane %d: %d < %d is %v", l, x, y, got)
			}
			seven := old[l/32][l%32]
			if less {
				seven = 1
			}
			if b.lane(7, l) != seven {
				t.Fatalf("lane %d of a branch", l)
			}
			if active {
				wide := uint64(x) + uint64(y)
				carried := uint64(x) + uint64(y) + wide>>32
				if b.lane(3, l) != max(x, y) || b.lane(4, l) != uint32(wide) || b.lane(5, l) != uint32(carried) || b.lane(6, l) != below {
					t.Fatalf("lane %d of %d and %d: %d %d %d %d", l, x, y, b.lane(3, l), b.lane(4, l), b.lane(5, l), b.lane(6, l))
				}
				if b.get64(106)>>l&1 != carried>>32 {
					t.Fatalf("lane %d: carry", l)
				}
			}
			if less {
				below++
			}
		}
		if b.get64(4) != exec || b.exec64() != exec&b.get64(2) {
			t.Fatal("EXEC")
		}
	}
}

// TestVOPD wants two instructions to read before either writes.
func TestVOPD(t *testing.T) {
	for _, text := range []string{
		"v_dual_mov_b32 v0, v1 :: v_dual_mov_b32 v1, v0",
		"v_dual_add_f32 v0, v1, v1 :: v_dual_mul_f32 v1, v0, v0",
		"v_dual_mul_f32 v1, v0, v0 :: v_dual_fmac_f32 v0, v1, v1",
	} {
		b := newBench(t, gfx1100, text)
		for l := range 32 {
			b.set(0, l, u32(float32(l)))
			b.set(1, l, u32(float32(l)+100))
		}
		b.mustRun()
		for l := range 32 {
			x, y := float32(l), float32(l)+100
			want := map[byte][2]float32{'m': {y, x}, 'a': {y + y, x * x}}[text[7]]
			if text[7:10] == "mul" {
				want = [2]float32{x + y*y, x * x}
			}
			if f32(b.lane(0, l)) != want[0] || f32(b.lane(1, l)) != want[1] {
				t.Fatalf("%s: lane %d: %v %v, want %v", text, l, f32(b.lane(0, l)), f32(b.lane(1, l)), want)
			}
		}
	}
}
