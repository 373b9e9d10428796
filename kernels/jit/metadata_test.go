package jit

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sampleCode(t testing.TB, arch string) []byte {
	t.Helper()
	code, err := os.ReadFile(filepath.Join("testdata", arch+".co"))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestMetadata(t *testing.T) {
	m, err := ReadMetadata(sampleCode(t, "gfx1100"))
	if err != nil {
		t.Fatal(err)
	}
	if m.Target != "amdgcn-amd-amdhsa--gfx1100" || m.Compiler == "" {
		t.Errorf("target %q, compiler %q", m.Target, m.Compiler)
	}
	scale, ok := m.Kernel("scale")
	want := Kernel{Symbol: "scale", KernargBytes: 24, VGPR: 4, SGPR: 18, Wave: 32, MaxBlock: 256, WGPMode: true, CodeBytes: 128, Waves: 16,
		Args: []Arg{{"x", 0, 8, "global_buffer"}, {"y", 8, 8, "global_buffer"}, {"a", 16, 4, "by_value"}, {"n", 20, 4, "by_value"}}}
	if diff := cmp.Diff(want, scale); !ok || diff != "" {
		t.Errorf("scale (-want +got):\n%s", diff)
	}
	sums, _ := m.Kernel("sums")
	i := slices.IndexFunc(sums.Args, func(a Arg) bool { return a.Kind == "hidden_group_size_x" })
	if i < 0 || sums.Args[i].Offset != 16+12 || !sums.Args[i].Hidden() || sums.Args[0].Hidden() {
		t.Errorf("arguments of sums: %+v", sums.Args)
	}
	if sums.LDS != 128 || sums.MaxBlock != 32 {
		t.Errorf("sums: %+v", sums)
	}
	if _, ok := m.Kernel("nosuch"); ok {
		t.Error("found a kernel that is not there")
	}
}

func TestMetadataWave64(t *testing.T) {
	m, err := ReadMetadata(sampleCode(t, "gfx950"))
	if err != nil || len(m.Kernels) != 2 || m.Kernels[0].Wave != 64 || m.Kernels[0].WGPMode {
		t.Errorf("%+v, %v", m, err)
	}
}

// TestMetadataOfOthers: what is no AMD code object has no metadata.
func TestMetadataOfOthers(t *testing.T) {
	for _, code := range []string{"", "//\n.version 8.0\n.target sm_90\n", "\x7fELF" + string(make([]byte, 60))} {
		m, err := ReadMetadata([]byte(code))
		if err != nil || m.Target != "" || m.Kernels != nil {
			t.Errorf("%q: %+v, %v", code, m, err)
		}
	}
}

// TestMetadataDamaged cuts a code object at every length, and damages every
// byte of its front: an error or not, but no panic.
func TestMetadataDamaged(t *testing.T) {
	code := sampleCode(t, "gfx1100")
	for n := 20; n < len(code); n += 7 {
		if _, err := ReadMetadata(code[:n]); err == nil && n < 0x900 {
			t.Errorf("no error for the first %d bytes", n)
		}
	}
	for i := range 0xa00 {
		bad := bytes.Clone(code)
		bad[i] ^= 0xff
		ReadMetadata(bad)
	}
}

func TestMetadataHugeClaims(t *testing.T) {
	for name, note := range map[string]string{
		"kernels":   "\x81\xaeamdhsa.kernels\xdd\xff\xff\xff\xff",
		"map":       "\xdf\xff\xff\xff\xff",
		"arguments": "\x81\xaeamdhsa.kernels\x91\x81\xa5.args\xdd\x7f\xff\xff\xff",
		"number":    "\x81\xaeamdhsa.kernels\x91\x81\xab.vgpr_count\xcf\xff\xff\xff\xff\xff\xff\xff\xff",
		"negative":  "\x81\xaeamdhsa.kernels\x91\x81\xab.vgpr_count\xff",
		"nesting":   "\x81\xa1x" + string(bytes.Repeat([]byte{0x91}, 1<<20)),
	} {
		if m, err := decodeMetadata([]byte(note)); err == nil {
			t.Errorf("%s: no error, %+v", name, m)
		}
	}
}

func FuzzMetadata(f *testing.F) {
	for _, arch := range sampleArchs {
		f.Add(sampleCode(f, arch))
	}
	f.Add([]byte("\x7fELF"))
	f.Fuzz(func(t *testing.T, code []byte) { ReadMetadata(code) })
}

func FuzzMetadataNote(f *testing.F) {
	f.Add([]byte("\x82\xadamdhsa.target\xa1-\xaeamdhsa.kernels\x91\x81\xab.vgpr_count\x08"))
	f.Add([]byte("\x81\xaeamdhsa.kernels\x91\x81\xa5.args\x91\x81\xa7.offset\x08"))
	f.Fuzz(func(t *testing.T, note []byte) { decodeMetadata(note) })
}

func TestArchOf(t *testing.T) {
	for target, want := range map[string]string{
		"amdgcn-amd-amdhsa--gfx1100": "gfx1100", "amdgcn-amd-amdhsa--gfx90a:sramecc+:xnack-": "gfx90a", "": "", "--": "", "gfx1100": "gfx1100",
	} {
		if got := ArchOf(target); got != want {
			t.Errorf("%q: %q", target, got)
		}
	}
}

func TestOccupancy(t *testing.T) {
	for _, test := range []struct {
		arch string
		k    Kernel
		want int
	}{
		{"gfx1100", Kernel{Wave: 32, VGPR: 96}, 16},
		{"gfx1100", Kernel{Wave: 32, VGPR: 120}, 12},
		{"gfx1100", Kernel{Wave: 32, VGPR: 144}, 10},
		{"gfx1100", Kernel{Wave: 32, VGPR: 192}, 8},
		{"gfx1100", Kernel{Wave: 32, VGPR: 240}, 6},
		{"gfx1100", Kernel{Wave: 32, VGPR: 256}, 5},
		{"gfx1102", Kernel{Wave: 32, VGPR: 256}, 4},
		{"gfx950", Kernel{Wave: 64, VGPR: 64}, 8},
		{"gfx950", Kernel{Wave: 64, VGPR: 128, AGPR: 64}, 4}, // AGPRs are in VGPR
		{"gfx950", Kernel{Wave: 64, VGPR: 168}, 3},
		{"gfx950", Kernel{Wave: 64, VGPR: 512}, 1},
		{"gfx908", Kernel{Wave: 64, VGPR: 32, AGPR: 64}, 4},
		// 64 KiB a block: two blocks of 8 waves on 4 SIMDs of a WGP; one on gfx90a.
		{"gfx1100", Kernel{Wave: 32, VGPR: 32, LDS: 64 << 10, MaxBlock: 256, WGPMode: true}, 4},
		{"gfx90a", Kernel{Wave: 64, VGPR: 32, LDS: 64 << 10, MaxBlock: 256}, 1},
		{"gfx950", Kernel{Wave: 64, VGPR: 32, LDS: 64 << 10, MaxBlock: 256}, 2},
		{"gfx9999", Kernel{Wave: 64, VGPR: 32}, 0},
	} {
		if got := occupancy(test.arch, test.k); got != test.want {
			t.Errorf("%s %+v: %d waves, want %d", test.arch, test.k, got, test.want)
		}
	}
}
