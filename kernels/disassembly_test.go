package kernels_test

import (
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
			for _, name := range unwanted {
				if n := count(instructions, name); n > 0 {
					t.Errorf("%s: %s has %d %s...", o.Arch, symbol, n, name)
				}
			}
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
