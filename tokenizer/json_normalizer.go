package tokenizer

import (
	"errors"

	"golang.org/x/text/unicode/norm"
)

var normForms = map[string]norm.Form{"NFC": norm.NFC, "NFD": norm.NFD, "NFKC": norm.NFKC, "NFKD": norm.NFKD}

func (t *Tokenizer) parseNormalizer(text []byte) error {
	return walkSteps(text, "normalizers", func(kind string, text []byte) error {
		step, err := parseNormStep(kind, text)
		t.normalize = append(t.normalize, step)
		return err
	})
}

func parseNormStep(kind string, text []byte) (normStep, error) {
	if form, ok := normForms[kind]; ok {
		return normForm(form), decodeStrict(text, &struct{ Type string }{})
	}
	switch kind {
	case "Prepend":
		var j struct {
			Type    string `json:"type"`
			Prepend string `json:"prepend"`
		}
		err := decodeStrict(text, &j)
		return prepend(j.Prepend), errors.Join(err, checkInsert(j.Prepend))
	case "Replace":
		var j replaceJSON
		old, err := j.parse(text)
		return replace{old, j.Content}, err
	}
	return nil, ErrUnsupported
}
