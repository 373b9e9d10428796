package mxfp_test

import (
	"fmt"

	"github.com/rocmforge/rocmforge/mxfp"
)

// A block of 32 numbers in MXFP4: one scale, and an element of four bits each.
func Example() {
	var x [mxfp.BlockSize]float32
	x[0], x[1], x[2] = 10, -3, 0.4

	var b mxfp.Block
	b.Quantize(mxfp.E2M1(), mxfp.Floor, &x)
	var packed [mxfp.MXFP4Bytes]byte
	b.PackMXFP4(&packed)

	var back mxfp.Block
	back.UnpackMXFP4(&packed)
	back.Dequantize(mxfp.E2M1(), &x)
	fmt.Println(len(packed), "bytes, scale", back.Scale.Decode(), "values", x[:3])
	// Output: 17 bytes, scale 2 values [8 -3 0]
}
