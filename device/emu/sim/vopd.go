package sim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

// dual decodes two instructions that are issued together: both read before
// either writes (RDNA3 ISA 7.6 "Dual Issue VALU").
func (d *decoder) dual(in *asm.Inst) (func(w *wave), error) {
	x, err := d.one(undual(in))
	if err != nil {
		return nil, err
	}
	first := d.use
	d.use = use{}
	y, err := d.one(undual(in.Second))
	if err != nil {
		return nil, err
	}
	second := d.use
	d.use = use{reads: append(first.reads, second.reads...), writes: append(first.writes, second.writes...)}
	switch {
	case !overlap(first.writes, second.reads):
		return func(w *wave) { x(w); y(w) }, nil
	case !overlap(second.writes, first.reads):
		return func(w *wave) { y(w); x(w) }, nil
	}
	return d.crossed(in, y)
}

// crossed is for two that read each other's results: the first one's waits in
// a spare row.
func (d *decoder) crossed(in *asm.Inst, y func(w *wave)) (func(w *wave), error) {
	d.p.spare = true
	used, named := d.use, d.p.vgprs
	first := undual(in)
	if len(first.Args) == 0 || first.Args[0].Kind != asm.VGPR || strings.Contains(first.Name, "fmac") {
		return nil, fmt.Errorf("two instructions that read each other's results in a way that is not known")
	}
	to := first.Args[0].Reg
	first.Args = slices.Clone(first.Args)
	first.Args[0].Reg = spare
	x, err := d.one(first)
	d.use, d.p.vgprs = used, named
	return func(w *wave) {
		x(w)
		y(w)
		for h := range w.halves {
			merge(&w.v[h][to], &w.v[h][spare], w.exec(h))
		}
	}, err
}

// undual is one of the two as an instruction of its own.
func undual(in *asm.Inst) *asm.Inst {
	one := *in
	one.Second = nil
	one.Name = strings.Replace(in.Name, "v_dual_", "v_", 1)
	if one.Name == "v_cndmask_b32" && len(one.Args) == 3 {
		one.Args = append(slices.Clone(one.Args), asm.Arg{Kind: asm.SGPR, Reg: asm.VCC, N: 1})
	}
	return &one
}

func overlap(a, b []ref) bool {
	return slices.ContainsFunc(a, func(r ref) bool { return has(b, r.place) })
}
