package sample

// pcgStream is the second half of the PCG seed; Options.Seed is the first.
const pcgStream = 0x9e3779b97f4a7c15

// draw takes a candidate with a chance in proportion to its weight; u is
// uniform in [0, 1).
func draw(c []candidate, u float64) int32 {
	u *= mass(c)
	last := c[0].id
	for _, x := range c {
		if x.weight == 0 {
			continue
		}
		last = x.id
		if u -= x.weight; u < 0 {
			break
		}
	}
	return last // rounding may leave u at 0 after all weights
}
