// Perplexity says how well the embedded model predicts its own source, or a
// file that is named.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"log"
	"os"

	"github.com/rocmforge/rocmforge"
	"github.com/rocmforge/rocmforge/gopher"
	"github.com/rocmforge/rocmforge/tokenizer"
)

//go:embed main.go
var text string

func main() {
	if len(os.Args) > 1 {
		b, err := os.ReadFile(os.Args[1])
		check(err)
		text = string(b)
	}
	file := gopher.Model()
	model, err := rocmforge.OpenReader(file, file.Size(), rocmforge.Options{Exact: true})
	check(err)
	defer model.Close()

	ids, err := model.Tokenizer().Encode(text, tokenizer.Options{BOS: true})
	check(err)
	p, err := model.Perplexity(context.Background(), ids, rocmforge.PerplexityOptions{})
	check(err)
	fmt.Printf("perplexity %.2f over %d of %d tokens\n", p.PPL, p.Tokens, len(ids))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
