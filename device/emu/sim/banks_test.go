package sim

import "testing"

// TestBanks has accesses whose conflicts are plain from the rule.
func TestBanks(t *testing.T) {
	for _, c := range []struct {
		name              string
		arch              Arch
		bytes             int
		writes            bool
		at                func(lane int) int // bytes
		cycles, conflicts int
	}{
		{"side by side", gfx1100, 4, false, func(l int) int { return 4 * l }, 1, 0},
		{"one word", gfx1100, 4, false, func(int) int { return 64 }, 1, 0},
		{"every second word", gfx1100, 4, false, func(l int) int { return 8 * l }, 2, 1},
		{"one bank", gfx1100, 4, true, func(l int) int { return 128 * l }, 32, 31},
		{"one bank, padded", gfx1100, 4, true, func(l int) int { return 132 * l }, 1, 0},
		{"16 bytes", gfx1100, 16, false, func(l int) int { return 16 * l }, 4, 0},
		{"16 bytes in rows of 64", gfx1100, 16, false, func(l int) int { return 64 * l }, 16, 12},
		{"across banks", gfx1100, 4, false, func(l int) int { return 4*l + 2 }, 2, 1},

		{"loads, side by side", gfx950, 4, false, func(l int) int { return 4 * l }, 2, 0},
		{"loads of one bank", gfx950, 4, false, func(l int) int { return 256 * l }, 128, 126},
		{"stores, side by side", gfx950, 4, true, func(l int) int { return 4 * l }, 2, 0},
		{"stores of every second word", gfx950, 4, true, func(l int) int { return 8 * l }, 4, 2},
		{"loads of 16 bytes", gfx950, 16, false, func(l int) int { return 16 * l }, 8, 0},
		{"stores of 16 bytes", gfx950, 16, true, func(l int) int { return 16 * l }, 8, 0},
	} {
		r := ldsRule(c.arch, c.bytes, c.writes)
		var at [64]uint32
		for l := range c.arch.Wave {
			at[l] = uint32(c.at(l))
		}
		var b bankCount
		if cycles, conflicts := b.access(&r, c.bytes, &at, 1<<c.arch.Wave-1); cycles != c.cycles || conflicts != c.conflicts {
			t.Errorf("%s of %s: %d cycles, %d of them conflicts; want %d and %d", c.name, c.arch.Name, cycles, conflicts, c.cycles, c.conflicts)
		}
	}
}

// TestMeeting has two active lanes that want different words of a bank: they
// meet if they are of one pass.
func TestMeeting(t *testing.T) {
	r := ldsRule(gfx950, 16, false)
	for other, conflicts := range map[int]int{20: 2, 12: 2, 4: 0, 32: 0} {
		var at [64]uint32
		at[other] = 256
		var b bankCount
		if _, got := b.access(&r, 16, &at, 1|1<<other); got != conflicts {
			t.Errorf("lanes 0 and %d: %d cycles of conflicts, want %d", other, got, conflicts)
		}
	}
}

// TestPasses wants each lane in one pass.
func TestPasses(t *testing.T) {
	for _, a := range []Arch{gfx1100, gfx950} {
		for _, bytes := range []int{1, 2, 4, 8, 12, 16} {
			for _, writes := range []bool{false, true} {
				seen := uint64(0)
				for _, pass := range ldsRule(a, bytes, writes).passes {
					for _, l := range pass {
						if seen>>l&1 != 0 {
							t.Errorf("%s, %d bytes: lane %d twice", a.Name, bytes, l)
						}
						seen |= 1 << l
					}
				}
				if seen != 1<<a.Wave-1 {
					t.Errorf("%s, %d bytes: lanes %#x", a.Name, bytes, seen)
				}
			}
		}
	}
}

// TestNoLanes has an instruction that no lane is active in.
func TestNoLanes(t *testing.T) {
	r := ldsRule(gfx950, 16, false)
	var b bankCount
	if cycles, conflicts := b.access(&r, 16, new([64]uint32), 0); cycles != 0 || conflicts != 0 {
		t.Errorf("%d cycles, %d conflicts", cycles, conflicts)
	}
}
