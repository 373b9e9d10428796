package models

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/gguf"
)

func configOf(t *testing.T, keys map[string]any) (*Config, error) {
	b := header(t, keys)
	f, err := gguf.Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return ReadGGUFConfig(f)
}

const (
	kvKey    = "llama.attention.head_count_kv"
	headsKey = "llama.attention.head_count"
	ffnKey   = "llama.feed_forward_length"
)

// TestLayersAlike: an array of one number again and again is that number.
func TestLayersAlike(t *testing.T) {
	c, err := configOf(t, map[string]any{kvKey: []uint32{2, 2}, ffnKey: []int32{96, 96}, headsKey: []uint16{4, 4}})
	if err != nil || c.PerLayer != nil || c.KVHeads != 2 || c.FFN != 96 || c.Heads != 4 || c.HeadDim != 16 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestLayersDiffer(t *testing.T) {
	c, err := configOf(t, map[string]any{kvKey: []int32{1, 4}, ffnKey: []uint64{128, 96}})
	if err != nil {
		t.Fatal(err)
	}
	if c.Layer(0) != (LayerSizes{4, 1, 128}) || c.Layer(1) != (LayerSizes{4, 4, 96}) || c.KVHeads != 4 || c.FFN != 128 {
		t.Errorf("%+v", c)
	}
	names, err := TensorNames(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if want := map[string]int{"blk.0.attn_k.weight": 16, "blk.1.attn_k.weight": 64, "blk.1.ffn_up.weight": 96}[n.GGUF]; want != 0 && n.Shape[0] != want {
			t.Errorf("%s is %v", n.GGUF, n.Shape)
		}
	}
}

// TestLayersRefused: the error names the key, or what is wrong in which layer.
func TestLayersRefused(t *testing.T) {
	for _, c := range []struct {
		keys map[string]any
		want string
	}{
		{map[string]any{kvKey: []int32{2}}, kvKey},
		{map[string]any{kvKey: []int32{2, 2, 2}}, kvKey},
		{map[string]any{kvKey: []int32{}}, kvKey},
		{map[string]any{kvKey: []int32{2, 0}}, kvKey + " is 0 in layer 1"},
		{map[string]any{kvKey: []int32{-2, 2}}, kvKey},
		{map[string]any{kvKey: []int32{2, 3}}, "number of key-value heads of layer 1"},
		{map[string]any{kvKey: []int32{8, 4}}, "number of key-value heads of layer 0"},
		{map[string]any{kvKey: []string{"2", "2"}}, kvKey},
		{map[string]any{kvKey: []float32{2, 2}}, kvKey},
		{map[string]any{ffnKey: []int64{96, 1 << 40}}, ffnKey},
		{map[string]any{ffnKey: []uint64{96, 1 << 63}}, ffnKey},
		{map[string]any{ffnKey: []int32{96, 0}}, ffnKey},
		{map[string]any{headsKey: []int32{4, 8}, kvKey: uint32(2)}, "llama.attention.key_length"},
		{map[string]any{headsKey: []int32{4, 8192}, "llama.attention.key_length": uint32(16)}, "number of heads of layer 1"},
	} {
		_, err := configOf(t, c.keys)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.keys, err)
		}
		if bad := (*ConfigError)(nil); errors.As(err, &bad) && bad.Allowed == "" {
			t.Errorf("%v: %v does not say what is allowed", c.keys, err)
		}
	}
}
