package ops

import (
	"fmt"
	"math"
	"slices"
)

// RoPEMethod is a way to stretch RoPE beyond the context of the training.
type RoPEMethod int

// The methods, with the names that config.json and GGUF have for them.
const (
	RoPEPlain      RoPEMethod = iota // "default", "none": freq = base^(-2i/rot)
	RoPELinear                       // "linear": every frequency / Factor
	RoPENTK                          // base * Factor^(rot/(rot-2))
	RoPEDynamicNTK                   // "dynamic": the base grows with Context
	RoPEYaRN                         // "yarn"
	RoPELlama3                       // "llama3"
	RoPELong                         // "longrope": each frequency / one of ShortFactors or LongFactors
)

// RoPEScaling is how a model's RoPE is stretched. The zero value is plain
// RoPE; a method reads only the fields that name it.
type RoPEScaling struct {
	Method RoPEMethod
	Factor float64 // all but plain: how much longer the context becomes

	OriginalContext int // dynamic, YaRN, Llama 3, LongRoPE: positions in the training
	Length          int // dynamic, LongRoPE: positions of the sequence at hand; see DependsOnLength

	ShortFactors, LongFactors []float32 // LongRoPE: divisors of the frequencies [rot/2], up to OriginalContext and beyond

	LowFreqFactor, HighFreqFactor float64 // Llama 3: OriginalContext / wavelength at the bands' ends

	BetaFast, BetaSlow float64 // YaRN: rotations within OriginalContext at the ramp's ends; 0 means 32 and 1
	NoTruncate         bool    // YaRN: the ramp's ends stay fractions ("truncate": false)
	AttentionFactor    float64 // YaRN, LongRoPE: 0 means to compute it
	MScale             float64 // YaRN: "mscale", 0 if not given
	MScaleAllDim       float64 // YaRN: "mscale_all_dim", 0 if not given
}

// DependsOnLength says whether the frequencies of a sequence change as it grows
// beyond OriginalContext. Keys that are in a cache keep the frequencies that
// they were turned with.
func (s *RoPEScaling) DependsOnLength() bool {
	return s.Method == RoPEDynamicNTK || s.Method == RoPELong
}

// Served is the length of sequences for which the scaling is made, given that
// files name a context of that many tokens: Factor times the original context,
// or what the files name where that is more.
func (s *RoPEScaling) Served(context int) int {
	switch s.Method {
	case RoPELinear, RoPEDynamicNTK, RoPEYaRN:
		return max(context, int(min(s.Factor*float64(s.OriginalContext), math.MaxInt32)))
	}
	return context
}

// RoPEFrequencies computes the rotDim/2 angles per position, in radians, and
// the factor on sines and cosines (RoPEArgs.Scale; 1 for all but YaRN and
// LongRoPE). The meaning of all parameters is that of Hugging Face transformers,
// modeling_rope_utils.py; base is "rope_theta". The frequencies lie in dst if
// there is room.
func RoPEFrequencies(dst []float32, base float64, rotDim int, s *RoPEScaling) (freq []float32, attention float32, err error) {
	if err := s.check(base, rotDim); err != nil {
		return nil, 0, fmt.Errorf("RoPE: %w", err)
	}
	attention = 1
	switch s.Method {
	case RoPENTK:
		base *= math.Pow(s.Factor, float64(rotDim)/float64(rotDim-2))
	case RoPEDynamicNTK:
		base = s.dynamicBase(base, rotDim)
	case RoPEYaRN:
		attention = float32(s.YaRNAttention())
	case RoPELong:
		attention = float32(s.longAttention())
	}
	freq = slices.Grow(dst[:0], rotDim/2)[:rotDim/2]
	low, high := s.yarnRamp(base, rotDim)
	for i := range freq {
		f := plainFrequency(base, i, rotDim)
		switch s.Method {
		case RoPELinear:
			f /= s.Factor
		case RoPEYaRN:
			f = mix(f, f/s.Factor, (float64(i)-low)/(high-low))
		case RoPELlama3:
			f = s.llama3(f)
		case RoPELong:
			f /= float64(s.longFactors()[i])
		}
		freq[i] = float32(f)
	}
	return freq, attention, nil
}

// plainFrequency is base^(-2i/rotDim), with float32 roundings where the
// reference implementation has them: far into a context they tell.
func plainFrequency(base float64, i, rotDim int) float64 {
	exponent := float32(2*i) / float32(rotDim)
	return float64(1 / float32(math.Pow(float64(float32(base)), float64(exponent))))
}

// dynamicBase is the base for which Length positions fit. u/emozilla,
// "Dynamically Scaled RoPE", 2023.
func (s *RoPEScaling) dynamicBase(base float64, rotDim int) float64 {
	stretch := max(float64(s.Length)/float64(s.OriginalContext), 1)
	return base * math.Pow(s.Factor*stretch-(s.Factor-1), float64(rotDim)/float64(rotDim-2))
}

// yarnRamp gives the pairs between which YaRN goes from keeping a frequency to
// dividing it by Factor. Peng et al., "YaRN", section 3.2, and the authors'
// code, which takes the ramp over pairs rather than over wavelengths.
func (s *RoPEScaling) yarnRamp(base float64, rotDim int) (low, high float64) {
	pairAt := func(rotations float64) float64 {
		return float64(rotDim) * math.Log(float64(s.OriginalContext)/(rotations*2*math.Pi)) / (2 * math.Log(base))
	}
	low, high = pairAt(orDefault(s.BetaFast, 32)), pairAt(orDefault(s.BetaSlow, 1))
	if !s.NoTruncate {
		low, high = math.Floor(low), math.Ceil(high)
	}
	low, high = max(low, 0), min(high, float64(rotDim-1))
	if low == high {
		high += 0.001
	}
	return low, high
}

// YaRNAttention is the factor on attention's temperature, √(1/t) in "YaRN",
// section 3.4; mscale is DeepSeek's extension.
func (s *RoPEScaling) YaRNAttention() float64 {
	mscale := func(m float64) float64 { return 0.1*m*math.Log(max(s.Factor, 1)) + 1 }
	switch {
	case s.AttentionFactor != 0:
		return s.AttentionFactor
	case s.MScale != 0 && s.MScaleAllDim != 0:
		return mscale(s.MScale) / mscale(s.MScaleAllDim)
	}
	return mscale(1)
}

// longFactors are those for the sequence's length. Ding et al., "LongRoPE",
// section 3.3.
func (s *RoPEScaling) longFactors() []float32 {
	if s.Length > s.OriginalContext {
		return s.LongFactors
	}
	return s.ShortFactors
}

// longAttention is the factor by which Phi-3's authors raise attention's
// temperature with the context.
func (s *RoPEScaling) longAttention() float64 {
	switch {
	case s.AttentionFactor != 0:
		return s.AttentionFactor
	case s.Factor <= 1 || s.OriginalContext < 2:
		return 1
	}
	return math.Sqrt(1 + math.Log(s.Factor)/math.Log(float64(s.OriginalContext)))
}

// llama3 divides long wavelengths by Factor, keeps short ones and blends those
// between: apply_scaling in Meta's llama-models, models/llama3.
func (s *RoPEScaling) llama3(f float64) float64 {
	rotations := float64(s.OriginalContext) * f / (2 * math.Pi)
	return mix(f/s.Factor, f, (rotations-s.LowFreqFactor)/(s.HighFreqFactor-s.LowFreqFactor))
}

// mix goes from a to b as t goes from 0 to 1, and no further.
func mix(a, b, t float64) float64 {
	t = min(max(t, 0), 1)
	return a*(1-t) + b*t
}

func orDefault(v, otherwise float64) float64 {
	if v == 0 {
		return otherwise
	}
	return v
}

// check refuses what would give frequencies that are not finite.
func (s *RoPEScaling) check(base float64, rotDim int) error {
	byBase := s.Method == RoPENTK || s.Method == RoPEDynamicNTK
	byContext := s.DependsOnLength() || s.Method == RoPEYaRN || s.Method == RoPELlama3
	switch {
	case s.Method < RoPEPlain || s.Method > RoPELong:
		return fmt.Errorf("unknown scaling method %d", s.Method)
	case rotDim < 2 || rotDim%2 != 0 || rotDim > maxRotDim:
		return fmt.Errorf("%d rotated elements of a head; allowed are even numbers from 2 to %d", rotDim, maxRotDim)
	case byBase && rotDim == 2:
		return fmt.Errorf("2 rotated elements of a head; scaling by the base needs at least 4")
	case !(base > 1 && base <= math.MaxFloat32):
		return fmt.Errorf("base %v; must be greater than 1", base)
	case s.Method != RoPEPlain && !(s.Factor > 0 && s.Factor <= maxParameter):
		return fmt.Errorf("factor %v; must be above 0, and %v at most", s.Factor, maxParameter)
	case byContext && s.OriginalContext < 1:
		return fmt.Errorf("original context of %d positions; must be at least 1", s.OriginalContext)
	case s.Method == RoPELlama3 && !(s.HighFreqFactor > s.LowFreqFactor && s.LowFreqFactor > 0):
		return fmt.Errorf("low and high frequency factors %v and %v; must be positive and ascending",
			s.LowFreqFactor, s.HighFreqFactor)
	case s.Method == RoPEYaRN && !inRange(s.BetaFast, s.BetaSlow):
		return fmt.Errorf("beta_fast %v and beta_slow %v; must be 0 to %v", s.BetaFast, s.BetaSlow, maxParameter)
	case s.Method == RoPELong && !(divisors(s.ShortFactors, rotDim/2) && divisors(s.LongFactors, rotDim/2)):
		return fmt.Errorf("%d short and %d long factors; must be %d positive numbers each", len(s.ShortFactors), len(s.LongFactors), rotDim/2)
	case (s.Method == RoPEYaRN || s.Method == RoPELong) && !inRange(s.AttentionFactor, s.MScale, s.MScaleAllDim):
		return fmt.Errorf("attention factor %v, mscale %v, mscale_all_dim %v; must be 0 to %v",
			s.AttentionFactor, s.MScale, s.MScaleAllDim, maxParameter)
	}
	return nil
}

// maxParameter is far beyond any sensible beta, mscale or attention factor.
const maxParameter = 1e6

// divisors says whether there are n factors that leave a frequency finite.
func divisors(factors []float32, n int) bool {
	for _, f := range factors {
		if !(f >= 1/float32(maxParameter) && f <= maxParameter) {
			return false
		}
	}
	return len(factors) == n
}

func inRange(parameters ...float64) bool {
	for _, p := range parameters {
		if !(p >= 0 && p <= maxParameter) {
			return false
		}
	}
	return true
}
