package rocmforge_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"strings"
	"time"

	"github.com/rocmforge/rocmforge"
	"github.com/rocmforge/rocmforge/gopher"
	"github.com/rocmforge/rocmforge/tokenizer"
)

// openDemo opens the model that is built in; rocmforge.Open takes a file or a
// folder.
func openDemo() *rocmforge.Model {
	file := gopher.Model()
	model, err := rocmforge.OpenReader(file, file.Size(), rocmforge.Options{Device: rocmforge.DeviceCPU, Exact: true})
	if err != nil {
		log.Fatal(err)
	}
	return model
}

func Example() {
	file := gopher.Model()
	model, err := rocmforge.OpenReader(file, file.Size(), rocmforge.Options{Device: rocmforge.DeviceCPU, Exact: true})
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	session, err := model.NewSession()
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()

	greedy := &rocmforge.Sampling{} // nil samples as the model's author recommends
	options := rocmforge.GenerateOptions{MaxTokens: 10, Sampling: greedy}
	for token, err := range session.Generate(context.Background(), "func (s *Stack) Push(x int) {", options) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(token.Text)
	}
	fmt.Printf("\n[%s]\n", session.StopReason())
	// Output:
	// return pop(x) }
	// }
	//
	// func (s
	// [length]
}

// A model that is not there, and one that is refused.
func ExampleOpen() {
	_, err := rocmforge.Open("no-such-model.gguf", rocmforge.Options{})
	var refused *rocmforge.ModelError
	fmt.Println(errors.As(err, &refused), errors.Is(err, fs.ErrNotExist))
	// Output: true true
}

// A deadline ends a generation, and leaves what was generated.
func ExampleSession_generate() {
	model := openDemo()
	defer model.Close()
	session, err := model.NewSession()
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var text strings.Builder
	for token, err := range session.Generate(ctx, "package main\n\nimport ", rocmforge.GenerateOptions{
		MaxTokens: 32,
		Stop:      []string{"\n\n"},
		Sampling:  &rocmforge.Sampling{Temperature: 0.7, TopP: 0.9, Seed: 7},
	}) {
		if errors.Is(err, context.DeadlineExceeded) {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		text.WriteString(token.Text)
	}
	fmt.Println(text.Len() > 0, session.Seed())
	// Output: true 7
}

func ExampleModel_tokenizer() {
	model := openDemo()
	defer model.Close()
	t := model.Tokenizer()
	ids, err := t.Encode("func main() {", tokenizer.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ids)
	// Output: [348 2089 345 592]
}

// How well a model predicts a text.
func ExampleModel_perplexity() {
	model := openDemo()
	defer model.Close()
	ids, err := model.Tokenizer().Encode(strings.Repeat("if err != nil {\n\treturn err\n}\n", 8), tokenizer.Options{BOS: true})
	if err != nil {
		log.Fatal(err)
	}
	p, err := model.Perplexity(context.Background(), ids, rocmforge.PerplexityOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.PPL < 5)
	// Output: true
}

func ExampleDevices() {
	devices, gpus, err := rocmforge.Devices()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(devices[0].Name)
	_ = gpus // says why there is no GPU, if there is none
	// Output: cpu
}
