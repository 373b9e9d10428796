package tokenizer_test

import (
	"fmt"
	"log"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/gopher"
	"github.com/rocmforge/rocmforge/tokenizer"
)

// A text becomes ids and text again; a decoder gives out each character as soon
// as its last byte is there.
func Example() {
	model := gopher.Model()
	file, err := gguf.Read(model, model.Size())
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	t, err := tokenizer.FromGGUF(file.Metadata) // FromDir reads a Hugging Face folder's
	if err != nil {
		log.Fatal(err)
	}
	ids, err := t.Encode("s := \"→\"", tokenizer.Options{})
	if err != nil {
		log.Fatal(err)
	}
	decoder := t.NewDecoder(tokenizer.SkipSpecial)
	for _, id := range ids {
		fmt.Printf("%q ", decoder.Next(id))
	}
	fmt.Printf("%q\n", decoder.Flush())
	// Output: "s" " :=" " \"" "" "" "→" "\"" ""
}
