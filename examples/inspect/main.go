// Inspect lists what is in a GGUF file, without loading a model: the embedded
// one, or one that is named.
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/gopher"
)

func main() {
	file, err := open()
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()

	fmt.Printf("GGUF version %d, %d keys, %d tensors, %d bytes\n",
		file.Version, file.Metadata.Len(), len(file.Tensors), file.Size())
	for key, value := range file.Metadata.All() {
		fmt.Printf("%-40s %.40q\n", key, fmt.Sprint(value))
	}
	for _, t := range file.Tensors {
		fmt.Printf("%-40s %-6s %v\n", t.Name, t.Type, t.Dims)
	}
}

func open() (*gguf.File, error) {
	if len(os.Args) > 1 {
		return gguf.Open(os.Args[1])
	}
	model := gopher.Model()
	return gguf.Read(model, model.Size())
}
