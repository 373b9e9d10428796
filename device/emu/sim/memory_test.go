package sim

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
)

// loads are the bytes that each load takes, and what becomes of a register that
// holds old, of a little-endian number of so many bytes.
var loads = map[string]struct {
	bytes int
	value func(x, old uint32) uint32
}{
	"u8": {1, func(x, _ uint32) uint32 { return x }}, "i8": {1, func(x, _ uint32) uint32 { return uint32(int32(int8(x))) }},
	"u16": {2, func(x, _ uint32) uint32 { return x }}, "i16": {2, func(x, _ uint32) uint32 { return uint32(int32(int16(x))) }},
	"b32": {4, func(x, _ uint32) uint32 { return x }}, "b64": {8, nil}, "b96": {12, nil}, "b128": {16, nil},
	"d16_u8":     {1, func(x, old uint32) uint32 { return old>>16<<16 | x }},
	"d16_i8":     {1, func(x, old uint32) uint32 { return old>>16<<16 | uint32(uint16(int16(int8(x)))) }},
	"d16_b16":    {2, func(x, old uint32) uint32 { return old>>16<<16 | x }},
	"d16_hi_u8":  {1, func(x, old uint32) uint32 { return old%65536 | x<<16 }},
	"d16_hi_b16": {2, func(x, old uint32) uint32 { return old%65536 | x<<16 }},
}

func number32(b []byte) (x uint32) {
	for i, v := range b[:min(4, len(b))] {
		x |= uint32(v) << (8 * i)
	}
	return x
}

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestGlobalLoads(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for name, c := range loads {
		for _, form := range []string{"v[0:1], off offset:32", "v2, s[2:3] offset:-16"} {
			to := "v[4:7]"
			if c.bytes <= 4 {
				to = "v4"
			}
			if c.bytes == 8 {
				to = "v[4:5]"
			} else if c.bytes == 12 {
				to = "v[4:6]"
			}
			b := newBench(t, gfx1100, fmt.Sprintf("global_load_%s %s, %s\ns_waitcnt vmcnt(0)", name, to, form))
			data := randomBytes(r, 2048)
			m := b.buffer(data)
			b.s[2], b.s[3] = uint32(m.Base+48), uint32((m.Base+48)>>32)
			at := make([]int, 32)
			old := b.v[0][4]
			for l := range at {
				at[l] = 32 + r.IntN(1900)
				addr := m.Base + uint64(at[l]-32)
				b.set(0, l, uint32(addr))
				b.set(1, l, uint32(addr>>32))
				b.set(2, l, uint32(at[l]-32))
			}
			b.mustRun()
			for l, from := range at {
				for i := 0; i < (c.bytes+3)/4; i++ {
					x := number32(data[from+4*i:][:min(4, c.bytes)])
					if c.value != nil {
						x = c.value(x, old[l])
					}
					if got := b.lane(4+i, l); got != x {
						t.Fatalf("%s %s: lane %d, word %d: %#x, want %#x", name, form, l, i, got, x)
					}
				}
			}
		}
	}
}

func TestGlobalStores(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for name, bytes := range map[string]int{"b8": 1, "b16": 2, "b32": 4, "b64": 8, "b96": 12, "b128": 16, "d16_hi_b8": 1, "d16_hi_b16": 2} {
		regs := map[int]string{8: "v[4:5]", 12: "v[4:6]", 16: "v[4:7]"}[bytes]
		if regs == "" {
			regs = "v4"
		}
		b := newBench(t, gfx1100, fmt.Sprintf("global_store_%s v[0:1], %s, off", name, regs))
		data := randomBytes(r, 1024)
		want := append([]byte(nil), data...)
		m := b.buffer(data)
		b.operands(r, 4, 5, 6, 7)
		b.s[126] = 0x5a5a1234
		for l := range 32 {
			addr := m.Base + uint64(20*l+3)
			b.set(0, l, uint32(addr))
			b.set(1, l, uint32(addr>>32))
			var value []byte
			for i := range 4 {
				value = binary.LittleEndian.AppendUint32(value, b.lane(4+i, l))
			}
			if name[0] == 'd' {
				value = value[2:]
			}
			if b.s[126]>>l&1 != 0 {
				copy(want[20*l+3:], value[:bytes])
			}
		}
		b.mustRun()
		if string(data) != string(want) {
			t.Errorf("%s", name)
		}
	}
}

func TestLDS(t *testing.T) {
	b := newBench(t, gfx950, `ds_write_b128 v0, v[4:7]
		ds_write2_b32 v1, v8, v9 offset0:1 offset1:3
		s_waitcnt lgkmcnt(0)
		ds_read_b128 v[10:13], v0
		ds_read2_b32 v[14:15], v1 offset0:1 offset1:3
		ds_read_u8 v16, v0 offset:5
		ds_read_i16 v17, v0 offset:6
		s_waitcnt lgkmcnt(0)`)
	r := rand.New(rand.NewPCG(6, 6))
	b.operands(r, 4, 5, 6, 7, 8, 9)
	b.s[126], b.s[127] = 0xff, 0
	for l := range 8 {
		b.set(0, l, uint32(16*l))
		b.set(1, l, uint32(512+16*l))
	}
	b.mustRun()
	for l := range 8 {
		for i := range 6 {
			if b.lane(10+i, l) != b.lane(4+i, l) {
				t.Errorf("lane %d: v%d is %#x, want %#x", l, 10+i, b.lane(10+i, l), b.lane(4+i, l))
			}
		}
		if got, want := b.lane(16, l), b.lane(5, l)>>8&255; got != want {
			t.Errorf("byte: %#x, want %#x", got, want)
		}
		if got, want := b.lane(17, l), uint32(int32(b.lane(5, l))>>16); got != want {
			t.Errorf("half: %#x, want %#x", got, want)
		}
	}
}

func TestScalarLoads(t *testing.T) {
	b := newBench(t, gfx1100, "s_load_b64 s[4:5], s[2:3], 0x8\ns_load_b32 s6, s[2:3], null\ns_load_b128 s[8:11], s[2:3], s7 offset:0x4\ns_waitcnt lgkmcnt(0)")
	data := randomBytes(rand.New(rand.NewPCG(7, 7)), 64)
	m := b.buffer(data)
	b.put64(2, m.Base)
	b.s[7] = 16
	b.mustRun()
	for reg, at := range map[int]int{4: 8, 5: 12, 6: 0, 8: 20, 11: 32} {
		if got, want := b.s[reg], number32(data[at:]); got != want {
			t.Errorf("s%d: %#x, want %#x", reg, got, want)
		}
	}
}

// TestAtomics lets all lanes add to one word, in memory and in LDS: each gets
// what those before it left.
func TestAtomics(t *testing.T) {
	for _, text := range []string{
		"global_atomic_add_u32 v4, v[0:1], v3, off glc\ns_waitcnt vmcnt(0)",
		"flat_atomic_add_u32 v4, v[0:1], v3 glc\ns_waitcnt vmcnt(0)",
		"ds_store_b32 v2, v5\nds_add_rtn_u32 v4, v2, v3\ns_waitcnt lgkmcnt(0)",
	} {
		b := newBench(t, gfx1100, text)
		m := b.buffer(make([]byte, 64))
		for l := range 32 {
			b.set(0, l, uint32(m.Base+16))
			b.set(1, l, uint32((m.Base+16)>>32))
			b.set(2, l, 8)
			b.set(3, l, uint32(l+1))
			b.set(5, l, 0)
		}
		b.mustRun()
		sum := uint32(0)
		for l := range 32 {
			if got := b.lane(4, l); got != sum {
				t.Fatalf("%s: lane %d got %d, want %d", text, l, got, sum)
			}
			sum += uint32(l + 1)
		}
	}
}

func TestCompareAndSwap(t *testing.T) {
	for _, c := range []struct {
		arch Arch
		text string
	}{
		{gfx1100, "global_atomic_cmpswap_b32 v4, v[0:1], v[6:7], off glc\ns_waitcnt vmcnt(0)"},
		{gfx950, "global_atomic_cmpswap v4, v[0:1], v[6:7], off sc0\ns_waitcnt vmcnt(0)"},
		{gfx1100, "ds_store_b32 v2, v5\nds_cmpstore_rtn_b32 v4, v2, v6, v7\ns_waitcnt lgkmcnt(0)"},
		{gfx950, "ds_write_b32 v2, v5\nds_cmpst_rtn_b32 v4, v2, v7, v6\ns_waitcnt lgkmcnt(0)"},
	} {
		b := newBench(t, c.arch, c.text)
		m := b.buffer(make([]byte, 64))
		b.s[127] = 0
		for l := range 32 { // each lane puts l+1 where l is
			b.set(0, l, uint32(m.Base))
			b.set(1, l, uint32(m.Base>>32))
			b.set(2, l, 8)
			b.set(5, l, 0)
			b.set(6, l, uint32(l+1))
			b.set(7, l, uint32(l))
		}
		b.mustRun()
		for l := range 32 {
			if got := b.lane(4, l); got != uint32(l) {
				t.Fatalf("%s: lane %d got %d", c.text, l, got)
			}
		}
	}
}

// TestTransposed loads a matrix of four rows for each 16 lanes: each lane gets
// a column.
func TestTransposed(t *testing.T) {
	b := newBench(t, gfx950, "ds_read_b64_tr_b16 v[4:5], v0\ns_waitcnt lgkmcnt(0)")
	for l := range 64 { // lane l loads four elements of row l%16/4 of matrix l/16
		b.set(0, l, uint32(8*l))
		for i := range 4 {
			binary.LittleEndian.PutUint16(b.g.lds[8*l+2*i:], uint16(1000*(l/16)+100*(l%16/4)+l%4*4+i))
		}
	}
	clear(b.g.shadow.undefined)
	b.mustRun()
	for l := range 64 {
		for e := range 4 {
			want := uint32(1000*(l/16) + 100*e + l%16)
			if got := b.lane(4+e/2, l) >> (e % 2 * 16) & 0xffff; got != want {
				t.Fatalf("element %d of lane %d is %d, want %d", e, l, got, want)
			}
		}
	}
}

func TestLoadToLDS(t *testing.T) {
	b := newBench(t, gfx950, "global_load_lds_dwordx4 v0, s[2:3]\ns_waitcnt vmcnt(0)\nds_read_b32 v4, v1\ns_waitcnt lgkmcnt(0)")
	data := randomBytes(rand.New(rand.NewPCG(9, 9)), 2048)
	m := b.buffer(data)
	b.s[2], b.s[3] = uint32(m.Base), uint32(m.Base>>32)
	b.s[124] = 0
	for l := range 64 {
		b.set(0, l, uint32(16*(63-l)))
		b.set(1, l, uint32(16*l+4))
	}
	b.mustRun()
	for l := range 64 {
		if got, want := b.lane(4, l), number32(data[16*(63-l)+4:]); got != want {
			t.Fatalf("lane %d: %#x, want %#x", l, got, want)
		}
	}
}
