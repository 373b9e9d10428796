package sim

import (
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/device/emu/object"
)

// profile runs groups of one wave over lines of assembly. The registers
// s[0:1] point to 4096 bytes of arguments.
func profile(t *testing.T, a Arch, lines string, groups int, some []int64) *Profile {
	t.Helper()
	var text []Line
	for i, s := range append(strings.Split(strings.TrimSpace(lines), "\n"), "s_endpgm") {
		text = append(text, Line{uint64(8 * i), strings.TrimSpace(s)})
	}
	k := &object.Kernel{Name: "test", Size: uint64(8 * len(text))}
	k.Descriptor.Rsrc1, k.Descriptor.Rsrc2, k.Descriptor.Properties = 0xf0<<12, 2<<1, 1<<object.KernargPtr
	k.Descriptor.LDS = 16 << 10
	p, err := Decode(a, k, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := &Launch{
		Program: p, Memory: &Memory{}, Groups: [3]int{groups, 1, 1}, Block: [3]int{a.Wave, 1, 1}, Args: make([]byte, 4096),
		Profile: &Profile{Card: CardOf(a.Name), Groups: some},
	}
	if err := l.Run(); err != nil {
		t.Fatal(err)
	}
	return l.Profile
}

// TestLoads counts the lines of loads whose addresses are known.
func TestLoads(t *testing.T) {
	p := profile(t, gfx1100, `
		v_lshlrev_b32_e32 v1, 2, v0
		v_lshlrev_b32_e32 v2, 6, v0
		global_load_b32 v3, v1, s[0:1]
		global_load_b32 v4, v2, s[0:1]
		global_load_b128 v[5:8], v1, s[0:1] offset:64
		s_load_b64 s[4:5], s[0:1], 0x7c
		s_waitcnt vmcnt(0) lgkmcnt(0)`, 3, nil)
	for i, want := range map[int]InstCount{
		2: {Bytes: 128, Lines: 1, Sectors: 2, Ideal: 1},
		3: {Bytes: 128, Lines: 16, Sectors: 32, Ideal: 1},
		4: {Bytes: 512, Lines: 2, Sectors: 3, Ideal: 2}, // bytes 64 to 203: lanes overlap
		5: {Bytes: 8, Lines: 2, Ideal: 1},
	} {
		got := p.Insts[i]
		if got.Runs != 3 || got.Bytes != 3*want.Bytes || got.Lines != 3*want.Lines || got.Sectors != 3*want.Sectors || got.Ideal != 3*want.Ideal {
			t.Errorf("%s: %+v, want 3 times %+v", got.Text, got, want)
		}
	}
	if len(p.Buffers) != 1 || p.Buffers[0].Distinct != 16 || p.Buffers[0].Each != 48 || p.Executed != 3 || p.Waves != 3 {
		t.Errorf("%d groups, %d waves, buffers %+v", p.Executed, p.Waves, p.Buffers)
	}
}

// TestLoop counts a loop, and lanes that are not active.
func TestLoop(t *testing.T) {
	p := profile(t, gfx950, `
		s_mov_b32 s4, 5
		v_exp_f32_e32 v1, v1
		s_sub_i32 s4, s4, 1
		s_cmp_lg_u32 s4, 0
		s_cbranch_scc1 65529
		s_mov_b64 exec, 7
		v_mov_b32_e32 v2, 0
		s_mov_b64 exec, 0
		ds_read_b32 v3, v2`, 10, []int64{0, 4, 9})
	for i, runs := range map[int]int64{0: 1, 1: 5, 4: 5, 6: 1} {
		if got := p.Insts[i]; got.Runs != 3*runs {
			t.Errorf("%s: %d runs, want 3 times %d", got.Text, got.Runs, runs)
		}
	}
	if got := p.Insts[1]; got.Lanes != 3*5*64 || got.Issue != 3*5*16 {
		t.Errorf("%+v", got)
	}
	if got := p.Insts[6]; got.Lanes != 3*3 {
		t.Errorf("%+v", got)
	}
	if got := p.Insts[8]; got.LDSCycles != 0 || p.Executed != 3 {
		t.Errorf("%+v", got)
	}
}

// TestTime follows a wave by hand: a load from a small buffer comes from the
// second-level cache, and again from the first.
func TestTime(t *testing.T) {
	p := profile(t, gfx1100, `
		v_mov_b32_e32 v1, 0
		global_load_b32 v2, v1, s[0:1]
		s_waitcnt vmcnt(0)
		global_load_b32 v3, v1, s[0:1]
		v_mov_b32_e32 v4, 0
		s_waitcnt vmcnt(0)
		ds_load_b32 v5, v1
		s_waitcnt lgkmcnt(0)`, 1, nil)
	c := CardOf("gfx1100")
	want := map[int]int64{2: int64(c.L2Latency) - 1, 5: int64(c.CacheLatency) - 2, 7: int64(c.LDSLatency) + 1 - 1}
	sum := int64(9) // an issue cycle each
	for i, stall := range want {
		sum += stall
		if got := p.Insts[i]; got.Stall != stall {
			t.Errorf("instruction %d, %s, waits %d cycles, want %d", i, got.Text, got.Stall, stall)
		}
	}
	if p.Cycles != sum {
		t.Errorf("%d cycles, want %d", p.Cycles, sum)
	}
}

// TestCrossbar has a permutation go through LDS, once for 128 bytes.
func TestCrossbar(t *testing.T) {
	for _, a := range []Arch{gfx1100, gfx950} {
		p := profile(t, a, `
			ds_bpermute_b32 v2, v1, v1
			s_waitcnt lgkmcnt(0)`, 1, nil)
		got, wait, passes := p.Insts[0], p.Insts[1], int64(a.Wave/32)
		if c := CardOf(a.Name); got.Kind != LDS || got.LDSCycles != passes || got.Conflicts != 0 || wait.Stall != int64(c.LDSLatency-c.VALU)+passes {
			t.Errorf("%s: %+v, then %+v", a.Name, got, wait)
		}
	}
}

// TestMatrixUnit has two matrix instructions wait for each other.
func TestMatrixUnit(t *testing.T) {
	p := profile(t, gfx950, `
		v_mfma_f32_16x16x32_f16 v[4:7], v[8:11], v[12:15], v[4:7]
		v_mov_b32_e32 v1, 0
		v_mfma_f32_16x16x32_f16 v[16:19], v[8:11], v[12:15], v[16:19]`, 1, nil)
	if got := p.Insts[2]; got.Stall != 16-8 || got.Matrix != 16 {
		t.Errorf("%+v", got)
	}
}

// TestBarrierTime has the wave that comes late hold up the others.
func TestBarrierTime(t *testing.T) {
	var text []Line
	for i, s := range []string{
		"v_cmp_gt_u32_e32 vcc_lo, 32, v0", "s_cbranch_vccz 5", "v_exp_f32_e32 v1, v1", "v_exp_f32_e32 v1, v1", "s_barrier", "s_endpgm",
	} {
		text = append(text, Line{uint64(8 * i), s})
	}
	k := &object.Kernel{Name: "test", Size: 48}
	k.Descriptor.Rsrc1 = 0xf0 << 12
	p, err := Decode(gfx1100, k, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := &Launch{Program: p, Memory: &Memory{}, Groups: [3]int{1, 1, 1}, Block: [3]int{64, 1, 1}, Profile: &Profile{Card: CardOf("gfx1100")}}
	if err := l.Run(); err != nil {
		t.Fatal(err)
	}
	// 1 compare + 1 branch + 2*4 + 1 barrier, then the end
	if got := l.Profile.Cycles; got != 1+1+8+1+1 {
		t.Errorf("%d cycles", got)
	}
	for i, in := range l.Profile.Insts { // the other wave is there after 1 + 1 + 1
		want := int64(0)
		if in.Kind == Barrier {
			want = 8
		}
		if in.Stall != want {
			t.Errorf("instruction %d, %s, waits %d cycles, want %d", i, in.Text, in.Stall, want)
		}
	}
}

// TestGroupsInRange refuses groups that are not of the grid.
func TestGroupsInRange(t *testing.T) {
	b := newBench(t, gfx1100, "s_nop 0")
	l := *b.g.launch.Launch
	l.Check, l.Profile = false, &Profile{Card: CardOf("gfx1100"), Groups: []int64{1}}
	if err := l.Run(); err == nil {
		t.Error("group 1 of 1 was executed")
	}
}
