package quant

// encodeF16 rounds to the nearest, ties to even; from 65520 on the result is
// infinite.
func encodeF16(dst []byte, src []float32) {
	bs := blocks[half](dst)
	for i := range bs {
		bs[i] = toHalf(src[i])
	}
}
