package comgr

import (
	"os"
	"path/filepath"
	"testing"
)

// TestDisassemble looks at the code objects of package jit's tests.
func TestDisassemble(t *testing.T) {
	l, err := Open()
	if err != nil {
		t.Skipf("no libamd_comgr: %v", err)
	}
	for _, test := range []struct {
		arch, load string
		bytes      uint64
	}{
		{"gfx1100", "global_load_b32 v2, v[2:3], off", 128},
		{"gfx950", "global_load_dword v2, v[2:3], off", 100},
	} {
		code, err := os.ReadFile(filepath.Join("..", "..", "kernels", "jit", "testdata", test.arch+".co"))
		if err != nil {
			t.Fatal(err)
		}
		kernels, err := l.Disassemble(code, test.arch)
		if err != nil || len(kernels) != 2 {
			t.Fatalf("%d kernels, %v", len(kernels), err)
		}
		scale := kernels["scale"]
		first, last := scale[0], scale[len(scale)-1]
		if last.Text != "s_endpgm" || last.Addr+4 != first.Addr+test.bytes {
			t.Errorf("%s: from %+v to %+v", test.arch, first, last)
		}
		found := false
		for _, i := range scale {
			found = found || i.Text == test.load
		}
		if !found {
			t.Errorf("%s: no %q in %v", test.arch, test.load, scale)
		}
		if _, err := l.Disassemble(code, "gfx9999"); err == nil {
			t.Error("no error for an unknown arch")
		}
	}
}

func TestParse(t *testing.T) {
	const text = "\n:\tfile format elf64-amdgpu\n\nscale:\n\ts_load_b64 s[2:3], s[0:1], 0x10    // 000000001C00: F4040080 F8000010 \n" +
		"\ts_cbranch_execz 22       // 000000001C20: BFA50016  <scale+0x7C>\n"
	got, err := parse(text)
	want := []Instruction{{0x1c00, "s_load_b64 s[2:3], s[0:1], 0x10"}, {0x1c20, "s_cbranch_execz 22"}}
	if err != nil || len(got) != 2 || got[0] != want[0] || got[1] != want[1] || got[1].Mnemonic() != "s_cbranch_execz" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := parse("\ts_endpgm // nothing\n"); err == nil {
		t.Error("no error")
	}
}
