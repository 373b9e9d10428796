package sim

// LDS has banks of 4 bytes, and an instruction goes through it in passes of
// some lanes. Lanes of a pass that want different words of one bank wait for
// each other; those that want the same word do not.
//
// What a pass is follows AMD ("Understanding AMD GPU LDS and Bank Conflicts",
// Composable Kernel's documentation: stores of 16 bytes are passes of eight
// lanes) and, for loads of gfx950, what HipKittens measured on an MI355X (arXiv
// 2511.08083, analysis/paper_experiments/phases): 64 banks, 32 lanes of 8 bytes
// or 16 of 16 bytes, in an order of their own; loads of 12 bytes and stores see
// 32 banks. For gfx11 the same is assumed with 32 banks: nobody says how
// the halves of a work-group processor's LDS are interleaved.
type bankRule struct {
	banks  int
	cycles int       // of a pass
	passes [][]uint8 // lanes
}

// ldsRule is the rule for an instruction that moves so many bytes of a lane.
func ldsRule(a Arch, bytes int, writes bool) bankRule {
	words := max(bytes+3, 4) / 4
	if words == 3 {
		words = 4 // eight lanes, too
	}
	switch {
	case !a.gfx9() || writes || bytes == 12:
		return bankRule{32, 1, consecutive(a.Wave, 32/words)}
	case bytes == 16:
		return bankRule{64, 2, interleaved}
	}
	return bankRule{64, 2, consecutive(a.Wave, 64/words)}
}

// all is the cycles of a rule's passes without conflicts.
func (r *bankRule) all() int { return r.cycles * len(r.passes) }

// consecutive passes have n lanes each, one behind the other.
func consecutive(wave, n int) (passes [][]uint8) {
	for lane := range wave {
		if lane%n == 0 {
			passes = append(passes, nil)
		}
		passes[len(passes)-1] = append(passes[len(passes)-1], uint8(lane))
	}
	return passes
}

// interleaved are the passes of ds_read_b128 on gfx950: runs of four lanes.
var interleaved = func() (passes [][]uint8) {
	for _, runs := range [][]int{{0, 3, 5, 6}, {1, 2, 4, 7}, {8, 11, 13, 14}, {9, 10, 12, 15}} {
		var lanes []uint8
		for _, r := range runs {
			for i := range 4 {
				lanes = append(lanes, uint8(4*r+i))
			}
		}
		passes = append(passes, lanes)
	}
	return passes
}()

// bankCount has room for the words that lanes of a pass want, by bank.
type bankCount struct {
	words [64][64]uint32
	n     [64]uint8
}

// access gives the cycles that active lanes take, and how many of them
// conflicts cause. at has the lanes' addresses.
func (b *bankCount) access(r *bankRule, bytes int, at *[64]uint32, active uint64) (cycles, conflicts int) {
	for _, lanes := range r.passes {
		clear(b.n[:])
		most := 0
		for _, l := range lanes {
			if active>>l&1 == 0 {
				continue
			}
			for word := at[l] / 4; word <= (at[l]+uint32(bytes)-1)/4; word++ {
				most = max(most, b.add(word, int(word)%r.banks))
			}
		}
		if most > 0 {
			cycles += most * r.cycles
			conflicts += (most - 1) * r.cycles
		}
	}
	return cycles, conflicts
}

// add notes a word and gives how many its bank has to give.
func (b *bankCount) add(word uint32, bank int) int {
	list := &b.words[bank]
	n := int(b.n[bank])
	for _, w := range list[:n] {
		if w == word {
			return n
		}
	}
	if n < len(list) {
		list[n] = word
		b.n[bank]++
		n++
	}
	return n
}
