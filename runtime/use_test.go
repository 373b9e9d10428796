package runtime

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/models/kvcache"
	"github.com/rocmforge/rocmforge/runtime/sample"
)

// heldNet stops in its pass until it is let go.
type heldNet struct {
	models.Model
	begun, letGo chan struct{}
}

func (n *heldNet) Forward(q device.Queue, b *models.Batch, c *kvcache.Cache) {
	n.begun <- struct{}{}
	<-n.letGo
	n.Model.Forward(q, b, c)
}

// holdPass begins a pass of a session, which lasts until release; then its error
// comes from done.
func holdPass(t *testing.T, m *Model) (s *Session, release func(), done chan error) {
	t.Helper()
	net := &heldNet{m.net, make(chan struct{}), make(chan struct{})}
	s, done = newSession(t, m), make(chan error, 1)
	m.net = net
	go func() {
		_, err := s.Forward(context.Background(), someIDs(3, 1))
		done <- err
	}()
	<-net.begun
	return s, func() { m.net = net.Model; close(net.letGo) }, done
}

// TestOthersDoNotWait: while one session computes, sessions begin, are reset and
// end, and who waits for a turn waits no longer than its context.
func TestOthersDoNotWait(t *testing.T) {
	m := openGopher(t, Options{})
	other := newSession(t, m)
	busy, release, done := holdPass(t, m)
	third, err := m.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(other.Reset(), third.Close()); err != nil {
		t.Error(err)
	}
	for _, wait := range []struct {
		ctx  func() (context.Context, context.CancelFunc)
		want error
	}{
		{func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(t.Context(), time.Millisecond)
		}, context.DeadlineExceeded},
		{func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			return ctx, cancel
		}, context.Canceled},
	} {
		ctx, cancel := wait.ctx()
		_, _, err := generateIDs(ctx, other, someIDs(4, 1), plainTokens)
		_, err2 := other.Forward(ctx, someIDs(4, 1))
		if !errors.Is(err, wait.want) || !errors.Is(err2, wait.want) || other.Len() != 0 || other.StopReason() != StopCancelled {
			t.Errorf("%v, %v with %d tokens, stop %q; want %v", err, err2, other.Len(), other.StopReason(), wait.want)
		}
		cancel()
	}
	if err := busy.Close(); err != nil { // the pass goes on
		t.Error(err)
	}
	release()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := busy.Forward(t.Context(), someIDs(1, 1)); !errors.Is(err, ErrSessionClosed) {
		t.Errorf("after Close: %v", err)
	}
	if len(m.memories) != 1 || m.untidy() {
		t.Errorf("%d caches are left, want that of the open session", len(m.memories))
	}
	mustHold(t, other, nil)
}

// TestBusy: a session that computes answers everybody else ErrBusy, and goes on
// as if it had not been asked.
func TestBusy(t *testing.T) {
	m := openGopher(t, Options{Exact: true})
	s, release, done := holdPass(t, m)
	check := func(where string) {
		t.Helper()
		_, forward := s.Forward(t.Context(), someIDs(1, 1))
		_, _, generate := generateIDs(t.Context(), s, someIDs(1, 1), plainTokens)
		_, likelihood := s.LogLikelihood(t.Context(), someIDs(3, 1), 1)
		_, profile := s.Profile(t.Context(), someIDs(1, 1))
		var rows error
		for _, err := range s.ForwardRows(t.Context(), someIDs(1, 1)) {
			rows = err
		}
		for i, err := range []error{forward, generate, likelihood, profile, rows, s.Reset()} {
			if !errors.Is(err, ErrBusy) {
				t.Errorf("%s: call %d gives %v", where, i, err)
			}
		}
		if n := s.KeepPrefix(someIDs(3, 1)); n != 0 {
			t.Errorf("%s: %d tokens kept", where, n)
		}
	}
	check("another goroutine")
	release()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	text := someIDs(3, 1)
	for token, err := range s.GenerateIDs(t.Context(), someIDs(2, 1), plainTokens) {
		if err != nil {
			t.Fatal(err)
		}
		check("in its own loop")
		if token.ID >= 0 {
			text = append(text, token.ID)
		}
	}
	mustHold(t, s, slices.Concat(someIDs(3, 1), someIDs(2, 1), text[3:]))
}

// TestClosedInItsLoop: the generation ends with the pass under way.
func TestClosedInItsLoop(t *testing.T) {
	m := openGopher(t, Options{})
	s := newSession(t, m)
	n := 0
	var last error
	for token, err := range s.GenerateIDs(t.Context(), someIDs(2, 1), GenerateOptions{IgnoreEOS: true, Sampling: greedy}) {
		if last = err; token.ID >= 0 {
			n++
			s.Close()
		}
	}
	if n != 1 || last != ErrSessionClosed || len(m.memories) != 0 {
		t.Errorf("%d tokens, %v, %d caches", n, last, len(m.memories))
	}
}

// TestRangedTwice: what Generate returns is one generation.
func TestRangedTwice(t *testing.T) {
	s := newSession(t, openGopher(t, Options{}))
	seq := s.GenerateIDs(t.Context(), someIDs(2, 1), plainTokens)
	for _, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
	}
	n := s.Len()
	for token, err := range seq {
		if !errors.Is(err, ErrUsed) || token.ID != -1 {
			t.Errorf("%v, %v", token, err)
		}
	}
	if s.Len() != n {
		t.Errorf("%d tokens, %d before", s.Len(), n)
	}
}

// TestForgottenSession: a session that nobody has is closed by the collector.
func TestForgottenSession(t *testing.T) {
	m := openGopher(t, Options{})
	kept := newSession(t, m)
	before := m.dev.InUse()
	func() {
		for range 8 {
			s, err := m.NewSession()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Forward(t.Context(), someIDs(2, 1)); err != nil {
				t.Fatal(err)
			}
		}
	}()
	for range 1000 { // cleanups run some time after a collection
		runtime.GC()
		if m.dev.InUse() == before {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if got := m.dev.InUse(); got != before {
		t.Errorf("%d bytes in use, %d before", got, before)
	}
	mustForward(t, kept, someIDs(2, 1), false)
}

// TestClosedTexts: which of the two is closed is said.
func TestClosedTexts(t *testing.T) {
	m := openGopher(t, Options{})
	s := newSession(t, m)
	s.Close()
	_, err := s.Forward(t.Context(), someIDs(1, 1))
	if err != ErrSessionClosed || !errors.Is(err, ErrClosed) || !strings.Contains(err.Error(), "session") {
		t.Errorf("closed session: %v", err)
	}
	s = newSession(t, m)
	m.Close()
	if _, err := s.Forward(t.Context(), someIDs(1, 1)); err != ErrClosed || errors.Is(err, ErrSessionClosed) {
		t.Errorf("closed model: %v", err)
	}
}

// TestZeroValues: they are closed, and nothing panics.
func TestZeroValues(t *testing.T) {
	var m Model
	_, newSession := m.NewSession()
	_, rate := m.CopyRate()
	_, perplexity := m.Perplexity(nil, someIDs(3, 1), PerplexityOptions{}) //lint:ignore SA1012 nil is what is tested
	var s Session
	_, forward := s.Forward(t.Context(), someIDs(1, 1))
	_, _, generate := generateIDs(t.Context(), &s, someIDs(1, 1), plainTokens)
	for i, err := range []error{newSession, rate, perplexity, forward, generate, s.Reset()} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if err := errors.Join(s.Close(), m.Close()); err != nil || m.Device() != "" || m.BatchTokens() != 0 || m.IsEOS(1) {
		t.Errorf("%v, device %q", err, m.Device())
	}
}

// TestNilContext is one that never ends.
func TestNilContext(t *testing.T) {
	s := newSession(t, openGopher(t, Options{}))
	var none context.Context
	if _, err := s.Forward(none, someIDs(2, 1)); err != nil {
		t.Error(err)
	}
	if _, _, err := generateIDs(none, s, someIDs(2, 1), plainTokens); err != nil {
		t.Error(err)
	}
	if _, err := s.LogLikelihood(none, someIDs(3, 1), 1); err != nil {
		t.Error(err)
	}
}

// TestOptionErrors name the option, the value and what is allowed.
func TestOptionErrors(t *testing.T) {
	path := gopherFile(t)
	for name, o := range map[string]Options{
		"KVCacheDType": {KVCacheDType: "q8_0"}, "Context": {Context: -1}, "Activations": {Activations: "int4"}, "Device": {Device: "gpu"},
	} {
		o.Device = map[bool]string{true: o.Device, false: DeviceCPU}[o.Device != ""]
		_, err := Open(path, o)
		if e, ok := errors.AsType[*OptionError](err); !ok || e.Name != name || e.Want == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := newSession(t, openGopher(t, Options{}))
	for name, o := range map[string]GenerateOptions{
		"MaxTokens": {MaxTokens: -1}, "TopLogProbs": {TopLogProbs: 1 << 20}, "stop string": {Stop: []string{""}}, "top-p": {Sampling: &Sampling{TopP: 2}},
		"Mask": {Mask: func([]float32, []int32) error { return nil }, Sampler: func([]float32, []int32) (int32, error) { return 0, nil }},
	} {
		_, _, err := generateIDs(t.Context(), s, someIDs(1, 1), o)
		if e, ok := errors.AsType[*OptionError](err); !ok || e.Name != name || e.Want == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none.gguf"), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

// TestContextAdvice: a longer context is advised where there can be one.
func TestContextAdvice(t *testing.T) {
	m := openGopher(t, Options{Context: 64})
	_, err := newSession(t, m).Forward(t.Context(), someIDs(65, 1))
	if e, ok := errors.AsType[*ContextError](err); !ok || e.Longest != 1024 || !strings.Contains(err.Error(), "up to 1024") {
		t.Error(err)
	}
	m = openGopher(t, Options{Context: 1024})
	_, err = newSession(t, m).Forward(t.Context(), someIDs(1025, 1))
	if err == nil || strings.Contains(err.Error(), "open") {
		t.Error(err)
	}
}

// TestLogProbs compares log-probabilities with those of Forward, with samplers
// on, on devices that choose by themselves and on those that do not.
func TestLogProbs(t *testing.T) {
	for name, m := range map[string]*Model{"near": openGopher(t, Options{Exact: true}), "far": openFar(t, Options{Exact: true})} {
		for _, sampling := range []*Sampling{greedy, {Temperature: 1.5, TopK: 3, RepeatPenalty: 1.5, Seed: 4}} {
			prompt := someIDs(5, 1)
			o := GenerateOptions{MaxTokens: 6, IgnoreEOS: true, Sampling: sampling, TopLogProbs: 4}
			all := slices.Clone(prompt)
			var tokens []Token
			for token, err := range newSession(t, m).GenerateIDs(t.Context(), prompt, o) {
				if err != nil {
					t.Fatal(err)
				}
				if token.ID >= 0 {
					all, tokens = append(all, token.ID), append(tokens, token)
				}
			}
			rows := mustForward(t, newSession(t, m), all, true)
			for i, token := range tokens {
				checkLogProbs(t, fmt.Sprint(name, *sampling, i), token, rows[len(prompt)-1+i])
			}
			if len(tokens) != 6 {
				t.Errorf("%d tokens", len(tokens))
			}
		}
		for token := range newSession(t, m).GenerateIDs(t.Context(), someIDs(5, 1), plainTokens) {
			if token.LogProb != 0 || token.Top != nil {
				t.Errorf("%s: %v unasked", name, token)
			}
		}
	}
}

func checkLogProbs(t *testing.T, what string, token Token, logits []float32) {
	t.Helper()
	_, sum := sample.LogSum(logits)
	near := func(p float64, id int32) bool { return math.Abs(p-(float64(logits[id])-sum)) < 2e-3 }
	if !near(token.LogProb, token.ID) || len(token.Top) != 4 {
		t.Errorf("%s: log-probability %v of %d, %d alternatives", what, token.LogProb, token.ID, len(token.Top))
	}
	better := 0
	for _, l := range logits {
		if float64(l)-sum > token.Top[3].LogProb+2e-3 {
			better++
		}
	}
	for i, p := range token.Top {
		if !near(p.LogProb, p.ID) || i > 0 && token.Top[i-1].LogProb < p.LogProb {
			t.Errorf("%s: alternatives %v", what, token.Top)
		}
	}
	if better > 3 {
		t.Errorf("%s: %d tokens are more probable than the fourth", what, better)
	}
}

// TestHooks: a sampler and a mask of the caller's own.
func TestHooks(t *testing.T) {
	m := openFar(t, Options{})
	s := newSession(t, m)
	prompt := someIDs(5, 1)
	want := mustGenerate(t, newSession(t, m), prompt, plainTokens)
	o := plainTokens
	o.Sampler = func(logits []float32, ids []int32) (int32, error) {
		if len(logits) != m.config.Vocab || !slices.Equal(ids[:5], prompt) || len(ids) != s.Len() {
			t.Errorf("%d logits for %v", len(logits), ids)
		}
		best := 0
		for i, l := range logits {
			if l > logits[best] {
				best = i
			}
		}
		return int32(best), nil
	}
	if got := mustGenerate(t, s, prompt, o); !slices.Equal(got, want) {
		t.Errorf("a greedy sampler gives %v, want %v", got, want)
	}
	s.Reset()
	o = plainTokens
	o.LogProbs = true
	o.Mask = func(logits []float32, _ []int32) error {
		for i := range logits {
			if i != 70 && i != 71 {
				logits[i] = float32(math.Inf(-1))
			}
		}
		return nil
	}
	for token, err := range s.GenerateIDs(t.Context(), prompt, o) {
		if err != nil || token.ID > 0 && token.ID != 70 && token.ID != 71 || token.ID > 0 && !(token.LogProb < 0) {
			t.Errorf("%+v, %v", token, err)
		}
	}
	stop := errors.New("enough")
	o.Mask = func([]float32, []int32) error { return stop }
	if _, _, err := generateIDs(t.Context(), s, prompt, o); !errors.Is(err, stop) {
		t.Error(err)
	}
	o.Mask, o.Sampler = nil, func([]float32, []int32) (int32, error) { return 1 << 20, nil }
	if _, _, err := generateIDs(t.Context(), s, prompt, o); err == nil {
		t.Error("a token outside the vocabulary was taken")
	}
	o.Sampler = func([]float32, []int32) (int32, error) { panic("mine") }
	defer func() {
		if r := recover(); r != "mine" {
			t.Errorf("the caller's panic became %v", r)
		}
		if err := s.Reset(); err != nil {
			t.Errorf("after a panic: %v", err)
		}
	}()
	generateIDs(t.Context(), s, prompt, o)
}

// TestProgressAndStats: a long prompt is told pass by pass, and what a
// generation took is counted.
func TestProgressAndStats(t *testing.T) {
	s := newSession(t, openGopher(t, Options{}))
	var told [][2]int
	o := plainTokens
	o.Progress = func(done, total int) { told = append(told, [2]int{done, total}) }
	mustGenerate(t, s, someIDs(models.MaxBatch+10, 1), o)
	n := models.MaxBatch + 10
	if want := [][2]int{{0, n}, {models.MaxBatch, n}, {n, n}}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
	st := s.Stats()
	if st.PromptTokens != n || st.Tokens != 4 || st.passes != 3 || st.FirstToken <= 0 || st.Decode <= 0 || st.PromptRate() <= 0 || st.Rate() <= 0 {
		t.Errorf("%+v", st)
	}
	mustGenerate(t, s, someIDs(3, 1), plainTokens)
	if st := s.Stats(); st.PromptTokens != 4 { // and the last answer's last token
		t.Errorf("%+v", st)
	}
	if (Stats{}).Rate() != 0 || (Stats{}).PromptRate() != 0 {
		t.Error("a rate of nothing")
	}
}

// TestForwardRowsLeftEarly leaves the conversation as it was.
func TestForwardRowsLeftEarly(t *testing.T) {
	s := newSession(t, openGopher(t, Options{Exact: true}))
	text := append(someIDs(3, 1), mustGenerate(t, s, someIDs(3, 1), plainTokens)...)
	n := 0
	for _, err := range s.ForwardRows(t.Context(), someIDs(9, 2)) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 4 {
			break
		}
	}
	mustHold(t, s, text)
}

// TestEachLikelihood: the tokens' log-probabilities add up.
func TestEachLikelihood(t *testing.T) {
	s := newSession(t, openGopher(t, Options{}))
	l, err := s.LogLikelihood(t.Context(), someIDs(40, 1), 35)
	sum := 0.0
	for _, p := range l.LogProbs {
		sum += p
	}
	if err != nil || len(l.LogProbs) != 35 || math.Abs(sum-l.LogProb) > 1e-9*math.Abs(sum) {
		t.Errorf("%d that add up to %v, not %v; %v", len(l.LogProbs), sum, l.LogProb, err)
	}
}
