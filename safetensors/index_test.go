package safetensors

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folder makes a folder of two shards, each with one tensor, and an index.
func folder(t *testing.T, index string) string {
	t.Helper()
	dir := t.TempDir()
	for shard, tensor := range map[string]string{"m-1.safetensors": "a", "m-2.safetensors": "b"} {
		w, err := Create(filepath.Join(dir, shard))
		check(t, err)
		check(t, w.AddTensor(tensor, U8, []int64{3}))
		check(t, w.WriteData(tensor, []byte(tensor+tensor+tensor)))
		check(t, w.Finish())
	}
	if index != "" {
		check(t, os.WriteFile(filepath.Join(dir, IndexName), []byte(index), 0o666))
	}
	return dir
}

func TestOpenShards(t *testing.T) {
	f, err := Open(folder(t, `{"metadata":{"total_size":6},"weight_map":{"b":"m-2.safetensors","a":"m-1.safetensors"}}`))
	check(t, err)
	defer f.Close()
	for _, name := range []string{"a", "b"} {
		x, ok := f.Tensor(name)
		if !ok {
			t.Fatalf("no tensor %s", name)
		}
		if b, err := x.Bytes(); err != nil || string(b) != name+name+name {
			t.Errorf("%v: %q, %v", x, b, err)
		}
	}
	check(t, f.Close())
	if _, err := f.Tensors[0].Bytes(); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("after Close: %v", err)
	}
}

// TestMissingBuffer: what models compute by themselves need not be there.
func TestMissingBuffer(t *testing.T) {
	f, err := Open(folder(t, `{"weight_map":{"a":"m-1.safetensors","b":"m-2.safetensors","model.layers.0.self_attn.rotary_emb.inv_freq":"m-2.safetensors"}}`))
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
}

func TestOpenShardsRefuses(t *testing.T) {
	for index, want := range map[string]string{
		`{"weight_map":{"a":"m-1.safetensors"}}x`: "after the end",
		`{}`:                     "no weight_map",
		`{"weight_map":{"a":7}}`: "a string is allowed",
		`{"weight_map":{"a":"m-2.safetensors","b":"m-1.safetensors"}}`:                                      "the index says",
		`{"weight_map":{"a":"m-1.safetensors","b":"m-2.safetensors","c":"m-2.safetensors"}}`:                "is in no shard",
		`{"weight_map":{"a":"m-1.safetensors","c":"m-1.safetensors"}}`:                                      "is in no shard",
		`{"weight_map":{"b":"m-2.safetensors","a":"m-1.safetensors"},"weight_map":{"a":"m-1.safetensors"}}`: "appears twice",
		`{"weight_map":{"a":"m-1.safetensors","b":"./m-2.safetensors"}}`:                                    "the base name",
	} {
		if _, err := Open(folder(t, index)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", index, err, want)
		}
	}
	if _, err := Open(folder(t, "")); err == nil || !strings.Contains(err.Error(), "no model.safetensors and no") {
		t.Errorf("no index: %v", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
}

func TestIsShardName(t *testing.T) {
	for s, want := range map[string]bool{
		"model-00001-of-00002.safetensors": true,
		"..safetensors":                    true,
		".safetensors/":                    false,
		"../a.safetensors":                 false,
		"/a.safetensors":                   false,
		`..\a.safetensors`:                 false,
		`C:a.safetensors`:                  false,
		"a\x00.safetensors":                false,
		"a.bin":                            false,
		"":                                 false,
		strings.Repeat("a", 255) + ".safetensors": false,
	} {
		if isShardName(s) != want {
			t.Errorf("%.40q: %v", s, !want)
		}
	}
}

func FuzzIndex(f *testing.F) {
	f.Add([]byte(`{"metadata":{"total_size":6},"weight_map":{"b":"m-2.safetensors","a":"m-1.safetensors"}}`))
	f.Add([]byte(`{"weight_map":{"a":"../x.safetensors"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		where, err := parseIndex(data)
		if err != nil {
			return
		}
		for _, shard := range where {
			if filepath.Base(shard) != shard {
				t.Errorf("shard %q", shard)
			}
		}
	})
}
