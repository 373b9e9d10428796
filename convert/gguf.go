package convert

import (
	"errors"
	"strings"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/models/weights"
)

// openGGUF takes a GGUF file over with all its keys, but for those that say
// how it was split.
func openGGUF(path string) (*input, error) {
	f, err := gguf.Open(path)
	if err != nil {
		return nil, err
	}
	source, err := weights.FromGGUF(f, true)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	in := &input{source: source}
	for key, value := range f.Metadata.All() {
		if !strings.HasPrefix(key, "split.") {
			in.header = append(in.header, keyValue{key, value})
		}
	}
	if arch, err := f.Metadata.String("general.architecture"); err == nil {
		n, _ := f.Metadata.UintOr(arch+".block_count", 1<<16, 0)
		in.layers = int(n)
	}
	for _, name := range in.source.Names() {
		t, _ := in.source.Tensor(name)
		in.tensors = append(in.tensors, tensor{from: t, name: name})
	}
	return in, nil
}
