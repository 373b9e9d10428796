package emu_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/device/emu"
	"github.com/rocmforge/rocmforge/device/emu/sim"
	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/kernels/jit"
	"github.com/rocmforge/rocmforge/ops/opstest"
)

var update = flag.Bool("update", false, "compile the code objects in testdata/replay anew")

// replayed are the cases that testdata/replay has kernels for.
func replayed() (cases []opstest.Case) {
	for op, name := range map[string]string{"rmsnorm": "", "softmax": "", "gemv": "Q4_K"} {
		all := slices.DeleteFunc(filter(opstest.Suite(), []string{op}), func(c opstest.Case) bool { return !strings.HasPrefix(c.Name, name) })
		cases = append(cases, all[:min(2, len(all))]...)
	}
	return cases
}

// TestReplay runs cases of the suite on code objects that were compiled and
// decoded before: it needs nothing of ROCm.
func TestReplay(t *testing.T) {
	for _, arch := range emu.Archs {
		t.Run(arch, func(t *testing.T) {
			dir := filepath.Join("testdata", "replay", arch)
			if *update {
				record(t, arch, dir)
			}
			defer emu.WithoutROCm()()
			d := openBare(t, arch)
			files, _ := filepath.Glob(filepath.Join(dir, "*.co.gz"))
			for _, file := range files {
				if _, err := d.Load(file, unpack(t, file), unpack(t, strings.TrimSuffix(file, ".co.gz")+".txt.gz")); err != nil {
					t.Fatal(err)
				}
			}
			cases := replayed()
			if err := opstest.Prepare(t.Context(), d, cases, nil); err != nil {
				t.Fatalf("%v\n(with other arguments or kernels, run this test with ROCm and -update)", err)
			}
			for _, c := range cases {
				if r := c.Run(d); r.Err != nil || r.Skipped != "" {
					t.Errorf("%s %s: %v%s", c.Op, c.Name, r.Err, r.Skipped)
				}
			}
			if d.Count().Steps == 0 {
				t.Error("nothing was executed")
			}
		})
	}
}

// record compiles what TestReplay needs.
func record(t *testing.T, arch, dir string) {
	d := open(t, emu.Options{Arch: arch})
	if err := opstest.Prepare(t.Context(), d, replayed(), nil); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, code := range d.Codes() {
		text, err := emu.Decode(arch, code)
		if err != nil {
			t.Fatal(err)
		}
		pack(t, filepath.Join(dir, strings.ReplaceAll(name, " ", "_")+".co.gz"), code)
		pack(t, filepath.Join(dir, strings.ReplaceAll(name, " ", "_")+".txt.gz"), text)
	}
}

func pack(t *testing.T, file string, b []byte) {
	t.Helper()
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	z.Write(b)
	z.Close()
	if err := os.WriteFile(file, out.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
}

func unpack(t *testing.T, file string) []byte {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestWarm runs a kernel, takes ROCm away and runs it again.
func TestWarm(t *testing.T) {
	file := filepath.Join("testdata", "broken", "groups.hip")
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, arch := range emu.Archs {
		o := emu.Options{Arch: arch, CacheDir: t.TempDir(), Workers: 1} // which of two groups meets a race is chance
		var fault *sim.Fault
		first := launchSource(t, open(t, o), file, string(source))
		restore := emu.WithoutROCm()
		d, err := emu.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		second := launchSource(t, d, file, string(source))
		_, other := d.Compile(context.Background(), kernels.Program{Name: "other", Source: "int x;"})
		restore()
		if !errors.As(first, &fault) || second == nil || second.Error() != first.Error() {
			t.Errorf("%s: first %v, then %v", arch, first, second)
		}
		var missing *jit.CompileError
		if !errors.As(other, &missing) || !strings.Contains(other.Error(), "the cache does not have them, and libhiprtc") {
			t.Errorf("%s: what was not compiled: %v", arch, other)
		}
		d.Close()
	}
}

// TestOtherDecoding refuses a decoding that is another code object's, and a code
// object that is another GPU's.
func TestOtherDecoding(t *testing.T) {
	for _, arch := range emu.Archs {
		dir := filepath.Join("testdata", "replay", arch)
		d := openBare(t, arch)
		code, text := unpack(t, filepath.Join(dir, "no_formats.co.gz")), unpack(t, filepath.Join(dir, "no_formats.txt.gz"))
		other := unpack(t, filepath.Join(dir, "w=Q4_K.txt.gz"))
		for _, test := range []struct {
			text []byte
			want string
		}{{text, ""}, {other, "or of another one"}, {text[:len(text)-2], "damaged"}, {[]byte{}, "damaged"}} {
			all, err := d.Load("x", code, test.text)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range all {
				if err := k.Decode(); (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
					t.Errorf("%s: %v, want %q", arch, err, test.want)
				}
			}
		}
		for _, name := range emu.Archs {
			if _, err := openBare(t, name).Load("x", code, text); (err == nil) != (name == arch) {
				t.Errorf("code for %s on %s: %v", arch, name, err)
			}
		}
	}
}

// openBare opens a device that needs nothing of ROCm.
func openBare(t *testing.T, arch string) *emu.Device {
	t.Helper()
	d, err := emu.Open(emu.Options{Arch: arch, NoCache: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// TestStoredDecoding makes a damaged decoding in the cache anew.
func TestStoredDecoding(t *testing.T) {
	file := filepath.Join("testdata", "right", "atomics.hip")
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	o := emu.Options{Arch: emu.Archs[0], CacheDir: t.TempDir()}
	first := compile(t, open(t, o), file, string(source))["k"]
	if err := first.Decode(); err != nil {
		t.Fatal(err)
	}
	c, err := jit.New(jit.Options{CacheDir: o.CacheDir})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"code x\n", emu.DecodingHead(first.Code()) + "function"} {
		err := c.Derived(emu.DecodingKind(o.Arch), first.Code(), func() ([]byte, error) { return []byte(bad), nil }, func(b []byte) error {
			if string(b) != bad {
				return errors.New("still the good one")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := compile(t, open(t, o), file, string(source))["k"].Decode(); err != nil {
			t.Errorf("%q was not made anew: %v", bad, err)
		}
	}
	last := open(t, o)
	defer emu.WithoutROCm()()
	if err := compile(t, last, file, string(source))["k"].Decode(); err != nil {
		t.Errorf("what was made anew is not on the disk: %v", err)
	}
}

// FuzzDecoding: text that no disassembler wrote is refused, or executed as far
// as it makes sense; it is no crash.
func FuzzDecoding(f *testing.F) {
	code := map[string][]byte{}
	for _, arch := range emu.Archs {
		b, err := os.ReadFile(filepath.Join("..", "..", "kernels", "jit", "testdata", arch+".co"))
		if err != nil {
			f.Fatal(err)
		}
		code[arch] = b
	}
	for _, seed := range []string{
		"", "function", "function \"scale\" 1\n", "function \"scale\" 99999999999\n", "function \"scale\" 2\n1600 s_endpgm\n1600 s_endpgm\n",
		"function \"scale\" 1\n1600 s_endpgm\nfunction \"scale\" 1\n1600 s_endpgm\n", "function \"a\nb\" 0\n", "function \"scale\" 0\n",
		"function \"scale\" 1\n1c00 v_mfma_f32_32x32x8_f16 a[0:15], v[0:1], v[2:3], a[0:15]\n",
		"function \"scale\" 2\n1c00 s_mov_b32\n1c04 v_dual_mov_b32 v0, v1 :: s_nop\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for arch, b := range code {
			emu.ParseDecoding([]byte(text), b)
			text := []byte(emu.DecodingHead(b) + text)
			emu.ParseDecoding(text, b)
			d, err := emu.Open(emu.Options{Arch: arch})
			if err != nil {
				t.Fatal(err)
			}
			all, err := d.Load("fuzz", b, text)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range all {
				k.Decode()
			}
			d.Close()
		}
	})
}
