package simd

// An IQ4_NL panel block is that of Q4_0, but its codes index a table.

// iq4nl holds ggml's kvalues_iq4nl (ggml-common.h), each plus 128.
var iq4nl = [16]uint8{
	1, 24, 45, 63, 79, 93, 106, 118, 129, 141, 153, 166, 181, 197, 217, 241,
}

func unpackIQ4_NL(c *chunk, block []byte, _ int) {
	unpackQ4_0(c, block, 0)
	lookUp(c, &iq4nl)
}

func lookUp(c *chunk, table *[16]uint8) {
	for g := range c.Code {
		for r := range c.Code[g] {
			for t, code := range c.Code[g][r] {
				c.Code[g][r][t] = table[code]
			}
		}
	}
}
