package sim

import (
	"fmt"

	"github.com/rocmforge/rocmforge/device/emu/asm"
	"github.com/rocmforge/rocmforge/device/emu/object"
)

// A group is a work-group: waves that share LDS. One goroutine runs it: each
// wave in turn until it waits at a barrier or ends. A group is used for one
// work-group after another.
type group struct {
	launch *launch
	id     [3]int
	waves  []*wave
	lds    []byte
	phase  uint32 // barriers passed

	matrices *matrices // room for matrix instructions; nil: none was executed

	shadow *ldsShadow // nil: nothing is checked
	tally  *tally     // nil: nothing is counted
}

func newGroup(l *launch) *group {
	g := &group{launch: l, lds: make([]byte, l.lds)}
	n := (l.items() + l.program.arch.Wave - 1) / l.program.arch.Wave
	for i := range n {
		w := &wave{g: g, id: i, code: l.program.insts, halves: l.program.arch.Wave / lanes, near: make([]*Buffer, l.program.memory),
			ops: make([]bool, len(l.program.Ops)+1)}
		for h := range w.halves {
			w.v[h] = make([]row, l.program.rows())
		}
		w.scratch = newRoom(l)
		g.waves = append(g.waves, w)
	}
	if l.Profile != nil {
		g.tally = newTally(l.Profile, n)
	}
	if l.Check {
		g.shadow = newLDSShadow(len(g.lds))
		for _, w := range g.waves {
			w.check = newShadow(w)
		}
	}
	return g
}

// run executes one work-group.
func (g *group) run(id [3]int) {
	g.id, g.phase = id, 0
	g.scribble()
	for _, w := range g.waves {
		w.start()
	}
	for {
		waiting := 0
		for _, w := range g.waves {
			if w.state != ended {
				w.run()
			}
			if w.state == atBarrier {
				waiting++
			}
		}
		if waiting == 0 {
			return
		}
		g.checkBarrier(waiting)
		g.phase++
	}
}

// scribble fills LDS with what no kernel expects: nothing is there at the
// beginning that can be counted on.
func (g *group) scribble() {
	for i := range g.lds {
		g.lds[i] = 0xfd
	}
	if g.shadow != nil {
		g.shadow.reset()
	}
}

// checkBarrier reports waves that wait at different barriers, or for ever.
func (g *group) checkBarrier(waiting int) {
	if g.shadow == nil {
		return
	}
	var first *wave
	for _, w := range g.waves {
		if w.state != atBarrier {
			continue
		}
		if first == nil {
			first = w
		}
		switch {
		case w.pc != first.pc:
			w.fault("divergent barrier", fmt.Sprintf("wave %d waits here, and wave %d at another barrier, at %#x", w.id, first.id, first.code[first.pc-1].addr), -1)
		case waiting != len(g.waves):
			w.fault("divergent barrier", fmt.Sprintf("%d of %d waves wait here, and the others have ended", waiting, len(g.waves)), -1)
		}
	}
}

// start sets a wave up as the hardware does (LLVM, "User Guide for AMDGPU
// Backend", "Initial Kernel Execution State").
func (w *wave) start() {
	l, d := w.g.launch, &w.g.launch.program.Kernel.Descriptor
	w.pc, w.state, w.limit = 0, running, w.steps+maxSteps
	for i := range w.s {
		w.s[i] = garbage
	}
	w.scratch.reset()
	w.s[asm.SCC], w.s[asm.M0] = 0, 0
	w.s[asm.SharedBase], w.s[asm.SharedBase+1] = 0, sharedAperture
	w.s[asm.PrivateBase], w.s[asm.PrivateBase+1] = 0, privateAperture
	if w.check != nil {
		w.check.reset()
	}
	users, next := d.UserRegisters()
	if at, ok := users[object.KernargPtr]; ok {
		w.give64(at, l.args.Base)
	}
	if at, ok := users[object.DispatchPtr]; ok {
		w.give64(at, l.packet.Base)
	}
	if at, ok := users[object.DispatchID]; ok {
		w.give64(at, 0)
	}
	w.preload(d, next)
	ids, info := d.GroupIDs()
	for i, wanted := range ids {
		if wanted {
			w.give(next, uint32(w.g.id[i]))
			next++
		}
	}
	if info {
		w.give(next, 0)
	}
	w.startLanes()
}

const (
	garbage         = 0xfdfdfdfd
	sharedAperture  = 0x10000
	privateAperture = 0x20000
)

func (w *wave) give(r int, v uint32) {
	w.s[r] = v
	if w.check != nil {
		w.check.defined(splace(r))
	}
}

func (w *wave) give64(r int, v uint64) {
	w.give(r, uint32(v))
	w.give(r+1, uint32(v>>32))
}

// preload puts kernel arguments into the last of the user registers.
func (w *wave) preload(d *object.Descriptor, next int) {
	words, from := d.Preloaded()
	for i := range words {
		at := 4 * (from + i)
		if at+4 <= len(w.g.launch.args.Data) {
			w.give(next-words+i, le32(w.g.launch.args.Data[at:]))
		}
	}
}

// startLanes sets EXEC and the work items' numbers: x, and those of y and z that
// the kernel asks for, in ten bits each of the first register.
func (w *wave) startLanes() {
	l := w.g.launch
	for h := range 2 {
		w.s[asm.Exec+h] = 0
	}
	for h := range w.halves {
		v := w.v[h]
		vector, accumulation := l.program.named(v)
		for r := range vector {
			fill(&vector[r], garbage)
		}
		for r := range accumulation {
			fill(&accumulation[r], garbage)
		}
		for i := range lanes {
			item := (w.id*w.halves+h)*lanes + i
			if item < l.items() {
				w.s[asm.Exec+h] |= 1 << i
				v[0][i] = l.itemID(item)
			}
		}
	}
	if w.check != nil {
		w.check.defined(splace(asm.Exec))
		w.check.defined(splace(asm.Exec + 1))
		w.check.defined(vplace(0))
	}
}

// itemID is what a work item's first register holds.
func (l *launch) itemID(item int) uint32 {
	x, y := l.Block[0], l.Block[1]
	id, wanted := uint32(item%x), l.program.Kernel.Descriptor.ItemIDs()
	if wanted > 1 {
		id |= uint32(item/x%y) << 10
	}
	if wanted > 2 {
		id |= uint32(item/x/y) << 20
	}
	return id
}
