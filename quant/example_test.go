package quant_test

import (
	"fmt"
	"log"

	"github.com/rocmforge/rocmforge/quant"
)

// A row of weights in blocks of four bits, and back.
func Example() {
	format, err := quant.Parse("Q4_0")
	if err != nil {
		log.Fatal(err)
	}
	row := make([]float32, format.BlockElems)
	row[0], row[1] = -8, 3
	block := make([]byte, format.BlockBytes)
	if err := format.Encode(block, row); err != nil {
		log.Fatal(err) // a number that is too large for the format
	}
	format.Decode(row, block)
	fmt.Println(len(row), "numbers in", len(block), "bytes:", row[:3])
	// Output: 32 numbers in 18 bytes: [-8 3 0]
}
