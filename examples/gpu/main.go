// Gpu generates on a GPU, and says which kernels it compiled for that.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/rocmforge/rocmforge"
	"github.com/rocmforge/rocmforge/gopher"
	"github.com/rocmforge/rocmforge/kernels"
	"github.com/rocmforge/rocmforge/runtime"
)

func main() {
	rocmforge.Child() // lets the program compile kernels in child processes of itself
	device := flag.String("device", "auto", "auto (the best GPU, or else the CPU), cpu, hip, hip:N")
	flag.Parse()

	file := gopher.Model() // or rocmforge.Open("model.gguf", ...)
	options := rocmforge.Options{Device: *device, Compiling: func(done, total int) {
		fmt.Fprintf(os.Stderr, "compiled %d of %d programs\n", done, total)
	}}
	model, err := rocmforge.OpenReader(file, file.Size(), options)
	check(err)
	defer model.Close()
	fmt.Println("on", model.DeviceInfo())
	if model.DeviceInfo().Kind != "cpu" {
		printKernels(model.DeviceInfo().Arch, options)
	}

	session, err := model.NewSession()
	check(err)
	const prompt = "func (s *Stack) Push("
	fmt.Print(prompt)
	for token, err := range session.Generate(context.Background(), prompt, rocmforge.GenerateOptions{MaxTokens: 48}) {
		check(err)
		fmt.Print(token.Text)
	}
	fmt.Println()
}

// printKernels lists the programs that the model has for a GPU, each with its
// kernels. The GPU need not be there.
func printKernels(name string, o rocmforge.Options) {
	arch, _ := kernels.ArchOf(name, 0)
	file := gopher.Model()
	bound, err := runtime.KernelsReader(file, file.Size(), arch, o)
	check(err)
	var units []kernels.Unit
	for _, op := range bound {
		for _, step := range op.Steps {
			units = append(units, kernels.Unit{Kernel: step.Kernel, Formats: step.Formats, Consts: step.Consts})
		}
	}
	programs, err := kernels.Programs(arch, units)
	check(err)
	for _, p := range programs {
		fmt.Printf("%s: %s\n", p.Name, strings.Join(p.Symbols, " "))
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
