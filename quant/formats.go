package quant

import (
	"fmt"
	"math"
)

// formats is the table: one row a format, with functions that take anything.
var formats = checked([]Format{
	{Type: F32, Name: "F32", BlockElems: 1, BlockBytes: 4, decode: decodeF32, encode: encodeF32, limit: limit{special: true}},
	{Type: F16, Name: "F16", BlockElems: 1, BlockBytes: 2, decode: decodeF16, encode: encodeF16, limit: limit{most: mostF16, beyond: beyondF16, special: true}},
	{Type: Q4_0, Name: "Q4_0", BlockElems: 32, BlockBytes: 18, decode: decodeQ4_0, encode: encodeQ4_0, limit: blockLimit(0)},
	{Type: Q4_1, Name: "Q4_1", BlockElems: 32, BlockBytes: 20, decode: decodeQ4_1, encode: encodeQ4_1, limit: blockLimit(0, 2)},
	{Type: Q5_0, Name: "Q5_0", BlockElems: 32, BlockBytes: 22, decode: decodeQ5_0, encode: encodeQ5_0, limit: blockLimit(0)},
	{Type: Q5_1, Name: "Q5_1", BlockElems: 32, BlockBytes: 24, decode: decodeQ5_1, encode: encodeQ5_1, limit: blockLimit(0, 2)},
	{Type: Q8_0, Name: "Q8_0", BlockElems: 32, BlockBytes: 34, decode: decodeQ8_0, encode: encodeQ8_0, limit: blockLimit(0)},
	{Type: Q8_1, Name: "Q8_1", BlockElems: 32, BlockBytes: 36},
	{Type: Q2_K, Name: "Q2_K", BlockElems: 256, BlockBytes: 84, decode: decodeQ2_K, encode: encodeQ2_K, limit: blockLimit(80, 82)},
	{Type: Q3_K, Name: "Q3_K", BlockElems: 256, BlockBytes: 110, decode: decodeQ3_K, encode: encodeQ3_K, limit: blockLimit(108)},
	{Type: Q4_K, Name: "Q4_K", BlockElems: 256, BlockBytes: 144, decode: decodeQ4_K, encode: encodeQ4_K, limit: blockLimit(0, 2)},
	{Type: Q5_K, Name: "Q5_K", BlockElems: 256, BlockBytes: 176, decode: decodeQ5_K, encode: encodeQ5_K, limit: blockLimit(0, 2)},
	{Type: Q6_K, Name: "Q6_K", BlockElems: 256, BlockBytes: 210, decode: decodeQ6_K, encode: encodeQ6_K, limit: blockLimit(208)},
	{Type: Q8_K, Name: "Q8_K", BlockElems: 256, BlockBytes: 292, decode: decodeQ8_K},
	{Type: IQ2_XXS, Name: "IQ2_XXS", BlockElems: 256, BlockBytes: 66, decode: decodeIQ2_XXS},
	{Type: IQ2_XS, Name: "IQ2_XS", BlockElems: 256, BlockBytes: 74, decode: decodeIQ2_XS},
	{Type: IQ3_XXS, Name: "IQ3_XXS", BlockElems: 256, BlockBytes: 98, decode: decodeIQ3_XXS},
	{Type: IQ1_S, Name: "IQ1_S", BlockElems: 256, BlockBytes: 50, decode: decodeIQ1_S},
	{Type: IQ4_NL, Name: "IQ4_NL", BlockElems: 32, BlockBytes: 18, decode: decodeIQ4_NL, encode: encodeIQ4_NL, limit: blockLimit(0)},
	{Type: IQ3_S, Name: "IQ3_S", BlockElems: 256, BlockBytes: 110, decode: decodeIQ3_S},
	{Type: IQ2_S, Name: "IQ2_S", BlockElems: 256, BlockBytes: 82, decode: decodeIQ2_S},
	{Type: IQ4_XS, Name: "IQ4_XS", BlockElems: 256, BlockBytes: 136, decode: decodeIQ4_XS, encode: encodeIQ4_XS, limit: blockLimit(0)},
	{Type: I8, Name: "I8", BlockElems: 1, BlockBytes: 1, decode: decodeI8},
	{Type: I16, Name: "I16", BlockElems: 1, BlockBytes: 2, decode: decodeI16},
	{Type: I32, Name: "I32", BlockElems: 1, BlockBytes: 4, decode: decodeI32},
	{Type: I64, Name: "I64", BlockElems: 1, BlockBytes: 8, decode: decodeI64},
	{Type: F64, Name: "F64", BlockElems: 1, BlockBytes: 8, decode: decodeF64},
	{Type: IQ1_M, Name: "IQ1_M", BlockElems: 256, BlockBytes: 56, decode: decodeIQ1_M},
	{Type: BF16, Name: "BF16", BlockElems: 1, BlockBytes: 2, decode: decodeBF16, encode: encodeBF16, limit: limit{most: mostBF16, beyond: beyondBF16, special: true}},
	{Type: TQ1_0, Name: "TQ1_0", BlockElems: 256, BlockBytes: 54, decode: decodeTQ1_0, encode: encodeTQ1_0, limit: blockLimit(52)},
	{Type: TQ2_0, Name: "TQ2_0", BlockElems: 256, BlockBytes: 66, decode: decodeTQ2_0, encode: encodeTQ2_0, limit: blockLimit(64)},
	{Type: MXFP4, Name: "MXFP4", BlockElems: 32, BlockBytes: 17, decode: decodeMXFP4, encode: encodeMXFP4},
	{Type: NVFP4, Name: "NVFP4", BlockElems: 64, BlockBytes: 36, decode: decodeNVFP4, encode: encodeNVFP4, limit: limit{most: mostNVFP4, beyond: math.Nextafter32(mostNVFP4, mostBF16)}},
	{Type: Q1_0, Name: "Q1_0", BlockElems: 128, BlockBytes: 18, decode: decodeQ1_0, encode: encodeQ1_0, limit: blockLimit(0)},
	{Type: Q2_0, Name: "Q2_0", BlockElems: 64, BlockBytes: 18, decode: decodeQ2_0, encode: encodeQ2_0, limit: blockLimit(0)},
	{Type: MXFP6_E2M3, Name: "MXFP6_E2M3", BlockElems: 32, BlockBytes: 25, decode: decodeMXFP6_E2M3, encode: encodeMXFP6_E2M3},
	{Type: MXFP6_E3M2, Name: "MXFP6_E3M2", BlockElems: 32, BlockBytes: 25, decode: decodeMXFP6_E3M2, encode: encodeMXFP6_E3M2},
	{Type: FP8_E4M3, Name: "FP8_E4M3", BlockElems: 1, BlockBytes: 1, decode: decodeFP8_E4M3, encode: encodeFP8_E4M3, limit: limit{most: mostE4M3, beyond: beyondE4M3}},
})

// blockLimit is that of a format whose blocks have float16 scales at these
// offsets.
func blockLimit(halves ...int) limit { return limit{beyond: beyondBlocks, halves: halves} }

// checked has each format's functions look at lengths, and encoders at what they
// could not hold.
func checked(fs []Format) []Format {
	for i := range fs {
		f := &fs[i]
		if decode := f.decode; decode != nil {
			f.Decode = func(dst []float32, src []byte) {
				f.mustMatch("decode", len(src), len(dst))
				decode(dst, src)
			}
		}
		if encode := f.encode; encode != nil {
			f.Encode = func(dst []byte, src []float32) error {
				f.mustMatch("encode", len(dst), len(src))
				encode(dst, src)
				return f.limit.check(f, dst, src)
			}
		}
	}
	return fs
}

// mustMatch panics unless so many bytes are whole blocks of so many elements.
func (f *Format) mustMatch(what string, bytes, elems int) {
	if bytes%f.BlockBytes != 0 || bytes/f.BlockBytes*f.BlockElems != elems {
		panic(fmt.Sprintf("quant: %s %s: %d bytes and %d elements; a block is %d bytes and %d elements",
			what, f.Name, bytes, elems, f.BlockBytes, f.BlockElems))
	}
}
