package object

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

func sample(t testing.TB, arch string) []byte {
	t.Helper()
	code, err := os.ReadFile(filepath.Join("..", "..", "..", "kernels", "jit", "testdata", arch+".co"))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestLoad(t *testing.T) {
	for _, test := range []struct {
		arch   string
		wave32 bool
		size   uint64
	}{{"gfx1100", true, 128}, {"gfx950", false, 100}} {
		o, err := Load(sample(t, test.arch))
		if err != nil {
			t.Fatal(err)
		}
		k := o.Kernels["scale"]
		if k == nil || k.Size != test.size || k.Descriptor.Wave32() != test.wave32 || k.Descriptor.FloatMode() != 0xf0 {
			t.Errorf("%s: %+v", test.arch, k)
		}
		at, next := k.Descriptor.UserRegisters()
		if _, ok := at[KernargPtr]; !ok || next < 2 {
			t.Errorf("%s: registers %v, %d", test.arch, at, next)
		}
	}
}

// TestDamaged changes bytes of code objects: loading must give an error or an
// object whose kernels lie inside.
func TestDamaged(t *testing.T) {
	good := sample(t, "gfx1100")
	r := rand.New(rand.NewPCG(1, 1))
	for range 5000 {
		code := append([]byte(nil), good...)
		for range 1 + r.IntN(4) {
			at := r.IntN(len(code))
			if r.IntN(2) == 0 {
				at = r.IntN(0x400) // headers
			}
			switch r.IntN(3) {
			case 0:
				code[at] = byte(r.Uint32())
			case 1:
				code[at] ^= 1 << r.IntN(8)
			default:
				at = min(at, len(code)-8)
				binary.LittleEndian.PutUint64(code[at:], r.Uint64()>>r.IntN(64))
			}
		}
		check(t, code[:len(code)-r.IntN(2)*r.IntN(len(code))])
	}
}

func check(t *testing.T, code []byte) {
	t.Helper()
	o, err := Load(code)
	if err != nil {
		return
	}
	for _, k := range o.Kernels {
		if k.Entry+k.Size > uint64(len(o.Image)) {
			t.Fatalf("%+v lies outside", k)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(sample(f, "gfx1100"))
	f.Add(sample(f, "gfx950"))
	f.Fuzz(func(t *testing.T, code []byte) { check(t, code) })
}
