package quantize

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/rocmforge/rocmforge/internal/safefile"
	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/models/weights"
	"github.com/rocmforge/rocmforge/tokenizer"
)

// calibration is text to look at a model's activations with: sequences of equal
// length, one behind the other.
type calibration struct {
	ids    []int32
	length int
}

// maxCalibration bounds a file of calibration text.
const maxCalibration = 1 << 30

// Static scales are found on few tokens, as Quark's examples do; error feedback
// wants more, or it fits to what it saw.
const (
	scaleSequences, scaleLength       = 16, 256
	feedbackSequences, feedbackLength = 64, 512
)

// readCalibration reads a file of text, whose documents a NUL separates, or one
// of uint16 ids if its name ends in .tokens, and takes at most sequences of
// length tokens. Each document gets the model's tokens of beginning and end.
func readCalibration(path string, tok func() (*tokenizer.Tokenizer, error), vocab, sequences, length int) (*calibration, error) {
	data, err := safefile.ReadFile(path, maxCalibration)
	if err != nil {
		return nil, err
	}
	c := &calibration{length: length}
	if strings.HasSuffix(path, ".tokens") {
		if len(data)%2 != 0 {
			return nil, fmt.Errorf("%s: an odd number of bytes, and ids have two; if it is text, it needs another name", path)
		}
		for ; len(data) > 1; data = data[2:] {
			c.ids = append(c.ids, int32(binary.LittleEndian.Uint16(data)))
		}
	} else {
		t, err := tok()
		if err != nil {
			return nil, err
		}
		if c.ids, err = encodeDocuments(t, string(data), sequences*length); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	if c.length = min(length, len(c.ids)); c.length == 0 {
		return nil, fmt.Errorf("%s: no tokens to calibrate with", path)
	}
	c.ids = c.ids[:min(len(c.ids)/c.length, sequences)*c.length]
	for i, id := range c.ids {
		if id < 0 || int(id) >= vocab {
			return nil, fmt.Errorf("%s: token %d is %d; the model's vocabulary has %d", path, i, id, vocab)
		}
	}
	return c, nil
}

// encodeDocuments gives about the first n tokens.
func encodeDocuments(t *tokenizer.Tokenizer, text string, n int) (ids []int32, err error) {
	bos, hasBOS := t.BOS()
	eos, hasEOS := t.EOS()
	for document := range strings.SplitSeq(text, "\x00") {
		if strings.TrimSpace(document) == "" {
			continue
		}
		some, err := t.Encode(document, tokenizer.Options{})
		if err != nil {
			return nil, err
		}
		if hasBOS {
			ids = append(ids, bos)
		}
		ids = append(ids, some...)
		if hasEOS {
			ids = append(ids, eos)
		}
		if len(ids) >= n {
			break
		}
	}
	return ids, nil
}

// embed looks the tokens up: the states before the first layer.
func (c *calibration) embed(src weights.Source, config *models.Config) ([]float32, error) {
	t, _ := src.Tensor("model.embed_tokens.weight")
	table, err := read(t)
	if err != nil {
		return nil, fmt.Errorf("tensor %.128q: %w", t.Name, err)
	}
	x := make([]float32, 0, len(c.ids)*config.Hidden)
	for _, id := range c.ids {
		x = append(x, table[int(id)*config.Hidden:][:config.Hidden]...)
	}
	return x, nil
}

// ranges are the largest magnitudes that calibration met in a layer.
type ranges struct {
	inputs map[string]float32 // by linear layer
	keys   float32
	values float32
}

// see notes the inputs of a stage, and keep the outputs of k_proj and v_proj.
func (r *ranges) see(stage int, x []float32) {
	for _, name := range stages[stage] {
		r.inputs[name] = max(r.inputs[name], largest(x))
	}
}

func (r *ranges) keep(name string, x []float32) {
	if name == kProj {
		r.keys = max(r.keys, largest(x))
	} else {
		r.values = max(r.values, largest(x))
	}
}
