package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rocmforge/rocmforge/internal/safefile"
	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/kernels/jit"
)

// manifest is manifest.json: what stands in the code objects beside it.
type manifest struct {
	Compiler string            `json:"compiler"`
	Programs []manifestProgram `json:"programs"`
}

type manifestProgram struct {
	File    string           `json:"file"`
	SHA256  string           `json:"sha256"`
	Arch    string           `json:"arch"`
	Program string           `json:"program"`
	Options []string         `json:"options"`
	Kernels []manifestKernel `json:"kernels"`
}

type manifestKernel struct {
	Symbol string `json:"symbol"`
	unitInfo
	Arguments    []manifestArg `json:"arguments"`
	KernargBytes int           `json:"kernarg_bytes"`
	VGPR         int           `json:"vgpr"`
	AGPR         int           `json:"agpr"`
	SGPR         int           `json:"sgpr"`
	VGPRSpills   int           `json:"vgpr_spills"`
	SGPRSpills   int           `json:"sgpr_spills"`
	LDS          int           `json:"lds"`
	Scratch      int           `json:"scratch"`
	Wave         int           `json:"wave"`
	MaxBlock     int           `json:"max_block"`
	CodeBytes    int           `json:"code_bytes"`
	Occupancy    int           `json:"occupancy"`
}

type manifestArg struct {
	Name   string `json:"name,omitempty"`
	Offset int    `json:"offset"`
	Size   int    `json:"size"`
	Kind   string `json:"kind"`
}

// writeKernels writes the code objects and, last, the manifest; over no file of
// the model.
func writeKernels(dir, model string, programs []kernels.Program, objects []jit.Object, infos map[unitKey]unitInfo) (r kernelsBuildResult, err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return r, err
	}
	r = kernelsBuildResult{Folder: dir, Programs: len(objects)}
	m := manifest{Programs: []manifestProgram{}}
	names := map[string]bool{}
	for i, o := range objects {
		p, err := describe(o, programs[i], infos)
		if err != nil {
			return r, err
		}
		p.File = fileName(o, names)
		if err := writeOutput(filepath.Join(dir, p.File), model, o.Code); err != nil {
			return r, err
		}
		if m.Compiler == "" {
			m.Compiler = o.Metadata.Compiler
		}
		m.Programs = append(m.Programs, p)
		r.Bytes += int64(len(o.Code))
		r.Kernels += len(p.Kernels)
		for _, k := range p.Kernels {
			r.Spills += k.VGPRSpills + k.SGPRSpills
		}
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return r, err
	}
	return r, writeOutput(filepath.Join(dir, "manifest.json"), model, append(text, '\n'))
}

func writeOutput(path, model string, b []byte) error {
	if err := safefile.CheckNotInput(path, model); model != "" && err != nil {
		return err
	}
	return safefile.WriteFile(path, b)
}

func describe(o jit.Object, program kernels.Program, infos map[unitKey]unitInfo) (manifestProgram, error) {
	sum := sha256.Sum256(o.Code)
	p := manifestProgram{SHA256: hex.EncodeToString(sum[:]), Arch: o.Arch, Program: o.Program, Options: program.Options, Kernels: []manifestKernel{}}
	for _, k := range o.Metadata.Kernels {
		info := infos[unitKey{o.Arch, k.Symbol}]
		if err := info.findGrid(k.Args); err != nil {
			return p, err
		}
		p.Kernels = append(p.Kernels, describeKernel(k, info))
	}
	return p, nil
}

func describeKernel(k jit.Kernel, info unitInfo) manifestKernel {
	m := manifestKernel{
		Symbol: k.Symbol, unitInfo: info, Arguments: []manifestArg{}, KernargBytes: k.KernargBytes,
		VGPR: k.VGPR, AGPR: k.AGPR, SGPR: k.SGPR, VGPRSpills: k.VGPRSpills, SGPRSpills: k.SGPRSpills,
		LDS: k.LDS, Scratch: k.Scratch, Wave: k.Wave, MaxBlock: k.MaxBlock, CodeBytes: k.CodeBytes, Occupancy: k.Waves,
	}
	for _, arg := range k.Args {
		m.Arguments = append(m.Arguments, manifestArg(arg))
	}
	return m
}

// fileName is a name for a code object that any file system takes and no other
// one of the folder has.
func fileName(o jit.Object, taken map[string]bool) string {
	base := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-+=.", r) {
			return r
		}
		return '_'
	}, o.Arch+"_"+o.Program)
	name := base + ".co"
	for n := 2; taken[name]; n++ {
		name = fmt.Sprintf("%s-%d.co", base, n)
	}
	taken[name] = true
	return name
}
