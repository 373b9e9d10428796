package gguf_test

import (
	"fmt"
	"log"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/gopher"
)

// What is in a file, without a model around it.
func Example() {
	model := gopher.Model()
	file, err := gguf.Read(model, model.Size()) // gguf.Open opens a file of the system
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	layers, err := file.Metadata.Uint("llama.block_count", 1000)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(file.Tensors), "tensors,", layers, "layers")
	norm, _ := file.Tensor("output_norm.weight")
	fmt.Println(norm.Name, norm.Type, norm.Dims)
	// Output:
	// 74 tensors, 8 layers
	// output_norm.weight F32 [256]
}
