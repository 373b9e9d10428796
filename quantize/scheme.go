package quantize

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/internal/safefile"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/quark"
)

// schemes are the names of what becomes of a linear layer: w_ is its weight, a_
// its activations.
var schemes = map[string]quark.Layer{
	"w_mxfp4":                   {Weight: quark.Spec{Type: quant.MXFP4}},
	"w_mxfp4_a_mxfp4":           mx(quant.MXFP4, quant.MXFP4),
	"w_mxfp4_a_mxfp6":           mx(quant.MXFP4, quant.MXFP6_E2M3),
	"w_mxfp4_a_fp6_e2m3":        mx(quant.MXFP4, quant.MXFP6_E2M3),
	"w_mxfp6_e2m3_a_mxfp6_e2m3": mx(quant.MXFP6_E2M3, quant.MXFP6_E2M3),
	"w_mxfp6_e3m2_a_mxfp6_e3m2": mx(quant.MXFP6_E3M2, quant.MXFP6_E3M2),
	"w_fp8_a_fp8":               {Weight: quark.Spec{Type: quant.FP8_E4M3}, Input: quark.Spec{Type: quant.FP8_E4M3}},
	none:                        {},
}

const none = "none"

func mx(weight, input quant.Type) quark.Layer {
	return quark.Layer{Weight: quark.Spec{Type: weight}, Input: quark.Spec{Type: input, Dynamic: true}}
}

// SchemeNames lists the names that ParseScheme takes.
func SchemeNames() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(schemes)), func(s string) bool { return s == none })
}

// A Scheme says what becomes of each linear layer.
type Scheme struct {
	rules []rule // the first that matches counts
	text  string // that it was made of
}

type rule struct {
	pattern string
	layer   quark.Layer
}

// maxSchemeFile bounds a file of schemes.
const maxSchemeFile = 16 << 20

// ParseScheme reads a --scheme: a name, or a file of lines "PATTERN SCHEME",
// where a pattern is a layer's name with * and ?, SCHEME may be none, # begins a
// comment, and of several patterns the first that matches counts. What no
// pattern matches is left alone.
func ParseScheme(name string) (*Scheme, error) {
	if layer, ok := schemes[name]; ok && name != none {
		return &Scheme{[]rule{{"*", layer}}, name}, nil
	}
	text, err := safefile.ReadFile(name, maxSchemeFile)
	if err != nil {
		return nil, fmt.Errorf("scheme %q is no file, and not one of %s", name, strings.Join(SchemeNames(), ", "))
	}
	s := &Scheme{text: string(text)}
	line := 0
	for l := range strings.Lines(s.text) {
		line++
		l, _, _ = strings.Cut(l, "#")
		fields := strings.Fields(l)
		if len(fields) == 0 {
			continue
		}
		if err := s.add(fields); err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", name, line, err)
		}
	}
	if len(s.rules) == 0 {
		return nil, fmt.Errorf("%s has no schemes", name)
	}
	return s, nil
}

func (s *Scheme) add(fields []string) error {
	if len(fields) != 2 {
		return fmt.Errorf("%d words; PATTERN SCHEME is allowed", len(fields))
	}
	layer, ok := schemes[fields[1]]
	if !ok {
		return fmt.Errorf("unknown scheme %.64q; allowed are %s and none", fields[1], strings.Join(SchemeNames(), ", "))
	}
	if _, err := path.Match(fields[0], ""); err != nil {
		return fmt.Errorf("pattern %.128q: %w", fields[0], err)
	}
	s.rules = append(s.rules, rule{fields[0], layer})
	return nil
}

// layer is what becomes of the linear layer called name, which has no .weight at
// its end.
func (s *Scheme) layer(name string) quark.Layer {
	for _, r := range s.rules {
		if ok, _ := path.Match(r.pattern, name); ok { // names have no slashes: * crosses all
			return r.layer
		}
	}
	return quark.Layer{}
}
