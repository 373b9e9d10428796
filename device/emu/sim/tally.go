package sim

import "math/bits"

// A tally counts what the groups of one worker do, and keeps the time of each
// wave: by itself, instructions one behind the other, and what it waits for.
type tally struct {
	profile *Profile
	insts   []InstCount
	groups  int
	waves   int
	cycles  int64
	all     map[uint64]struct{} // lines of all groups
	each    map[uint64]int

	// Of the group at hand.
	clocks  []clock
	arrival [2]int64           // when the last wave came to a barrier; of barriers with even and odd numbers
	near    map[uint64]*Buffer // lines that were touched, and whose they are

	set   touched
	at    [64]uint32
	banks bankCount
}

// A clock is a wave's time.
type clock struct {
	now, matrix int64 // cycles; when the matrix unit is free
	phase       uint32
	barrier     int               // the instruction that it waited at last
	queue       [counters][]int64 // when memory operations under way are done
}

func newTally(p *Profile, waves int) *tally {
	return &tally{
		profile: p, insts: make([]InstCount, len(p.insts)), clocks: make([]clock, waves),
		all: map[uint64]struct{}{}, each: map[uint64]int{}, near: map[uint64]*Buffer{},
	}
}

// step executes an instruction and counts it. Its operands are read before.
func (t *tally) step(w *wave, in *inst) {
	i := w.pc - 1
	p, n, c := &t.profile.insts[i], &t.insts[i], &t.clocks[w.id]
	if c.phase != w.g.phase { // behind a barrier
		c.phase = w.g.phase
		t.stall(c, &t.insts[c.barrier], t.arrival[(c.phase-1)&1])
	}
	n.Runs++
	n.Lanes += int64(bits.OnesCount32(w.exec(0)))
	if w.halves == 2 {
		n.Lanes += int64(bits.OnesCount32(w.exec(1)))
	}
	n.Issue += int64(p.issue)
	n.Matrix += int64(p.matrix)
	if p.matrix > 0 && t.profile.Card.MatrixApart {
		t.stall(c, n, c.matrix)
		c.matrix = c.now + int64(p.matrix)
	}
	if p.waits != nil {
		t.wait(c, n, p.waits)
	}
	if in.use.pending != none {
		c.queue[in.use.pending] = append(c.queue[in.use.pending], c.now+t.memory(w, p, n))
	}
	c.now += int64(p.issue)
	in.run(w)
	if w.state == atBarrier {
		c.barrier = i
		t.arrival[w.g.phase&1] = max(t.arrival[w.g.phase&1], c.now)
	}
}

// stall moves a wave on to a time.
func (t *tally) stall(c *clock, n *InstCount, until int64) {
	if until > c.now {
		n.Stall += until - c.now
		c.now = until
	}
}

// wait is an s_waitcnt: the oldest operations have to be done.
func (t *tally) wait(c *clock, n *InstCount, limits *waits) {
	for k, limit := range limits {
		q := c.queue[k]
		if limit < 0 || len(q) <= limit {
			continue
		}
		for _, done := range q[:len(q)-limit] {
			t.stall(c, n, done)
		}
		c.queue[k] = append(q[:0], q[len(q)-limit:]...)
	}
}

// memory counts what an instruction touches, and gives how long it takes.
func (t *tally) memory(w *wave, p *profiled, n *InstCount) (latency int64) {
	card, a := t.profile.Card, &p.access
	switch a.space {
	case crossbarSpace:
		n.LDSCycles += int64(a.rule.all())
		return int64(card.LDSLatency + a.rule.all())
	case ldsSpace:
		var cycles, conflicts int
		for _, part := range a.parts {
			active := a.ldsAddresses(w, part, &t.at)
			c, lost := t.banks.access(&a.rule, a.bytes, &t.at, active)
			cycles, conflicts = cycles+c, conflicts+lost
		}
		n.LDSCycles += int64(cycles)
		n.Conflicts += int64(conflicts)
		return int64(card.LDSLatency + cycles)
	case globalSpace, scalarSpace:
		t.set.sectors = t.set.sectors[:0]
		near, bytes := card.CacheLatency, a.bytes
		if a.space == scalarSpace {
			near = card.ScalarLatency
			t.set.scalar(w, a)
		} else {
			bytes *= t.set.global(w, a)
			n.Sectors += int64(len(t.set.sectors))
		}
		if bytes == 0 { // no lane is active
			return 0
		}
		t.set.finish(card.Line)
		n.Bytes += int64(bytes)
		n.Lines += int64(len(t.set.lines))
		n.Ideal += int64(min((bytes+card.Line-1)/card.Line, len(t.set.lines)))
		return int64(t.touch(near) + len(t.set.sectors)*SectorBytes/card.CacheRate)
	}
	if a.space == privateSpace { // lanes' bytes lie side by side
		return int64(card.CacheLatency)
	}
	return int64(card.LDSLatency) // what is not known of
}

// touch notes the lines of an instruction, and gives the latency of the one
// that is furthest away: a line that the group touched before is in its cache,
// and one of a buffer that the second-level cache holds comes from there.
func (t *tally) touch(near int) (latency int) {
	card := t.profile.Card
	latency = near
	for _, line := range t.set.lines {
		if _, ok := t.near[line]; ok {
			continue
		}
		b := t.profile.memory.touching(line*uint64(card.Line), uint64(card.Line))
		t.near[line] = b
		t.all[line] = struct{}{}
		if b == nil {
			continue
		}
		t.each[b.Base]++
		from := card.L2Latency
		if len(b.Data) > card.L2 {
			from = card.MemoryLatency
		}
		latency = max(latency, from)
	}
	return latency
}

// end is called behind a work-group.
func (t *tally) end() {
	var last int64
	for i := range t.clocks {
		c := &t.clocks[i]
		last = max(last, c.now)
		queue := c.queue
		for k := range queue {
			queue[k] = queue[k][:0]
		}
		*c = clock{queue: queue}
	}
	t.groups++
	t.waves += len(t.clocks)
	t.cycles += last
	t.arrival = [2]int64{}
	clear(t.near)
}
