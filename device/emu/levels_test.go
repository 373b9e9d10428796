package emu_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/device/emu"
)

// TestLevels compiles generated kernels without optimisation and with all of
// it. What the instructions of either do must be the same, to the last bit:
// the kernels compute with integers, and with floats in the order that they
// say.
func TestLevels(t *testing.T) {
	const kernels = 6
	for _, arch := range emu.Archs {
		t.Run(arch, func(t *testing.T) {
			d := open(t, emu.Options{Arch: arch})
			for seed := range uint64(kernels) {
				source := generate(rand.New(rand.NewPCG(seed, 1)))
				var first []byte
				for _, level := range []string{"-O0", "-O1", "-O3"} {
					got := output(t, d, source, level)
					if first == nil {
						first = got
					} else if !bytes.Equal(first, got) {
						t.Errorf("%s gives something else than -O0:\n%s", level, source)
					}
				}
			}
		})
	}
}

// output is what a kernel of launchSource's form writes.
func output(t *testing.T, d *emu.Device, source, level string) []byte {
	t.Helper()
	const n = 256
	k := compile(t, d, "generated.hip", source, level, "-ffp-contract=off")["k"]
	out, in := alloc(t, d, 4*n), alloc(t, d, 4*n)
	q, err := d.NewQueue()
	if err != nil {
		t.Fatal(err)
	}
	q.Upload(in, floatBytes(n))
	args, err := k.Args(out, in, int32(n))
	if err == nil {
		err = k.Launch([3]int{2, 1, 1}, [3]int{128, 1, 1}, 0, args)
	}
	b := make([]byte, 4*n)
	q.Download(b, out)
	if err := q.Wait(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatalf("%s: %v\n%s", level, err, source)
	}
	return b
}

// generate writes a kernel of random statements on a few variables, an array,
// LDS, loops and branches.
func generate(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString(`static __device__ int mix(int a, int b) { return a * 31 + (b ^ a >> 3); }
extern "C" __global__ __launch_bounds__(128) void k(int *out, const float *in, int n) {
	__shared__ int s[128];
	int i = blockIdx.x * 128 + threadIdx.x, t[4];
	float f = in[i], g = in[(i * 7) & 255];
	int a = i, b = n - i, c = (int)f;
	long long w = i;
	for (int j = 0; j < 4; j++)
		t[j] = a * j;
	s[threadIdx.x] = c;
	__syncthreads();
`)
	for range 10 {
		b.WriteString("\t" + statement(r, 2) + "\n")
	}
	b.WriteString("\tout[i] = a ^ b ^ c ^ t[a & 3] ^ (int)w ^ (int)(w >> 32) ^ __float_as_int(f) ^ __float_as_int(g);\n}\n")
	return b.String()
}

func statement(r *rand.Rand, depth int) string {
	v := func() string { return []string{"a", "b", "c"}[r.IntN(3)] }
	n := r.IntN(30) + 1
	switch r.IntN(14) {
	case 0:
		return fmt.Sprintf("%s = %s * %d + (%s >> %d);", v(), v(), n, v(), n%8)
	case 1:
		return fmt.Sprintf("%s = mix(%s, t[%s & 3]);", v(), v(), v())
	case 2:
		return fmt.Sprintf("t[%s & 3] = %s - s[%s & 127];", v(), v(), v())
	case 3:
		return fmt.Sprintf("w = w * %d + %s * (long long)%s;", n, v(), v())
	case 4:
		return "f = f * 1.25f - g; g = g + 0.5f;"
	case 5:
		return "f = fminf(fmaxf(f, -1e6f), 1e6f); c += (int)f;"
	case 6:
		return fmt.Sprintf("%s = (unsigned)%s / %du + %s %% %d;", v(), v(), n, v(), n)
	case 7:
		return fmt.Sprintf("g = (float)%s / (f * f + %d.0f);", v(), n)
	case 8:
		return fmt.Sprintf("f = (float)(_Float16)(g * 0.125f) + (float)(short)%s;", v())
	case 9:
		return fmt.Sprintf("%s ^= __popc(%s) + __clz(%s) + (char)%s;", v(), v(), v(), v())
	case 10:
		return fmt.Sprintf("w = (w << %d) ^ (w >> %d);", n, n)
	}
	if depth == 0 {
		return "a += 3;"
	}
	if r.IntN(2) == 0 {
		return fmt.Sprintf("if (%s > %s + %d) { %s } else { %s }", v(), v(), n, statement(r, depth-1), statement(r, depth-1))
	}
	return fmt.Sprintf("for (int j%d = 0; j%d < (%s & 7); j%d++) { %s }", depth, depth, v(), depth, statement(r, depth-1))
}
