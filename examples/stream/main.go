// Stream writes a sampled text as it comes, until Ctrl-C or the end.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strings"

	"github.com/rocmforge/rocmforge"
	"github.com/rocmforge/rocmforge/gopher"
)

func main() {
	path := flag.String("m", "", "GGUF file or Hugging Face folder (default: the embedded model)")
	tokens := flag.Int("n", 256, "tokens to generate")
	seed := flag.Uint64("seed", 1, "seed of the choice; equal seeds give equal texts")
	flag.Parse()
	prompt := strings.Join(flag.Args(), " ")
	if prompt == "" {
		prompt = "package main\n"
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := stream(ctx, *path, prompt, *tokens, *seed); err != nil {
		log.Fatal(err)
	}
}

func stream(ctx context.Context, path, prompt string, tokens int, seed uint64) error {
	model, err := open(path)
	if err != nil {
		return err
	}
	defer model.Close()
	session, err := model.NewSession()
	if err != nil {
		return err
	}
	defer session.Close()

	fmt.Print(prompt)
	for token, err := range session.Generate(ctx, prompt, rocmforge.GenerateOptions{
		MaxTokens: tokens,
		Sampling:  &rocmforge.Sampling{Temperature: 0.7, TopP: 0.9, RepeatPenalty: 1.1, RepeatLastN: 64, Seed: seed},
	}) {
		if errors.Is(err, context.Canceled) {
			break // Ctrl-C: the text so far is out already
		}
		if err != nil {
			return err
		}
		fmt.Print(token.Text)
	}
	fmt.Fprintf(os.Stderr, "\n[%s]\n", session.StopReason())
	return nil
}

func open(path string) (*rocmforge.Model, error) {
	if path != "" {
		return rocmforge.Open(path, rocmforge.Options{})
	}
	file := gopher.Model()
	return rocmforge.OpenReader(file, file.Size(), rocmforge.Options{})
}
