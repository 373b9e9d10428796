package sim

import "fmt"

// An ldsShadow is what the checker knows of a group's LDS.
type ldsShadow struct {
	undefined []byte        // undefined bits, as the bytes lie
	last      [3][]ldsTouch // of each byte, by kind of access; of atomic ones nil until there is one
	flying    []uint8       // loads from memory into each byte that nobody has waited for; nil: none ever
	under     int           // such loads of lanes
}

// An ldsTouch is the last access. Waves that read, or access atomically, between
// the same barriers count as many.
//
//	barriers passed, plus 1 (0: never) 32 bits | instruction 24 | wave 8
type ldsTouch uint64

const many = 0xff

func (w *wave) ldsTouch() ldsTouch {
	return ldsTouch(w.g.phase+1)<<32 | ldsTouch((w.pc-1)&0xffffff)<<8 | ldsTouch(w.id)
}

func (t ldsTouch) wave() int { return int(t & 0xff) }

func (t ldsTouch) pc() int { return int(t >> 8 & 0xffffff) }

// conflicts tells whether another wave did it, with no barrier between.
func (t ldsTouch) conflicts(me ldsTouch) bool { return t>>32 == me>>32 && uint8(t) != uint8(me) }

// racing are the kinds of older accesses that a new one races with.
var racing = [...][]act{reads: {writes, swaps}, writes: {reads, writes, swaps}, swaps: {reads, writes}}

func newLDSShadow(n int) *ldsShadow {
	return &ldsShadow{undefined: make([]byte, n), last: [3][]ldsTouch{reads: make([]ldsTouch, n), writes: make([]ldsTouch, n)}}
}

func (s *ldsShadow) reset() {
	for i := range s.undefined {
		s.undefined[i] = 0xff
	}
	for a := range s.last {
		clear(s.last[a])
	}
	clear(s.flying)
	s.under = 0
}

// touchLDS notes an access, and reports it if it races with an older one.
func (c *shadow) touchLDS(at uint32, n, lane int, a act) {
	s, w := c.w.g.shadow, c.w
	c.accesses[a]++
	if a == peeks {
		a = reads
	}
	if uint64(at)+uint64(n) > uint64(len(s.undefined)) {
		return // reported where the data are moved
	}
	if natural := min(n&-n, 8); at%uint32(natural) != 0 && n != 12 || n == 12 && at%4 != 0 {
		w.fault("misaligned", fmt.Sprintf("%d bytes of LDS at %d", n, at), lane)
	}
	if a == swaps && s.last[swaps] == nil {
		s.last[swaps] = make([]ldsTouch, len(s.undefined))
	}
	me, end := w.ldsTouch(), at+uint32(n)
	for _, other := range racing[a] {
		if s.last[other] == nil {
			continue
		}
		for i, t := range s.last[other][at:end] {
			if t.conflicts(me) {
				c.ldsRace(at+uint32(i), lane, t, a, other)
			}
		}
	}
	if s.under > 0 {
		for i, loads := range s.flying[at:end] {
			if loads > 0 {
				c.notLanded(at+uint32(i), lane)
			}
		}
	}
	mine := s.last[a][at:end]
	for i, t := range mine {
		if t.conflicts(me) {
			mine[i] = me | many
		} else {
			mine[i] = me
		}
	}
}

func (c *shadow) ldsRace(at uint32, lane int, other ldsTouch, a, of act) {
	who := fmt.Sprintf("wave %d", other.wave())
	if other.wave() == many {
		who = "other waves"
	}
	c.w.raceWith(other.pc(), fmt.Sprintf("byte %d of LDS: the wave %s what %s %s, with no barrier between", at, does[a], who, did[of]), lane)
}

// A flight is a lane's bytes on their way from memory into LDS.
type flight struct {
	at uint32
	n  int
}

// takeOff notes a load into LDS. Until its wave has waited for it, nobody may
// touch the bytes, whatever barriers are between; another load of the same wave
// may follow, as they come in order.
func (c *shadow) takeOff(at uint32, n, lane int) {
	s := c.w.g.shadow
	if s.flying == nil {
		s.flying = make([]uint8, len(s.undefined))
	}
	for i := at; i < at+uint32(n); i++ {
		if s.flying[i] > 0 && s.last[writes][i].wave() != c.w.id {
			c.notLanded(i, lane)
		}
	}
	under := s.under
	s.under = 0 // those of this wave are no trouble
	c.touchLDS(at, n, lane, writes)
	for i := at; i < at+uint32(n); i++ {
		s.flying[i]++
	}
	s.under = under + 1
	c.flights = append(c.flights, flight{at, n})
}

// landed notes that loads into LDS were waited for: they count as written now.
func (c *shadow) landed(list []flight) {
	s := c.w.g.shadow
	for _, f := range list {
		s.under--
		for i := f.at; i < f.at+uint32(f.n); i++ {
			s.flying[i]--
			if t := &s.last[writes][i]; t.wave() == c.w.id {
				*t = *t&0xffffffff | ldsTouch(c.w.g.phase+1)<<32
			}
		}
	}
}

func (c *shadow) notLanded(at uint32, lane int) {
	t := c.w.g.shadow.last[writes][at]
	c.w.faultWith("missing wait", t.pc(), fmt.Sprintf("byte %d of LDS is loaded from memory by wave %d, and no s_waitcnt vmcnt waited for it", at, t.wave()), lane)
}
