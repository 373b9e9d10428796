package ops_test

import (
	"math"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/ops"
)

// TestRoPEFrequencies compares with values computed in double precision from
// the formulas in transformers' modeling_rope_utils.py.
func TestRoPEFrequencies(t *testing.T) {
	gptOSS := ops.RoPEScaling{Method: ops.RoPEYaRN, Factor: 32, OriginalContext: 4096, NoTruncate: true}
	truncated := gptOSS
	truncated.NoTruncate = false
	for _, c := range []struct {
		name      string
		base      float64
		rotDim    int
		scaling   ops.RoPEScaling
		want      map[int]float64 // some of the frequencies
		attention float64
	}{
		{"plain", 10000, 64, ops.RoPEScaling{},
			map[int]float64{0: 1, 1: 0.749894209, 16: 0.01, 31: 0.000133352143}, 1},
		{"linear", 1e6, 64, ops.RoPEScaling{Method: ops.RoPELinear, Factor: 8},
			map[int]float64{0: 0.125, 1: 0.0811727039, 16: 0.000125, 31: 1.92490816e-07}, 1},
		{"ntk", 10000, 128, ops.RoPEScaling{Method: ops.RoPENTK, Factor: 4},
			map[int]float64{0: 1, 1: 0.847117185, 32: 0.00494528984, 63: 2.88695496e-05}, 1},
		{"dynamic", 10000, 128, ops.RoPEScaling{Method: ops.RoPEDynamicNTK, Factor: 2, OriginalContext: 4096, Length: 8192},
			map[int]float64{0: 1, 1: 0.850994291, 32: 0.00572338151, 63: 3.84927328e-05}, 1},
		{"dynamic within the context", 10000, 64, ops.RoPEScaling{Method: ops.RoPEDynamicNTK, Factor: 2, OriginalContext: 4096, Length: 100},
			map[int]float64{0: 1, 1: 0.749894209, 16: 0.01, 31: 0.000133352143}, 1},
		{"yarn, gpt-oss", 150000, 64, gptOSS,
			map[int]float64{0: 1, 8: 0.0508132748, 9: 0.0317056962, 12: 0.00679495949, 17: 0.000129318701, 18: 3.83088124e-05, 31: 3.02351143e-07}, 1.34657359},
		{"yarn, gpt-oss truncated", 150000, 64, truncated,
			map[int]float64{0: 1, 8: 0.0508132748, 9: 0.0316207523, 12: 0.00701571391, 17: 0.000227947796, 18: 3.83088124e-05, 31: 3.02351143e-07}, 1.34657359},
		{"yarn, deepseek", 10000, 64, ops.RoPEScaling{Method: ops.RoPEYaRN, Factor: 40, OriginalContext: 4096, BetaFast: 32, BetaSlow: 1, MScale: 1, MScaleAllDim: 0.707},
			map[int]float64{0: 1, 10: 0.0562341325, 11: 0.0390069266, 16: 0.0055, 22: 0.000177827941, 23: 3.33380358e-05, 24: 2.5e-05, 31: 3.33380358e-06}, 1.0857264},
		{"yarn, given attention factor", 1e6, 128, ops.RoPEScaling{Method: ops.RoPEYaRN, Factor: 4, OriginalContext: 32768, AttentionFactor: 1.5},
			map[int]float64{0: 1, 23: 0.00697830585, 24: 0.00537532149, 30: 0.00106436098, 39: 6.49039432e-05, 40: 4.44569853e-05, 41: 3.58253143e-05, 63: 3.1023444e-07}, 1.5},
		{"llama3.1", 500000, 128, ops.RoPEScaling{Method: ops.RoPELlama3, Factor: 8, OriginalContext: 8192, LowFreqFactor: 1, HighFreqFactor: 4},
			map[int]float64{0: 1, 28: 0.00321144599, 29: 0.00216657076, 32: 0.000524846161, 34: 0.000178507813, 35: 9.55621235e-05, 63: 3.06892599e-07}, 1},
		{"llama3.2", 500000, 64, ops.RoPEScaling{Method: ops.RoPELlama3, Factor: 32, OriginalContext: 8192, LowFreqFactor: 1, HighFreqFactor: 4},
			map[int]float64{0: 1, 14: 0.00321144599, 15: 0.00129054793, 16: 0.000429556797, 17: 9.7082878e-05, 18: 1.94616382e-05, 31: 9.41830673e-08}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			freq, attention, err := ops.RoPEFrequencies(nil, c.base, c.rotDim, &c.scaling)
			if err != nil {
				t.Fatal(err)
			}
			if len(freq) != c.rotDim/2 {
				t.Fatalf("%d frequencies, want %d", len(freq), c.rotDim/2)
			}
			for i, want := range c.want {
				if !near(freq[i], want) {
					t.Errorf("frequency %d is %v, want %v", i, freq[i], want)
				}
			}
			if !near(attention, c.attention) {
				t.Errorf("attention factor %v, want %v", attention, c.attention)
			}
		})
	}
}

func near(got float32, want float64) bool { return math.Abs(float64(got)-want) <= 2e-6*want }

// TestRoPEFrequenciesRefused feeds what a hostile file may say.
func TestRoPEFrequenciesRefused(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		base    float64
		rotDim  int
		scaling ops.RoPEScaling
		want    string
	}{
		{0, 64, ops.RoPEScaling{}, "base 0"},
		{nan, 64, ops.RoPEScaling{}, "base NaN"},
		{math.Inf(1), 64, ops.RoPEScaling{}, "base +Inf"},
		{10000, 63, ops.RoPEScaling{}, "63 rotated"},
		{10000, -2, ops.RoPEScaling{}, "-2 rotated"},
		{10000, 1 << 30, ops.RoPEScaling{}, "rotated"},
		{10000, 2, ops.RoPEScaling{Method: ops.RoPENTK, Factor: 2}, "at least 4"},
		{10000, 64, ops.RoPEScaling{Method: 99}, "method 99"},
		{10000, 64, ops.RoPEScaling{Method: ops.RoPELinear}, "factor 0"},
		{10000, 64, ops.RoPEScaling{Method: ops.RoPELinear, Factor: nan}, "factor NaN"},
		{10000, 64, ops.RoPEScaling{Method: ops.RoPEYaRN, Factor: 2}, "original context of 0"},
		{10000, 64, ops.RoPEScaling{Method: ops.RoPEYaRN, Factor: 2, OriginalContext: 64, BetaFast: nan}, "beta_fast NaN"},
		{10000, 64, ops.RoPEScaling{Method: ops.RoPEYaRN, Factor: 2, OriginalContext: 64, AttentionFactor: math.Inf(1)}, "attention factor +Inf"},
		{10000, 64, ops.RoPEScaling{Method: ops.RoPELlama3, Factor: 2, OriginalContext: 64, LowFreqFactor: 4, HighFreqFactor: 4}, "4 and 4"},
	} {
		freq, _, err := ops.RoPEFrequencies(nil, c.base, c.rotDim, &c.scaling)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("base %v, %d rotated, %+v: frequencies %v, error %v; want %q in it",
				c.base, c.rotDim, c.scaling, freq, err, c.want)
		}
	}
}
