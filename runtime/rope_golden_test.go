package runtime

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// ropeGoldens is testdata/rope/goldens.json, which scripts/rope_goldens.py
// writes.
type ropeGoldens struct {
	Lengths []int
	Cases   map[string]ropeGolden
}

type ropeGolden struct {
	Config json.RawMessage
	Logits [][]float32 // for each of the lengths, after the last token
	Cached []float32   // after 30 tokens at once and 10 one by one
}

// ropeTolerance is for logits of up to 30.
const ropeTolerance = 1e-3

// TestGoldenRoPEScaling compares with transformers, for each kind of scaling,
// at lengths within the original context of 32 tokens and beyond it; the
// longest one takes more than one pass.
func TestGoldenRoPEScaling(t *testing.T) {
	b, err := os.ReadFile("testdata/rope/goldens.json")
	if err != nil {
		t.Fatal(err)
	}
	var goldens ropeGoldens
	if err := json.Unmarshal(b, &goldens); err != nil {
		t.Fatal(err)
	}
	for name, g := range goldens.Cases {
		t.Run(name, func(t *testing.T) {
			m := openRope(t, ropeFolder(t, g.Config))
			s := newSession(t, m)
			for i, n := range goldens.Lengths {
				s.Reset()
				within(t, fmt.Sprintf("%d tokens", n), lastLogits(t, s, ropeIDs(n)), g.Logits[i])
			}
			s.Reset()
			ids := ropeIDs(40)
			got := lastLogits(t, s, ids[:30])
			for i := 30; i < 40; i++ {
				got = lastLogits(t, s, ids[i:i+1])
			}
			within(t, "10 tokens after 30", got, g.Cached)
		})
	}
}

func ropeFolder(t *testing.T, config []byte) string {
	dir := t.TempDir()
	weights, err := os.ReadFile("testdata/rope/model.safetensors")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "model.safetensors"), weights, 0o644)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "config.json"), config, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func openRope(t *testing.T, path string) *Model {
	m, err := Open(path, Options{Device: testDevice, Exact: true, Context: 640})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// ropeIDs are the script's tokens.
func ropeIDs(n int) []int32 {
	ids := make([]int32, n)
	for i := range ids {
		ids[i] = int32((7*i*i + 3*i + 1) % 48)
	}
	return ids
}

func lastLogits(t *testing.T, s *Session, ids []int32) []float32 {
	row, err := s.Forward(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

func within(t *testing.T, what string, got, want []float32) {
	t.Helper()
	worst := float32(0)
	for i := range want {
		worst = max(worst, got[i]-want[i], want[i]-got[i])
	}
	if len(got) != len(want) || !(worst <= ropeTolerance) {
		t.Errorf("%s: logits differ by %g", what, worst)
	}
}
