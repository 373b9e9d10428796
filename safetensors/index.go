package safetensors

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/rocmforge/rocmforge/internal/fileerr"
	"github.com/rocmforge/rocmforge/internal/safefile"
	"github.com/rocmforge/rocmforge/internal/strictjson"
)

// Limits on an index and on all shards together.
const (
	maxIndex      = 16 << 20
	maxShards     = 4096
	maxAllTensors = 1 << 20 // unfused experts: some models have about 10^5
	maxShardName  = 255
)

// openShards opens every shard that an index names and holds the index to
// what the shards have. All shards are open before any data are read.
func openShards(folder, index string) (*File, error) {
	where, err := readIndex(index)
	if err != nil {
		return nil, err
	}
	all := &File{Metadata: map[string]string{}, byName: map[string]*Tensor{}}
	for _, shard := range shardNames(where) {
		if err = all.addShard(filepath.Join(folder, shard)); err != nil {
			break
		}
	}
	if err == nil {
		err = all.compare(index, where)
	}
	if err != nil {
		all.Close()
		return nil, err
	}
	return all, nil
}

func shardNames(where map[string]string) []string {
	var names []string
	for _, shard := range where {
		names = append(names, shard)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (f *File) addShard(path string) error {
	s, err := openPart(path)
	if err != nil {
		return err
	}
	f.parts = append(f.parts, s.parts...)
	for _, t := range s.Tensors {
		if other, twice := f.byName[t.Name]; twice {
			return t.fail("is in shard %s, too", fileerr.Quote(other.file.Name()))
		}
		f.byName[t.Name] = t
	}
	f.Tensors = append(f.Tensors, s.Tensors...)
	if len(f.Tensors) > maxAllTensors {
		return fileerr.New(path, fileerr.NoOffset, "", "more than %d tensors in all shards", maxAllTensors)
	}
	for k, v := range s.Metadata {
		f.Metadata[k] = v
	}
	return nil
}

// compare checks that index and shards tell the same.
func (f *File) compare(index string, where map[string]string) error {
	for name, shard := range where {
		if _, ok := f.byName[name]; !ok && !isBuffer(name) {
			return fileerr.New(index, fileerr.NoOffset, tensorName(name), "should be in %s, and is in no shard", fileerr.Quote(shard))
		}
	}
	for _, t := range f.Tensors {
		shard, ok := where[t.Name]
		if !ok {
			return t.fail("is not in the index %s", fileerr.Quote(filepath.Base(index)))
		}
		if shard != filepath.Base(t.file.Name()) {
			return t.fail("is in this shard; the index says %s", fileerr.Quote(shard))
		}
	}
	return nil
}

// isBuffer says whether a name is of what models compute by themselves: files
// of older versions of transformers name it, and need not have it.
func isBuffer(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	return slices.Contains([]string{"inv_freq", "cos_cached", "sin_cached", "masked_bias", "position_ids"}, last)
}

// readIndex gives the shard of each tensor.
func readIndex(path string) (map[string]string, error) {
	data, err := safefile.ReadFile(path, maxIndex)
	if err != nil {
		return nil, err
	}
	where, err := parseIndex(data)
	var e *fileerr.Error
	if errors.As(err, &e) {
		e.File = path
	}
	return where, err
}

func parseIndex(data []byte) (map[string]string, error) {
	json, err := strictjson.NewParser(data)
	if err != nil {
		return nil, err
	}
	where, shards := map[string]string{}, map[string]bool{}
	entry := func(tensor string) error {
		shard, err := json.String()
		if err != nil {
			return err
		}
		if !isShardName(shard) {
			return fileerr.New("", int64(json.Offset()), tensorName(tensor), "shard %s; the base name of a .safetensors file is allowed", fileerr.Quote(shard))
		}
		shards[shard] = true
		if where[tensor] = shard; len(where) > maxAllTensors || len(shards) > maxShards {
			return fileerr.New("", int64(json.Offset()), "", "more than %d tensors or %d shards", maxAllTensors, maxShards)
		}
		return nil
	}
	err = json.Object(func(name string) error {
		if name == "weight_map" {
			return json.Object(entry)
		}
		return json.Skip()
	})
	if err == nil {
		err = json.End()
	}
	if err == nil && len(where) == 0 {
		err = fileerr.New("", fileerr.NoOffset, "", "no weight_map, or an empty one")
	}
	return where, err
}

// isShardName says whether an index may name this file: it can choose none
// outside its own folder, whatever the system's rules for paths.
func isShardName(s string) bool {
	return len(s) <= maxShardName && filepath.IsLocal(s) && strings.HasSuffix(s, ".safetensors") &&
		!strings.ContainsAny(s, `/\:`) && !strings.ContainsFunc(s, unicode.IsControl)
}
