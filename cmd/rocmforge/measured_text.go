package main

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/rocmforge/rocmforge"
	"github.com/rocmforge/rocmforge/tokenizer"
	"github.com/spf13/cobra"
)

// sampleText is some of this program's source. It stays as it is when the source
// changes, so that figures can be compared.
//
//go:embed sample.go.txt
var sampleText string

// maxTokensFile bounds a file of token ids.
const maxTokensFile = 1 << 30

// measuredText has the flags that choose what models are to predict.
type measuredText struct {
	tokensFile, textFile string
	chunks               int
}

func (t *measuredText) flags(c *cobra.Command) {
	c.Flags().StringVar(&t.tokensFile, "tokens-file", "", "text as a `file` of uint16 token ids, little-endian")
	c.Flags().StringVarP(&t.textFile, "file", "f", "", "text `file` (default: the built-in text, some Go source)")
	c.Flags().IntVar(&t.chunks, "chunks", 0, "measure at most this many chunks (0: all)")
}

func (t *measuredText) check() error {
	if t.tokensFile != "" && t.textFile != "" {
		return usagef("want --file or --tokens-file, not both")
	}
	if t.chunks < 0 {
		return usagef("--chunks %d: want at least 0", t.chunks)
	}
	return nil
}

// name says which text it is.
func (t *measuredText) name() string {
	switch {
	case t.tokensFile != "":
		return t.tokensFile
	case t.textFile != "":
		return t.textFile
	}
	return "built-in"
}

// ids reads the tokens to predict.
func (t *measuredText) ids(m *rocmforge.Model) ([]int32, error) {
	if t.tokensFile != "" {
		return readTokens(t.tokensFile)
	}
	text := sampleText
	if t.textFile != "" {
		b, err := readInput(t.textFile, maxInput)
		if err != nil {
			return nil, err
		}
		text = string(b)
	}
	if m.Tokenizer() == nil {
		return nil, errors.New("the model has no tokenizer; use --tokens-file")
	}
	return m.Tokenizer().Encode(text, tokenizer.Options{BOS: true})
}

// readTokens reads a file of uint16 ids.
func readTokens(path string) ([]int32, error) {
	b, err := readInput(path, maxTokensFile)
	if err != nil {
		return nil, err
	}
	if len(b)%2 != 0 {
		return nil, fmt.Errorf("%s: %d bytes; uint16 ids need an even number", path, len(b))
	}
	ids := make([]int32, len(b)/2)
	for i := range ids {
		ids[i] = int32(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return ids, nil
}
