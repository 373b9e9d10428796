package runtime

import (
	"context"
	"testing"

	"github.com/rocmforge/rocmforge/gopher"
	"github.com/rocmforge/rocmforge/models"
)

func openGopher(t testing.TB, o Options) *Model {
	t.Helper()
	if o.Device == "" {
		o.Device = testDevice
	}
	o.Isolate = o.Isolate || testIsolate
	r := gopher.Model()
	m, err := OpenReader(r, r.Size(), o)
	if err != nil {
		t.Fatal(err)
	}
	closeBehind(t, m)
	return m
}

// closeBehind closes a model when its test ends.
func closeBehind(t testing.TB, m *Model) {
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
}

// BenchmarkDecode is one token's pass, logits included.
func BenchmarkDecode(b *testing.B) {
	s := decoding(b)
	b.ReportAllocs()
	for b.Loop() {
		s.step(b)
	}
}

// TestDecodeAllocatesNothing holds the pass to what BenchmarkDecode shows.
func TestDecodeAllocatesNothing(t *testing.T) {
	s := decoding(t)
	if n := testing.AllocsPerRun(100, func() { s.step(t) }); n != 0 {
		t.Errorf("a pass of one token allocates %v times", n)
	}
}

type decodingSession struct {
	*Session
	keep func([]float32, int) error
}

// decoding is a session in the middle of a text.
func decoding(t testing.TB) *decodingSession { return decodingOn(t, Options{}) }

func decodingOn(t testing.TB, o Options) *decodingSession {
	s, err := openGopher(t, o).NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Forward(context.Background(), make([]int32, 64)); err != nil {
		t.Fatal(err)
	}
	return &decodingSession{s, func([]float32, int) error { return nil }}
}

func (s *decodingSession) step(t testing.TB) {
	if s.pos == s.model.context {
		s.pos, s.ids = 64, s.ids[:64]
	}
	s.ids = append(s.ids, 100)
	if err := s.passRows(context.Background(), s.pos, s.keep); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkPrefill is a full batch without logits.
func BenchmarkPrefill(b *testing.B) {
	m := openGopher(b, Options{})
	s, err := m.NewSession()
	if err != nil {
		b.Fatal(err)
	}
	ids := make([]int32, models.MaxBatch)
	for b.Loop() {
		s.Reset()
		s.ids = append(s.ids, ids...)
		if err := s.passRows(context.Background(), len(s.ids), nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(ids))/b.Elapsed().Seconds(), "tokens/s")
}
