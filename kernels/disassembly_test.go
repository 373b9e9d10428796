package kernels_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/internal/comgr"
	"github.com/rocmforge/rocmforge/kernels"
)

// isa is what the instructions that matter are called.
type isa struct{ wideLoad, dot4, matrix string }

var isas = map[string]isa{
	"gfx1100": {"global_load_b128", "v_dot4_i32_iu8", "v_wmma_f32_16x16x16_f16"},
	"gfx950":  {"global_load_dwordx4", "v_dot4c_i32_i8", "v_mfma_f32_16x16x32_f16"},
}

// meant is what a kernel is made of.
func (i isa) meant(kernel string) []string {
	switch kernel {
	case "gemv":
		return []string{i.wideLoad, i.dot4}
	case "gemv_float", "attention_decode":
		return []string{i.wideLoad}
	case "gemm_scaled", "gemv_scaled":
		return []string{i.wideLoad}
	case "gemm", "attention_prefill":
		return []string{i.wideLoad, i.matrix}
	}
	return nil
}

// unwanted begin the names of instructions that no kernel should have: those
// for registers that are kept in memory, for arrays in registers whose index is
// known only at run time, and for addresses of which the compiler does not know
// what they point to.
var unwanted = []string{"scratch_", "buffer_load", "buffer_store", "v_movrel", "s_set_gpr_idx", "flat_"}

// TestDisassembly looks into the kernels of all models for the instructions
// that they are written for.
func TestDisassembly(t *testing.T) {
	objects := modelObjects(t)
	lib, err := comgr.Open()
	if err != nil {
		t.Skip(err)
	}
	for _, o := range objects {
		code, err := lib.Disassemble(o.Code, o.Arch)
		if err != nil {
			t.Fatal(err)
		}
		for symbol, instructions := range code {
			for _, want := range isas[o.Arch].meant(kernelOf(symbol)) {
				if count(instructions, want) == 0 {
					t.Errorf("%s: %s has no %s", o.Arch, symbol, want)
				}
			}
			checkScaled(t, o.Arch+": "+symbol, instructions)
			for _, name := range unwanted {
				if n := count(instructions, name); n > 0 {
					t.Errorf("%s: %s has %d %s...", o.Arch, symbol, n, name)
				}
			}
		}
	}
}

// scaledTypes are the operands' numbers in matrix instructions: those of FP8 are
// not written, and it has no scales.
var scaledTypes = map[string]string{"MXFP4": "4", "MXFP6_E2M3": "2", "MXFP6_E3M2": "3"}

var scaledSymbol = regexp.MustCompile(`^\w*: gem[mv]_scaled_(MXFP4|MXFP6_E\dM\d|FP8_E4M3)_(MXFP4|MXFP6_E\dM\d|FP8_E4M3)_`)

// checkScaled wants instructions of the right types in kernels that are to take
// small floats as they are, and between them nothing that unpacks or converts.
func checkScaled(t *testing.T, symbol string, instructions []comgr.Instruction) {
	t.Helper()
	m := scaledSymbol.FindStringSubmatch(symbol)
	if m == nil {
		return
	}
	name, types := "v_mfma_scale_f32_16x16x128_f8f6f4", fmt.Sprintf("cbsz:%s blgp:%s", scaledTypes[m[2]], scaledTypes[m[1]])
	if m[1] == "FP8_E4M3" {
		name, types = "v_mfma_f32_16x16x128_f8f6f4", ""
	}
	isProduct := func(i comgr.Instruction) bool { return i.Mnemonic() == name }
	first := slices.IndexFunc(instructions, isProduct)
	if first < 0 {
		t.Errorf("%s has no %s", symbol, name)
		return
	}
	last := len(instructions) - 1
	for !isProduct(instructions[last]) {
		last--
	}
	for _, i := range instructions[first:last] {
		if isProduct(i) && !strings.HasSuffix(i.Text, types) {
			t.Errorf("%s has %s; its types are %s", symbol, i.Text, types)
		}
	}
	for _, unpacks := range []string{"v_cvt", "v_perm", "v_bfe", "v_lshrrev", "v_alignbit", "ds_"} {
		if n := count(instructions[first:last], unpacks); n > 0 {
			t.Errorf("%s has %d %s... among its products", symbol, n, unpacks)
		}
	}
}

// kernelOf is the kernel that a symbol is a specialisation of.
func kernelOf(symbol string) (kernel string) {
	for _, name := range kernels.Names() {
		if strings.HasPrefix(symbol, name) && len(name) > len(kernel) {
			kernel = name
		}
	}
	return kernel
}

// count counts the instructions whose names begin with prefix.
func count(instructions []comgr.Instruction, prefix string) (n int) {
	for _, i := range instructions {
		if strings.HasPrefix(i.Mnemonic(), prefix) {
			n++
		}
	}
	return n
}
