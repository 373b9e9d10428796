// Command arm64 writes the arm64 assembly of package simd into the folder
// that it is given: one file of functions and one of declarations per set. To
// run it: go generate, in the folder above
//
// Go's assembler lacks many of the vector instructions, so all of those are
// written as words, with the instruction beside it in Arm's syntax.
package main

import (
	"flag"
	"log"
	"os"
	"path/filepath"
)

// sets are the generated files, by name.
var sets = map[string]func(p *program){
	"mul":    mulKernels,
	"float":  floatKernels,
	"vector": vectorKernels,
}

func main() {
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("usage: arm64 FOLDER")
	}
	for name, write := range sets {
		var p program
		write(&p)
		base := filepath.Join(flag.Arg(0), "z"+name+"_neon_arm64")
		save(base+".s", p.assembly())
		save(base+".go", p.declarations())
	}
}

func save(name string, text []byte) {
	if err := os.WriteFile(name, text, 0o644); err != nil {
		log.Fatal(err)
	}
}
