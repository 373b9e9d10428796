// Hello continues a line of Go with the embedded model.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/rocmforge/rocmforge"
	"github.com/rocmforge/rocmforge/gopher"
)

func main() {
	file := gopher.Model() // or rocmforge.Open("model.gguf", ...)
	model, err := rocmforge.OpenReader(file, file.Size(), rocmforge.Options{})
	check(err)
	defer model.Close()
	session, err := model.NewSession()
	check(err)
	defer session.Close()
	for token, err := range session.Generate(context.Background(), "func (s *Stack) Push(", rocmforge.GenerateOptions{MaxTokens: 48}) {
		check(err)
		fmt.Print(token.Text)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
