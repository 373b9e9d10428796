package runtime

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/rocmforge/rocmforge/internal/goldens"
	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/tokenizer"
)

// logitTolerance is what float32 arithmetic may lose against another
// implementation of it. On a GPU that is more: matrix tiles take weights as
// halves.
func logitTolerance() float64 {
	if testDevice == "cpu" {
		return 1e-3
	}
	return 0.02
}

// gopherGoldens is goldens.json of the demo model, by weight format.
type gopherGoldens map[string]struct {
	PPL    float64 `json:"ppl"`
	Logits []struct {
		Text   string  `json:"text"`
		IDs    []int32 `json:"ids"`
		File   string  `json:"file"`
		Argmax []int32 `json:"argmax"`
	} `json:"logits"`
	Greedy []struct {
		PromptIDs []int32 `json:"prompt_ids"`
		IDs       []int32 `json:"ids"`
		Steps     []struct {
			Margin float64 `json:"margin"`
		} `json:"steps"`
	} `json:"greedy"`
}

func readGopher(t *testing.T) gopherGoldens {
	var g gopherGoldens
	goldens.JSON(t, goldens.Path(t, "gopher-7m/goldens.json"), &g)
	return g
}

// openFormat opens the demo model in a weight format: a GGUF file, or the folder
// that they all come from, or the embedded one.
func openFormat(t *testing.T, format string, o Options) *Model {
	if format == "BF16" {
		return open(t, goldens.Shared(t, "models/gopher-7m"), o)
	}
	name := "gguf/gopher-7m-" + format + ".gguf"
	if _, ok := goldens.Find(name); !ok && format == "MXFP4" {
		return openGopher(t, o)
	}
	return open(t, goldens.Path(t, name), o)
}

func open(t testing.TB, path string, o Options) *Model {
	t.Helper()
	if o.Device == "" {
		o.Device = testDevice
	}
	o.Isolate = o.Isolate || testIsolate
	m, err := Open(path, o)
	var arch *models.ArchitectureError
	if errors.As(err, &arch) || errors.Is(err, tokenizer.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	closeBehind(t, m)
	return m
}

// forwardAll gives the logits at all positions, from an empty session.
func forwardAll(t *testing.T, m *Model, ids []int32) [][]float32 {
	t.Helper()
	s, err := m.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return mustForward(t, s, ids, true)
}

// worst is the largest difference of any logit.
func worst(got [][]float32, want []float32) float64 {
	d := 0.0
	for i, row := range got {
		for j, v := range row {
			d = math.Max(d, math.Abs(float64(v-want[i*len(row)+j])))
		}
	}
	return d
}

func TestGoldenLogits(t *testing.T) {
	all := readGopher(t)
	for format, g := range all {
		t.Run(format, func(t *testing.T) {
			m := openFormat(t, format, Options{Exact: true})
			for _, l := range g.Logits {
				want := goldens.Floats(t, goldens.Path(t, "gopher-7m/"+l.File))
				if d := worst(forwardAll(t, m, l.IDs), want); d > logitTolerance() {
					t.Errorf("%s: logits differ by %.2g", l.File, d)
				} else {
					t.Logf("%s: %.2g", l.File, d)
				}
			}
		})
	}
}

// TestGoldenLogitsDefault holds the quantized arithmetic to the order of error
// of llama.cpp, which quantizes activations as well.
func TestGoldenLogitsDefault(t *testing.T) {
	limits := map[string]float64{"F16": 0.026, "BF16": 0.10, "Q8_0": 0.44, "MXFP4": 0.40, "Q4_K_M": 0.91}
	for format, g := range readGopher(t) {
		t.Run(format, func(t *testing.T) {
			m := openFormat(t, format, Options{})
			for _, l := range g.Logits {
				want := goldens.Floats(t, goldens.Path(t, "gopher-7m/"+l.File))
				d := worst(forwardAll(t, m, l.IDs), want)
				t.Logf("%s: %.2g", l.File, d)
				if limit, ok := limits[format]; ok && d > 1.5*limit {
					t.Errorf("%s: logits differ by %.2g; llama.cpp's by %.2g", l.File, d, limit)
				}
			}
		})
	}
}

// TestGoldenGreedy feeds the golden continuation token by token, and wants each
// step to choose the next one where the golden's margin leaves no doubt.
func TestGoldenGreedy(t *testing.T) {
	for format, g := range readGopher(t) {
		for name, doubt := range map[string]float64{"exact": 2.5 * logitTolerance(), "default": 1} {
			t.Run(format+"/"+name, func(t *testing.T) {
				m := openFormat(t, format, Options{Exact: name == "exact"})
				for _, c := range g.Greedy {
					s := newSession(t, m)
					next := best(mustForward(t, s, c.PromptIDs, false)[0])
					for i, want := range c.IDs {
						if margin := c.Steps[i].Margin; next != want && margin > doubt {
							t.Errorf("step %d gave %d; want %d by a margin of %g", i, next, want, margin)
						}
						next = best(mustForward(t, s, []int32{want}, false)[0])
					}
				}
			})
		}
	}
}

func best(logits []float32) int32 {
	return int32(slices.Index(logits, slices.Max(logits)))
}

func readTokens(t *testing.T, path string) []int32 {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]int32, len(b)/2)
	for i := range ids {
		ids[i] = int32(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return ids
}

// TestGoldenPerplexity compares exact and default arithmetic with the golden
// figures over the whole held-out text: all formats where ROCMFORGE_SLOW is
// set, else the format that the embedded model has.
func TestGoldenPerplexity(t *testing.T) {
	slow := os.Getenv("ROCMFORGE_SLOW") != ""
	var g struct {
		Perplexity map[string]struct {
			Exact float64 `json:"hf_exact_math"`
		} `json:"perplexity"`
	}
	goldens.JSON(t, goldens.Path(t, "gopher-7m/perplexity.json"), &g)
	ids := readTokens(t, goldens.Path(t, "heldout.tokens"))
	for format, want := range g.Perplexity {
		for _, exact := range []bool{true, false} {
			name := format + "/default"
			tolerance := 0.0015 * want.Exact
			if exact {
				name, tolerance = format+"/exact", 2*logitTolerance()
			}
			t.Run(name, func(t *testing.T) {
				if testing.Short() || !slow && (format != "MXFP4" || !exact) {
					t.Skip("long; set ROCMFORGE_SLOW to run it")
				}
				m := openFormat(t, format, Options{Exact: exact})
				p, err := m.Perplexity(context.Background(), ids, PerplexityOptions{Chunk: 1024})
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%.5f over %d tokens; golden %.5f", p.PPL, p.Tokens, want.Exact)
				if math.Abs(p.PPL-want.Exact) > tolerance {
					t.Errorf("perplexity %.5f; want %.5f within %.4f", p.PPL, want.Exact, tolerance)
				}
			})
		}
	}
}

// TestGoldenTiny runs the small models, from their folders and GGUF files.
func TestGoldenTiny(t *testing.T) {
	for _, dir := range goldens.Dirs() {
		tinyModels(t, filepath.Join(dir, "tiny"))
	}
}

// mustBeKnown skips models of families that are not implemented, and only them.
func mustBeKnown(t *testing.T, folder string) {
	_, err := models.ReadHFConfig(folder)
	if arch := (*models.ArchitectureError)(nil); errors.As(err, &arch) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// oneByOne is forwardAll a token at a time.
func oneByOne(t *testing.T, m *Model, ids []int32) (rows [][]float32) {
	s := newSession(t, m)
	for i := range ids {
		rows = append(rows, slices.Clone(mustForward(t, s, ids[i:i+1], false)[0]))
	}
	return rows
}

func tinyModels(t *testing.T, dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Log(err)
		return
	}
	for _, e := range entries {
		var g struct {
			Prompts [][]int32 `json:"prompts"`
			Logits  string    `json:"logits"`
		}
		goldens.JSON(t, filepath.Join(dir, e.Name(), "goldens.json"), &g)
		for _, file := range []string{"", "model-F16.gguf"} {
			t.Run(filepath.Join(e.Name(), file), func(t *testing.T) {
				path := filepath.Join(dir, e.Name(), file)
				if _, err := os.Stat(path); err != nil {
					t.Skip(err)
				}
				mustBeKnown(t, filepath.Join(dir, e.Name()))
				m := open(t, path, Options{Exact: true})
				want := goldens.Floats(t, filepath.Join(dir, e.Name(), g.Logits))
				var got [][]float32
				for _, p := range g.Prompts {
					got = slices.Concat(got, forwardAll(t, m, p))
				}
				if d := worst(got, want); d > logitTolerance() {
					t.Errorf("logits differ by %.2g", d)
				} else {
					t.Logf("%.2g", d)
				}
				if d := worst(oneByOne(t, m, g.Prompts[0]), want); d > logitTolerance() {
					t.Errorf("token by token, logits differ by %.2g", d)
				}
			})
		}
	}
}
