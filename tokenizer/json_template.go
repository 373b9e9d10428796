package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/rocmforge/rocmforge/internal/fileerr"
)

// templateJSON is the post-processor TemplateProcessing: what stands around a
// text ($A). A pair of texts is not encoded here.
type templateJSON struct {
	Type    string          `json:"type"`
	Single  []templatePart  `json:"single"`
	Pair    json.RawMessage `json:"pair"`
	Special map[string]struct {
		ID     string   `json:"id"`
		IDs    []int64  `json:"ids"`
		Tokens []string `json:"tokens"`
	} `json:"special_tokens"`
}

type templatePart struct {
	SpecialToken *templateRef `json:"SpecialToken"`
	Sequence     *templateRef `json:"Sequence"`
}

type templateRef struct {
	ID     string `json:"id"`
	TypeID int    `json:"type_id"`
}

func (t *Tokenizer) parsePostProcessor(text []byte) error {
	return walkSteps(text, "processors", func(kind string, text []byte) error {
		switch kind {
		case "ByteLevel": // trims offsets, of which none are kept here
			return decodeStrict(text, &byteLevelJSON{})
		case "TemplateProcessing":
			return t.parseTemplate(text)
		}
		return ErrUnsupported
	})
}

func (t *Tokenizer) parseTemplate(text []byte) error {
	var j templateJSON
	if err := decodeStrict(text, &j); err != nil {
		return err
	}
	var around [2][]int32 // before and behind $A
	side := 0
	for _, part := range j.Single {
		switch {
		case part.Sequence != nil:
			if part.Sequence.ID != "A" || side > 0 {
				return fmt.Errorf("single is not one $A: %w", ErrUnsupported)
			}
			side = 1
		case part.SpecialToken != nil:
			ids, err := t.templateIDs(&j, part.SpecialToken.ID)
			if err != nil {
				return err
			}
			around[side] = append(around[side], ids...)
		default:
			return errors.New("a part that is neither SpecialToken nor Sequence")
		}
	}
	if side == 0 {
		return fmt.Errorf("single without $A: %w", ErrUnsupported)
	}
	t.prefix = append(around[0], t.prefix...)
	t.suffix = append(t.suffix, around[1]...)
	return nil
}

func (t *Tokenizer) templateIDs(j *templateJSON, name string) ([]int32, error) {
	special, ok := j.Special[name]
	if !ok {
		return nil, fmt.Errorf("special_tokens lacks %s", fileerr.Quote(name))
	}
	ids := make([]int32, len(special.IDs))
	for i, id := range special.IDs {
		if id < 0 || id >= int64(len(t.tokens)) || t.tokens[id].kind == Missing {
			return nil, fmt.Errorf("special token %s: no token has the id %d", fileerr.Quote(name), id)
		}
		ids[i] = int32(id)
	}
	return ids, nil
}
