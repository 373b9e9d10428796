package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"

	"github.com/rocmforge/rocmforge/gguf"
)

// maxShown is how many values of an array are shown; vocabularies have more. Of
// texts, chat templates are shown whole, and the beginning of a tokenizer.json.
const (
	maxShown       = 8
	maxText        = 64 << 10
	textsBeginning = 256
)

// shortened stands for a longer array, or a longer text.
type shortened struct {
	Length int `json:"length"`
	First  any `json:"first"`
}

// object is a JSON object that keeps its keys' order.
type object []member

type member struct {
	key   string
	value any
}

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := plainJSON(m.key)
		if err != nil {
			return nil, err
		}
		value, err := plainJSON(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// plainJSON is v as JSON, without the escapes that only HTML needs.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// metadataJSON is a GGUF file's metadata as JSON can have it.
func metadataJSON(m *gguf.Metadata) object {
	o := object{}
	for key, value := range m.All() {
		o = append(o, member{key, jsonValue(value)})
	}
	return o
}

// jsonValue shortens long arrays and texts, and spells out the numbers that JSON lacks.
func jsonValue(v any) any {
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Float32, reflect.Float64:
		if f := r.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Sprint(v)
		}
	case reflect.String:
		if r.Len() > maxText {
			return shortened{r.Len(), strings.ToValidUTF8(r.String()[:textsBeginning], "")}
		}
	case reflect.Slice:
		first := make([]any, min(r.Len(), maxShown))
		for i := range first {
			first[i] = jsonValue(r.Index(i).Interface())
		}
		if r.Len() > maxShown {
			return shortened{r.Len(), first}
		}
		return first
	}
	return v
}
