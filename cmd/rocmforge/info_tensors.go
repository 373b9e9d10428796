package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math"
)

// tensorResult is one tensor in the JSON of info --tensors. SHA256 is absent
// where the type alone does not say which numbers the bytes are.
type tensorResult struct {
	Name   string  `json:"name"`
	Type   string  `json:"type"`
	Shape  []int64 `json:"shape"`
	Bytes  int64   `json:"bytes"`
	SHA256 *string `json:"sha256,omitempty"`
}

func (a *app) tensorList(ctx context.Context, c *container, hash bool) ([]tensorResult, error) {
	var done int64
	bar := a.progress("hashing")
	list := make([]tensorResult, len(c.tensors))
	for i, t := range c.tensors {
		list[i] = tensorResult{Name: t.name, Type: t.typ, Shape: t.shape, Bytes: t.size}
		if !hash || t.format == nil || t.format.Decode == nil {
			continue
		}
		sum, err := t.sha256(ctx)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", t.name, err)
		}
		list[i].SHA256 = &sum
		if done += t.size; bar != nil {
			bar(int(done), int(c.bytes))
		}
	}
	return list, nil
}

// elements is the product of the shape.
func (t *tensor) elements() int64 {
	n := int64(1)
	for _, d := range t.shape {
		n *= d
	}
	return n
}

// sha256 hashes the tensor as float32, little-endian, a piece at a time.
func (t *tensor) sha256(ctx context.Context) (string, error) {
	const elems = 1 << 16
	blocks := elems / t.format.BlockElems
	raw := make([]byte, blocks*t.format.BlockBytes)
	values := make([]float32, blocks*t.format.BlockElems)
	bytes := make([]byte, 4*len(values))
	h := sha256.New()
	data := t.open()
	for left := data.Size(); left > 0; {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		n := int(min(left, int64(len(raw))))
		if _, err := io.ReadFull(data, raw[:n]); err != nil {
			return "", err
		}
		left -= int64(n)
		decoded := values[:n/t.format.BlockBytes*t.format.BlockElems]
		t.format.Decode(decoded, raw[:n])
		for i, v := range decoded {
			binary.LittleEndian.PutUint32(bytes[4*i:], math.Float32bits(v))
		}
		h.Write(bytes[:4*len(decoded)])
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
