package models

import (
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/models/nn"
	"github.com/rocmforge/rocmforge/ops"
)

// RoPEConfig is how positions turn into angles.
type RoPEConfig struct {
	Base    float64
	Dim     int // dimensions of a head that turn
	Pairing ops.Pairing
	Scaling ops.RoPEScaling
	// Factors divide the frequencies one by one; from a file's rope_freqs.
	Factors []float32
}

// Frequencies gives the inverse frequency of each rotated pair, in dst if there
// is room, for a sequence of that many tokens, and the factor on sine and
// cosine, which does not depend on the length.
func (r *RoPEConfig) Frequencies(dst []float32, length int) ([]float32, float32, error) {
	s := r.Scaling
	s.Length = length
	freq, scale, err := ops.RoPEFrequencies(dst, r.Base, r.Dim, &s)
	if err != nil {
		return nil, 0, err
	}
	if r.Factors != nil && len(r.Factors) != len(freq) {
		return nil, 0, fmt.Errorf("rope_freqs has %d factors; %d were expected", len(r.Factors), len(freq))
	}
	for i, f := range r.Factors {
		if freq[i] /= f; !(f > 0 && freq[i] <= math.MaxFloat32) {
			return nil, 0, fmt.Errorf("rope_freqs: factor %d is %v; it must be above 0 and leave the frequency finite", i, f)
		}
	}
	return freq, scale, nil
}

// Settled says whether the keys of a sequence of that length turn as those of
// any shorter one.
func (r *RoPEConfig) Settled(length int) bool { return r.effective(length) == 0 }

// effective is the shortest length with the frequencies of this one.
func (r *RoPEConfig) effective(length int) int {
	s := &r.Scaling
	switch {
	case !s.DependsOnLength() || length <= s.OriginalContext:
		return 0
	case s.Method == ops.RoPELong:
		return s.OriginalContext + 1
	}
	return length
}

// rope is the layer, with frequencies that follow a sequence's length.
type rope struct {
	nn.RoPE
	config *RoPEConfig
	length int       // what the frequencies on the device are for
	freq   []float32 // their copy here
}

// Bind uploads the frequencies of short sequences.
func (r *rope) Bind(a *nn.Arena, q device.Queue, c *RoPEConfig) error {
	freq, scale, err := c.Frequencies(nil, 0)
	if err != nil {
		return err
	}
	r.Pairing, r.config, r.length, r.freq = c.Pairing, c, 0, freq
	return r.RoPE.Bind(a, q, freq, scale)
}

// fit makes the frequencies those of a sequence of that length: a few bytes,
// and only where the length tells. They lie where they lay, so that a graph
// finds them.
func (r *rope) fit(q device.Queue, length int) {
	if length = r.config.effective(length); length == r.length {
		return
	}
	freq, _, err := r.config.Frequencies(r.freq, length)
	if err != nil {
		panic(err) // Bind found the same parameters good
	}
	r.freq, r.length = freq, length
	r.Upload(q, freq)
}
