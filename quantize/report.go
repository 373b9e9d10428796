package quantize

import (
	"cmp"
	"math"
	"slices"
)

// TensorReport is how near a quantized weight is to what it was.
type TensorReport struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// SNR is 10 log10(Σ w² / Σ (w-q)²), in decibel; it is at most 200, which
	// stands for a weight that did not change.
	SNR float64 `json:"snr"`
	// Worst are the groups of 32 elements that lost most.
	Worst []BlockReport `json:"worst"`
}

// Exact says that the weight did not change.
func (t *TensorReport) Exact() bool { return t.SNR == mostSNR }

// BlockReport is one group of 32 elements: Row and Block say which.
type BlockReport struct {
	Row   int     `json:"row"`
	Block int     `json:"block"`
	SNR   float64 `json:"snr"`
}

const (
	worstBlocks = 4
	mostSNR     = 200
)

// compare measures q against w, both [n, k].
func compare(name, typ string, w, q *matrix) TensorReport {
	r := TensorReport{Name: name, Type: typ}
	const group = 32
	worst := make([]BlockReport, 0, w.n)
	signal, noise := 0.0, 0.0
	for i := range w.n {
		a, b := w.row(i), q.row(i)
		lowest := BlockReport{Row: i, SNR: math.Inf(1)}
		for at := 0; at < w.k; at += group {
			s, e := power(a[at:min(at+group, w.k)], b[at:min(at+group, w.k)])
			signal, noise = signal+s, noise+e
			if x := decibel(s, e); x < lowest.SNR {
				lowest.Block, lowest.SNR = at/group, x
			}
		}
		worst = append(worst, lowest)
	}
	slices.SortStableFunc(worst, func(a, b BlockReport) int { return cmp.Compare(a.SNR, b.SNR) })
	r.SNR, r.Worst = decibel(signal, noise), worst[:min(worstBlocks, len(worst))]
	return r
}

// power is the sums of squares of a and of what b differs by.
func power(a, b []float32) (signal, noise float64) {
	for i, x := range a {
		d := float64(x) - float64(b[i])
		signal += float64(x) * float64(x)
		noise += d * d
	}
	return signal, noise
}

func decibel(signal, noise float64) float64 {
	if noise == 0 {
		return mostSNR
	}
	return max(min(10*math.Log10(signal/noise), mostSNR), -mostSNR)
}
