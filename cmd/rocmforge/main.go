// Command rocmforge runs language models: it turns flags into calls of package
// rocmforge and the rooms beside it, and their results into text or JSON. One
// file per command. It must not know how a model computes.
package main

import (
	"os"

	"github.com/rocmforge/rocmforge"
)

func main() {
	rocmforge.Child() // this program is its own kernel compiler, and holds devices
	a := &app{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, build: readBuild()}
	os.Exit(a.main(os.Args[1:]))
}
