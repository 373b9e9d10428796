package quant

import "math"

// encodeNVFP4 gives each group the scale that maps its largest magnitude to 6,
// the largest E2M1.
func encodeNVFP4(dst []byte, src []float32) {
	bs := blocks[blockNVFP4](dst)
	for i := range bs {
		b := &bs[i]
		for g := range b.scales {
			x := (*[16]float32)(src[64*i+16*g:])
			amax, _ := absMax(x[:])
			b.scales[g] = scaleNVFP4(amax / 6)
			d := nvfp4Half[b.scales[g]]
			for j := range b.qs[g] {
				b.qs[g][j] = nearestE2M1(x[j], d) | nearestE2M1(x[j+8], d)<<4
			}
		}
	}
}

// scaleNVFP4 rounds x >= 0 to E4M3 in ggml's way, which differs from
// mxfp.E4M3().Encode: ties go up, subnormals are held to seven eighths of the
// least normal number, and all from 256 (minus half a step) on becomes 448.
func scaleNVFP4(x float32) byte {
	const leastNormal, largest, normal256 = 1.0 / 64, 0x7e, 15 << 3
	if x < leastNormal {
		return byte(min(7, truncInt32(float32(x*512)+0.5)))
	}
	code := min(math.Float32bits(x)+1<<19, math.Float32bits(512))>>20 - (127-7)<<3
	if code >= normal256 {
		return largest
	}
	return byte(code)
}
