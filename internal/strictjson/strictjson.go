// Package strictjson checks JSON from untrusted files before encoding/json
// sees it: RFC 8259 to the letter, strict UTF-8, bounded depth, bounded
// numbers, nothing after the value, each name once in an object. It knows
// nothing of what the values mean.
package strictjson

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"

	"github.com/rocmforge/rocmforge/internal/fileerr"
	"github.com/rocmforge/rocmforge/internal/safefile"
)

const (
	// MaxDepth is how deep arrays and objects may nest.
	MaxDepth = 128
	// maxNumber is the longest number, in characters.
	maxNumber = 64
)

// ReadFile reads a JSON file of at most maxBytes into v as Unmarshal does.
func ReadFile(path string, maxBytes int64, v any) error {
	data, err := safefile.ReadFile(path, maxBytes)
	if err != nil {
		return err
	}
	err = Unmarshal(data, v)
	var fe *fileerr.Error
	if errors.As(err, &fe) {
		fe.File = path
	}
	return err
}

// ReadPythonFile is ReadFile for what Python's json module writes: the words
// NaN, Infinity and -Infinity, which JSON does not have, become strings. Where a
// number is wanted they are refused as such, and elsewhere they do no harm.
func ReadPythonFile(path string, maxBytes int64, v any) error {
	data, err := safefile.ReadFile(path, maxBytes)
	if err != nil {
		return err
	}
	err = Unmarshal(quotePython(data), v)
	var fe *fileerr.Error
	if errors.As(err, &fe) {
		fe.File = path
	}
	return err
}

// pythonWords finds strings, to leave them alone, and Python's words.
var pythonWords = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|-?\b(?:Infinity|NaN)\b`)

func quotePython(data []byte) []byte {
	return pythonWords.ReplaceAllFunc(data, func(b []byte) []byte {
		if b[0] == '"' {
			return b
		}
		return slices.Concat([]byte{'"'}, b, []byte{'"'})
	})
}

// Unmarshal validates data and then stores it in v as encoding/json does.
func Unmarshal(data []byte, v any) error {
	if err := Validate(data); err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return jsonError(err)
	}
	return nil
}

// Validate checks that data is one JSON value and no more.
func Validate(data []byte) error {
	p, err := NewParser(data)
	if err != nil {
		return err
	}
	if err := p.Skip(); err != nil {
		return err
	}
	return p.End()
}

// jsonError gives encoding/json's error its place.
func jsonError(err error) error {
	var wrongType *json.UnmarshalTypeError
	if !errors.As(err, &wrongType) {
		return fileerr.New("", fileerr.NoOffset, "", "%w", err)
	}
	subject := ""
	if wrongType.Field != "" {
		subject = "field " + fileerr.Quote(wrongType.Field)
	}
	return fileerr.New("", wrongType.Offset, subject, "found %s where a value of type %v is allowed", wrongType.Value, wrongType.Type)
}
