package main

import (
	"context"
	"os"
	"regexp"

	"github.com/spf13/cobra"
)

// prompt has the flags that name a prompt.
type prompt struct {
	text, file string
	set        func(name string) bool
}

func (p *prompt) flags(c *cobra.Command) {
	c.Flags().StringVarP(&p.text, "prompt", "p", "", "the prompt, as a flag")
	c.Flags().StringVarP(&p.file, "file", "f", "", "read the prompt from this `file`")
	p.set = c.Flags().Changed
}

// read is the prompt: of a flag, the arguments, or stdin.
func (p *prompt) read(ctx context.Context, a *app, args []string) (text string, err error) {
	ways := 0
	for _, given := range []bool{len(args) > 0, p.set("prompt"), p.set("file")} {
		if given {
			ways++
		}
	}
	switch {
	case ways > 1:
		return "", usagef("the prompt is given twice: want one of --prompt, --file and arguments")
	case p.set("prompt"):
		text = p.text
	case p.set("file"):
		b, err := readInput(p.file, maxInput)
		if err != nil {
			return "", err
		}
		text = string(b)
	default:
		if a.model == "" && len(args) > 0 {
			if err := notAModel(args[0]); err != nil {
				return "", err
			}
		}
		if text, err = a.text(ctx, args, "prompt"); err != nil {
			return "", err
		}
	}
	if text == "" {
		return "", usagef("the prompt is empty")
	}
	return text, nil
}

// Names of models as other programs take them: a family, with or without its
// publisher and a tag, or any name with a tag that is a size.
var (
	familyName = regexp.MustCompile(`(?i)^([\w.-]+/)?(llama|tinyllama|codellama|mistral|mixtral|ministral|qwen|qwq|gemma|phi|deepseek|smollm|gpt-oss|granite|falcon|olmo)[-\w.]*(:[-\w.]+)?$`)
	taggedName = regexp.MustCompile(`(?i)^[\w./-]+:(latest|[0-9.]+[bm][-\w.]*)$`)
	modelFile  = regexp.MustCompile(`(?i)^\S+\.(gguf|safetensors)$`)
)

// notAModel refuses a first word that names a model rather than a prompt.
func notAModel(word string) error {
	const asPrompt = "; to use it as the prompt, give it with -p"
	if _, err := os.Stat(word); err == nil && word != "-" {
		return usagef("%q is a file or folder: a model is named by -m %s, a file with a prompt by -f%s", word, word, asPrompt)
	}
	switch {
	case modelFile.MatchString(word):
		return usagef("%q is not there, and a model is named by -m FILE%s", word, asPrompt)
	case familyName.MatchString(word), taggedName.MatchString(word):
		return usagef("%q looks like a model's name: models are GGUF files, Hugging Face folders and names that rocmforge models lists, named by -m; nothing is downloaded%s", word, asPrompt)
	}
	return nil
}
