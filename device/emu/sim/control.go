package sim

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rocmforge/rocmforge/device/emu/asm"
)

var _ = table("RDNA3 ISA 16.5 \"SOPP\"",
	rule{name: "s_endpgm", effect: controls, build: always(func(w *wave) { w.state = ended })},
	rule{name: "s_barrier", effect: controls, build: always(func(w *wave) { w.state = atBarrier })},
	branch("s_branch", func(*wave) bool { return true }),
	branch("s_cbranch_scc0", func(w *wave) bool { return w.s[asm.SCC] == 0 }),
	branch("s_cbranch_scc1", func(w *wave) bool { return w.s[asm.SCC] != 0 }),
	branch("s_cbranch_vccz", (*wave).vccZero),
	branch("s_cbranch_vccnz", func(w *wave) bool { return !w.vccZero() }),
	branch("s_cbranch_execz", (*wave).execZero),
	branch("s_cbranch_execnz", func(w *wave) bool { return !w.execZero() }),
	hint("s_nop"), hint("s_delay_alu"), hint("s_clause"), hint("s_sleep"), hint("s_setprio"),
	hint("s_set_inst_prefetch_distance"), hint("s_icache_inv"), hint("s_code_end"), hint("s_waitcnt_depctr"), hint("s_wait_idle"),
	hint("buffer_gl0_inv"), hint("buffer_gl1_inv"), hint("buffer_inv"), hint("buffer_wbl2"), hint("s_dcache_inv"), hint("s_wakeup"),
	rule{name: "s_sendmsg", effect: controls, build: buildMessage},
	rule{name: "s_waitcnt", effect: controls, build: buildWait},
	waitOne("s_waitcnt_vscnt"), waitOne("s_waitcnt_vmcnt"), waitOne("s_waitcnt_lgkmcnt"), waitOne("s_waitcnt_expcnt"),
	rule{name: "s_getpc_b64", dsts: 1, build: buildGetPC},
	rule{name: "s_setpc_b64", effect: controls, build: buildSetPC},
	rule{name: "s_swappc_b64", dsts: 1, effect: controls, build: buildSetPC},
	rule{name: "s_trap", effect: controls, build: always(func(w *wave) { w.fault("trap", "the kernel gave up by itself", -1) })},
)

func always(f func(w *wave)) builder {
	return func(*decoder, *asm.Inst) (func(w *wave), error) { return f, nil }
}

// hint is an instruction that changes nothing that a program can see.
func hint(name string) rule { return rule{name: name, effect: ignored, build: nothing} }

func branch(name string, taken func(w *wave) bool) rule {
	return rule{name: name, effect: controls, build: func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		to, err := d.target(in)
		switch {
		case strings.Contains(name, "scc"):
			d.alsoReads(asm.SCC, 1)
		case strings.Contains(name, "vcc"):
			d.alsoReads(asm.VCC, d.maskWords())
		}
		return func(w *wave) {
			if taken(w) {
				w.jump(to)
			}
		}, err
	}}
}

// maxSteps stops a wave that does not end.
const maxSteps = 1 << 32

func (w *wave) jump(to int) {
	if to < w.pc && w.steps > w.limit {
		w.fault("no end", fmt.Sprintf("the wave did not end within %d instructions", int64(maxSteps)), -1)
	}
	w.pc = to
}

// buildMessage knows the message that gives vector registers back.
func buildMessage(_ *decoder, in *asm.Inst) (func(w *wave), error) {
	if !strings.Contains(in.Args[0].Name, "MSG_DEALLOC_VGPRS") {
		return nil, fmt.Errorf("the message %s", in.Args[0].Name)
	}
	return func(*wave) {}, nil
}

func buildGetPC(d *decoder, in *asm.Inst) (func(w *wave), error) {
	if len(in.Args) != 1 || in.Args[0].Kind != asm.SGPR {
		return nil, errOperands(in)
	}
	to, next := written(in.Args[0]), in.Addr+4
	return func(w *wave) { w.put64(to, w.g.launch.codeBase+next) }, nil
}

// buildSetPC calls a function, "s_swappc_b64 s[30:31], s[0:1]", or returns from
// one, "s_setpc_b64 s[30:31]".
func buildSetPC(d *decoder, in *asm.Inst) (func(w *wave), error) {
	if len(in.Args) == 0 || in.Args[0].Kind != asm.SGPR {
		return nil, errOperands(in)
	}
	to, err := d.scalarSource(in.Args[len(in.Args)-1], typ{bitsKind, 64})
	from, next, p := -1, in.Addr+4, d.p
	if len(in.Args) == 2 {
		from = written(in.Args[0])
		p.calls = true
	}
	return func(w *wave) {
		addr := to.get(w) - w.g.launch.codeBase
		i, ok := p.at[addr]
		if !ok {
			w.fault("no instruction", fmt.Sprintf("a jump to %#x, where no instruction begins", addr), -1)
		}
		if from >= 0 {
			w.put64(from, w.g.launch.codeBase+next)
			if w.check != nil {
				w.check.defined(splace(from))
				w.check.defined(splace(from + 1))
			}
		}
		w.jump(i)
	}, err
}

// counter is one of the counters of memory operations under way (RDNA3 ISA 4.4
// "Manually Inserted Wait States", CDNA3 ISA 4.4).
type counter uint8

const (
	none counter = iota
	vm           // loads from global memory, and on gfx9 stores
	vs           // stores to global memory
	lgkm         // LDS, and scalar loads
	exports
	counters
)

// waits are the counts that an s_waitcnt waits for, by counter; -1: any.
type waits [counters]int

// parseWaits reads "vmcnt(0) lgkmcnt(3)".
func parseWaits(text string) (waits, error) {
	limits := waits{-1, -1, -1, -1, -1}
	names := map[string]counter{"vmcnt": vm, "lgkmcnt": lgkm, "expcnt": exports, "vscnt": vs}
	for word := range strings.FieldsSeq(strings.ReplaceAll(text, "&", " ")) {
		name, rest, ok := strings.Cut(word, "(")
		n, err := strconv.Atoi(strings.TrimSuffix(rest, ")"))
		c, known := names[name]
		if !ok || err != nil || !known {
			if word == "0" { // all of them
				limits = waits{-1, 0, -1, 0, 0}
				continue
			}
			return limits, fmt.Errorf("a wait for %s", word)
		}
		limits[c] = n
	}
	return limits, nil
}

func buildWait(_ *decoder, in *asm.Inst) (func(w *wave), error) {
	limits, err := parseWaits(in.Args[0].Name)
	return func(w *wave) {
		if w.check != nil {
			w.check.waited(&limits)
		}
	}, err
}

// oneCounter has the waits for a counter of their own.
var oneCounter = map[string]counter{"s_waitcnt_vscnt": vs, "s_waitcnt_vmcnt": vm, "s_waitcnt_lgkmcnt": lgkm, "s_waitcnt_expcnt": exports}

// waitOne: "s_waitcnt_vscnt null, 0x0".
func waitOne(name string) rule {
	c := oneCounter[name]
	return rule{name: name, effect: controls, build: func(_ *decoder, in *asm.Inst) (func(w *wave), error) {
		if len(in.Args) != 2 || in.Args[0].Reg != asm.Null || in.Args[1].Kind != asm.Int {
			return nil, errOperands(in)
		}
		limits := waits{-1, -1, -1, -1, -1}
		limits[c] = int(in.Args[1].Int)
		return func(w *wave) {
			if w.check != nil {
				w.check.waited(&limits)
			}
		}, nil
	}}
}
