package sim

import (
	"bytes"
	"testing"
)

// TestFetch loads from memory of which the first half was never written. v[0:1]
// and s[2:3] are the address of its beginning.
func TestFetch(t *testing.T) {
	const store = "\ns_waitcnt vmcnt(0) lgkmcnt(0)\nglobal_store_b32 v[0:1], v4, off"
	for _, c := range []struct {
		name, kind, text string
	}{
		{"copied", "uninitialised", "global_load_b32 v4, v[0:1], off" + store},
		{"loaded, not used", "", "global_load_b32 v4, v[0:1], off\ns_waitcnt vmcnt(0)\nv_add_f32 v4, v4, v4"},
		{"masked", "", "global_load_b32 v4, v[0:1], off\ns_waitcnt vmcnt(0)\nv_and_b32 v4, 0, v4" + store},
		{"the written half", "", "global_load_b64 v[3:4], v[0:1], off offset:508" + store},
		{"the other half", "uninitialised", "global_load_b64 v[4:5], v[0:1], off offset:508" + store},
		{"written before", "", "global_store_b32 v[0:1], v3, off\nglobal_load_b32 v4, v[0:1], off" + store},
		{"a byte is written", "uninitialised", "global_store_b8 v[0:1], v3, off\nglobal_load_b32 v4, v[0:1], off" + store},
		{"that byte", "", "global_store_b8 v[0:1], v3, off\nglobal_load_u8 v4, v[0:1], off" + store},
		{"half a register", "uninitialised", "global_load_d16_hi_b16 v4, v[0:1], off" + store},
		{"through a flat address", "uninitialised", "flat_load_b32 v4, v[0:1]" + store},
		{"scalar", "uninitialised", "s_load_b64 s[4:5], s[2:3], 0x0\ns_waitcnt lgkmcnt(0)\nv_mov_b32 v4, s5" + store},
		{"scalar, written", "", "s_load_b64 s[4:5], s[2:3], 0x1fc\ns_waitcnt lgkmcnt(0)\nv_mov_b32 v4, s5" + store},
		{"atomic", "uninitialised", "global_atomic_add_u32 v[0:1], v3, off"},
		{"swapped in", "", "global_atomic_swap_b32 v[0:1], v3, off\nglobal_atomic_add_u32 v[0:1], v3, off\nglobal_load_b32 v4, v[0:1], off" + store},
		{"two words swapped in", "", "global_atomic_swap_b64 v[0:1], v[2:3], off\nglobal_load_b32 v4, v[0:1], off offset:4" + store},
		{"beside what was swapped in", "uninitialised", "global_atomic_swap_b32 v[0:1], v3, off\nglobal_load_b32 v4, v[0:1], off offset:4" + store},
		{"swapped out", "uninitialised", "global_atomic_swap_b32 v4, v[0:1], v3, off glc" + store},
		{"swapped out, not used", "", "global_atomic_swap_b32 v4, v[0:1], v3, off glc"},
		{"compared and swapped", "uninitialised", "global_atomic_cmpswap_b32 v[0:1], v[2:3], off"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, gfx1100, c.text)
			m := b.buffer(make([]byte, 1024))
			m.Undefined = append(bytes.Repeat([]byte{0xff}, 512), make([]byte, 512)...)
			b.s[2], b.s[3], b.s[126] = uint32(m.Base), uint32(m.Base>>32), 1
			b.set(0, 0, uint32(m.Base))
			b.set(1, 0, uint32(m.Base>>32))
			f := b.run()
			if (f == nil) != (c.kind == "") || f != nil && f.Kind != c.kind {
				t.Errorf("%v, want %q", f, c.kind)
			}
		})
	}
}
