package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rocmforge/rocmforge/device/emu"
	"github.com/rocmforge/rocmforge/device/emu/sim"
	"github.com/rocmforge/rocmforge/internal/safefile"
	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/kernels/jit"
	"github.com/rocmforge/rocmforge/runtime"
	"github.com/spf13/cobra"
)

// kernelsCheck has the flags of kernels check.
type kernelsCheck struct {
	file, kernel, arch string
	grid, block        []int
	lds, first         int
	args               []string
	defines, includes  []string
	groups, items      [3]int // grid and block, checked
	parsed             []checkArg
}

// maxSource is the most that a kernel's file may have.
const maxSource = 16 << 20

func (a *app) kernelsCheckCommand() *cobra.Command {
	var k kernelsCheck
	c := &cobra.Command{
		Use:   "check FILE.hip [--kernel K] [--arg A]... [flags]",
		Short: "Check a HIP kernel of your own for mistakes, on an emulated GPU",
		Long: `Compile a HIP kernel with ROCm's own compiler, execute the GPU's instructions on
the CPU, and report the first mistake with its source line, lane, wave and
group: accesses outside buffers, races between waves and between groups, values
that were never written, forgotten waits, barriers that not all waves reach. It
needs libhiprtc and libamd_comgr, and no GPU.

Arguments are given in their order, one --arg each:

  f32[1024]=ramp     a buffer of 1024 elements: 0, 1, 2, ...
  f16[64]=zeros      also random, any number, or nothing: uninitialised
  u8[]=@file.bin     a buffer with a file's bytes
  i32:1024           a number
  bytes:@file.bin    a struct that is passed by value
  null               no buffer

Element types are f16, bf16, f32, f64 and i8, u8 to i64, u64. An uninitialised
buffer is what hipMalloc gives: to read from it before it is written to is a
mistake as soon as something depends on the values.

Exit code 0 if no mistake was seen in this run, 1 if there is one or the kernel
does not compile, 5 if it cannot be checked: a library is missing, or the
emulator does not know an instruction.`,
		Example: `  rocmforge kernels check scale.hip --grid 4 --block 256 \
    --arg f32[1024] --arg f32[1024]=ramp --arg f32:0.5
  rocmforge kernels check tile.hip --kernel transpose --arch gfx950 -D TILE=32 \
    --grid 2,2 --block 32,8 --arg f16[4096] --arg f16[4096]=random
  rocmforge kernels check sum.hip --block 64 --lds 256 --json \
    --arg i32[1]=zeros --arg i32[]=@data.bin --arg i32:64`,
		Args: wants("FILE.hip"),
		RunE: func(c *cobra.Command, args []string) error {
			k.file = args[0]
			return a.checkKernel(c.Context(), &k)
		},
	}
	f := c.Flags()
	f.StringVar(&k.kernel, "kernel", "", "the kernel's `name`; needed if the file has several")
	f.StringVar(&k.arch, "arch", emu.Archs[0], "GPU to emulate: "+strings.Join(emu.Archs, " or "))
	f.IntSliceVar(&k.grid, "grid", []int{1}, "work-groups (blocks) of the launch: `X,Y,Z`, or fewer dimensions")
	f.IntSliceVar(&k.block, "block", []int{64}, "work-items (threads) of a work-group: `X,Y,Z`, or fewer dimensions")
	f.IntVar(&k.lds, "lds", 0, "bytes of dynamic LDS (shared memory)")
	f.StringArrayVar(&k.args, "arg", nil, "a kernel `argument`, such as f32[1024]=ramp or i32:5")
	f.IntVar(&k.first, "print", 8, "elements of each buffer to print after the run")
	f.StringArrayVarP(&k.defines, "define", "D", nil, "`macro` for the compiler, NAME or NAME=VALUE")
	f.StringArrayVarP(&k.includes, "include", "I", nil, "`folder` of headers")
	c.RegisterFlagCompletionFunc("arch", cobra.FixedCompletions(emu.Archs, cobra.ShellCompDirectiveNoFileComp))
	return uses(c)
}

func (a *app) checkKernel(ctx context.Context, k *kernelsCheck) (err error) {
	if err := checkArch(k.arch, emu.Archs); err != nil {
		return err
	}
	if k.groups, err = three("--grid", k.grid); err != nil {
		return err
	}
	if k.items, err = three("--block", k.block); err != nil {
		return err
	}
	if k.first < 0 || k.lds < 0 {
		return usagef("--print and --lds: want at least 0")
	}
	for i, text := range k.args {
		arg, err := parseCheckArg(text, i)
		if err != nil {
			return usagef("--arg %q: %w", text, err)
		}
		k.parsed = append(k.parsed, arg)
	}
	d, err := emu.Open(emu.Options{Arch: k.arch, Workers: a.threads, NoCache: true, Progress: a.progressCount("groups")})
	if err != nil {
		return usagef("--arch: %w", err)
	}
	defer d.Close()
	r, err := interruptible(ctx, func() (*kernelsCheckResult, error) { return a.runCheck(ctx, d, k) })
	a.progressLine.end()
	if err != nil {
		return cause(ctx, err)
	}
	if err := a.printCheck(r); err != nil || r.OK {
		return err
	}
	return r.verdict()
}

// three is a size in one to three dimensions.
func three(flag string, list []int) (size [3]int, err error) {
	size = [3]int{1, 1, 1}
	if len(list) > 3 {
		return size, usagef("%s: want one to three numbers", flag)
	}
	for _, n := range list {
		if n < 1 {
			return size, usagef("%s: want numbers of at least 1", flag)
		}
	}
	copy(size[:], list)
	return size, nil
}

// runCheck compiles the kernel, runs it and reads its buffers.
func (a *app) runCheck(ctx context.Context, d *emu.Device, k *kernelsCheck) (*kernelsCheckResult, error) {
	all, err := a.compileCheck(ctx, d, k)
	if err != nil {
		return nil, err
	}
	kernel, err := k.choose(all)
	if err != nil {
		return nil, err
	}
	if n := k.items[0] * k.items[1] * k.items[2]; kernel.Meta.MaxBlock > 0 && n > kernel.Meta.MaxBlock {
		return nil, usagef("--block: %d work-items, but the kernel allows %d", n, kernel.Meta.MaxBlock)
	}
	args, buffers, err := k.layOut(d, kernel.Meta)
	if err != nil {
		return nil, err
	}
	r := &kernelsCheckResult{File: k.file, Kernel: kernel.Meta.Symbol, Arch: k.arch, Grid: k.groups, Block: k.items, OK: true}
	err = kernel.Launch(k.groups, k.items, k.lds, args)
	fault, stopped := errors.AsType[*sim.Fault](err)
	wrong, refused := errors.AsType[*sim.LaunchError](err)
	switch {
	case stopped:
		r.OK, r.Mistake = false, newMistake(fault)
	case refused:
		return nil, usagef("--%s: %w", wrong.What, wrong)
	case err != nil:
		return nil, &runtime.DeviceError{Device: d.Name(), Err: err}
	}
	n := d.Count()
	r.Instructions, r.Loads, r.Stores, r.Atomics = n.Steps, n.Loads, n.Stores, n.Atomics
	r.Buffers, err = readBuffers(d, buffers, k.first)
	return r, err
}

func (a *app) compileCheck(ctx context.Context, d *emu.Device, k *kernelsCheck) (map[string]*emu.Kernel, error) {
	source, err := safefile.ReadFile(k.file, maxSource)
	if err != nil {
		return nil, err
	}
	name := relative(k.file)
	options := []string{"-O3", "-std=c++20", "-fno-discard-value-names"}
	for _, define := range k.defines {
		options = append(options, "-D"+define)
	}
	for _, folder := range k.includes {
		options = append(options, "-I"+folder)
	}
	all, err := d.Compile(ctx, kernels.Program{Name: filepath.Base(k.file), Source: fmt.Sprintf("#line 1 %q\n%s", name, source), Options: options})
	if err != nil && !is[*jit.CompileError](err) {
		return nil, &runtime.DeviceError{Device: d.Name(), Err: err}
	}
	return all, a.compileErrors(err)
}

// relative is a path as messages have it: what has an absolute name in the
// debug information is taken for the compiler's own, and so is a bare name.
func relative(path string) string {
	if dir, err := os.Getwd(); err == nil && filepath.IsAbs(path) {
		if rel, err := filepath.Rel(dir, path); err == nil {
			path = rel
		}
	}
	if filepath.Base(path) == path {
		return "./" + path
	}
	return filepath.ToSlash(path)
}

// choose finds a kernel by its name, or by the one that C++ makes of it.
func (k *kernelsCheck) choose(all map[string]*emu.Kernel) (*emu.Kernel, error) {
	var found []*emu.Kernel
	var names []string
	for symbol, kernel := range all {
		names = append(names, symbol)
		if k.kernel == "" || symbol == k.kernel || strings.HasPrefix(symbol, fmt.Sprintf("_Z%d%s", len(k.kernel), k.kernel)) {
			found = append(found, kernel)
		}
	}
	return one(k.kernel, found, names)
}
