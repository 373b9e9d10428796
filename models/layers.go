package models

import (
	"fmt"
	"slices"
)

// LayerSizes is what layers of a model may differ in.
type LayerSizes struct {
	Heads   int // query heads
	KVHeads int // key and value heads
	FFN     int // the width inside the feed-forward layer
}

// Layer is the sizes of layer i.
func (c *Config) Layer(i int) LayerSizes {
	if c.PerLayer != nil {
		return c.PerLayer[i]
	}
	return LayerSizes{c.Heads, c.KVHeads, c.FFN}
}

// LayerKVHeads lists each layer's key and value heads; nil where all layers are
// alike.
func (c *Config) LayerKVHeads() (heads []int) {
	for _, l := range c.PerLayer {
		heads = append(heads, l.KVHeads)
	}
	return heads
}

// perLayer is a number for all layers, or one for each.
type perLayer []int

// one says that it is the same for all layers.
func (p perLayer) one() bool { return len(slices.Compact(slices.Clone(p))) <= 1 }

// at is the number of layer i; 0 if nothing was read.
func (p perLayer) at(i int) int {
	switch len(p) {
	case 0:
		return 0
	case 1:
		return p[0]
	}
	return p[i]
}

// setLayers takes sizes of which each is one number, or as many as there are
// layers.
func (c *Config) setLayers(heads, kv, ffn perLayer) {
	size := func(i int) LayerSizes { return LayerSizes{heads.at(i), kv.at(i), ffn.at(i)} }
	c.Heads, c.KVHeads, c.FFN, c.PerLayer = heads.at(0), kv.at(0), ffn.at(0), nil
	if heads.one() && kv.one() && ffn.one() {
		return
	}
	for i := range c.Layers {
		l := size(i)
		c.PerLayer = append(c.PerLayer, l)
		c.Heads, c.KVHeads, c.FFN = max(c.Heads, l.Heads), max(c.KVHeads, l.KVHeads), max(c.FFN, l.FFN)
	}
}

// checkLayers refuses sizes that no layer can have.
func (c *Config) checkLayers() error {
	if c.PerLayer == nil {
		return c.checkLayer(c.Layer(0), "")
	}
	for i, l := range c.PerLayer {
		if err := c.checkLayer(l, fmt.Sprintf(" of layer %d", i)); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) checkLayer(l LayerSizes, of string) error {
	for _, r := range []struct {
		key   string
		v, hi int
	}{
		{"feed-forward size", l.FFN, maxWidth},
		{"number of heads", l.Heads, maxHeads},
		{"number of key-value heads", l.KVHeads, l.Heads},
	} {
		if r.v < 1 || r.v > r.hi {
			return &ConfigError{r.key + of, r.v, fmt.Sprintf("1 to %d", r.hi)}
		}
	}
	switch {
	case l.Heads*c.HeadDim > maxWidth:
		return &ConfigError{"size of all heads" + of, l.Heads * c.HeadDim, fmt.Sprintf("at most %d", maxWidth)}
	case l.Heads%l.KVHeads != 0:
		return &ConfigError{"number of key-value heads" + of, l.KVHeads, fmt.Sprintf("a divisor of the %d heads", l.Heads)}
	}
	return nil
}
