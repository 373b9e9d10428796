package runtime

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/models/kvcache"
	"github.com/rocmforge/rocmforge/tokenizer"
)

func newSession(t testing.TB, m *Model) *Session {
	t.Helper()
	s, err := m.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// someIDs are n token ids, others for each seed.
func someIDs(n, seed int) []int32 {
	ids := make([]int32, n)
	for i := range ids {
		ids[i] = int32((i*i*31 + i*7 + seed*101) % 4000)
	}
	return ids
}

// generateIDs collects a generation; an error is the last item's.
func generateIDs(ctx context.Context, s *Session, prompt []int32, o GenerateOptions) (ids []int32, text string, err error) {
	for token, err := range s.GenerateIDs(ctx, prompt, o) {
		if err != nil {
			return ids, text, err
		}
		if token.ID >= 0 {
			ids = append(ids, token.ID)
		}
		text += token.Text
	}
	return ids, text, nil
}

func mustGenerate(t testing.TB, s *Session, prompt []int32, o GenerateOptions) []int32 {
	t.Helper()
	ids, _, err := generateIDs(t.Context(), s, prompt, o)
	if err != nil {
		t.Error(err)
	}
	return ids
}

func mustForward(t testing.TB, s *Session, ids []int32, all bool) (rows [][]float32) {
	t.Helper()
	if !all {
		row, err := s.Forward(t.Context(), ids)
		if err != nil {
			t.Fatal(err)
		}
		return [][]float32{row}
	}
	for row, err := range s.ForwardRows(t.Context(), ids) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, slices.Clone(row))
	}
	return rows
}

// mustAgree compares logits that were computed in another order of additions.
func mustAgree(t testing.TB, what string, got, want []float32) {
	t.Helper()
	mustBeNear(t, what, got, want, 1e-3)
}

func mustBeNear(t testing.TB, what string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d logits; want %d", what, len(got), len(want))
	}
	for i := range want {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= tolerance) {
			t.Fatalf("%s: logit %d is %v; want %v", what, i, got[i], want[i])
		}
	}
}

// mustHold checks that a session's conversation is text: what follows it is
// what follows text in a fresh session.
func mustHold(t testing.TB, s *Session, text []int32) {
	t.Helper()
	if !slices.Equal(s.ids, text) {
		t.Fatalf("the conversation is %v; want %v", s.ids, text)
	}
	more := someIDs(5, 77)
	fresh := newSession(t, s.model)
	defer fresh.Close()
	want := mustForward(t, fresh, slices.Concat(text, more), false)
	mustAgree(t, "what follows", mustForward(t, s, more, false)[0], want[0])
}

// greedy takes the most probable token, always.
var greedy = &Sampling{}

var plainTokens = GenerateOptions{MaxTokens: 4, IgnoreEOS: true, Sampling: greedy}

// TestTurnsAreOnePrompt: two turns continue as one prompt does that has both,
// and the first answer between them.
func TestTurnsAreOnePrompt(t *testing.T) {
	m := openGopher(t, Options{Exact: true})
	s := newSession(t, m)
	first, second := someIDs(7, 1), someIDs(9, 2)
	answer := mustGenerate(t, s, first, plainTokens)
	got := mustGenerate(t, s, second, plainTokens)
	all := slices.Concat(first, answer, second)
	want := mustGenerate(t, newSession(t, m), all, plainTokens)
	if !slices.Equal(got, want) {
		t.Errorf("the second answer is %v; want %v", got, want)
	}
	mustHold(t, s, slices.Concat(all, want))

	s.Reset()
	if s.Len() != 0 || s.StopReason() != "" {
		t.Errorf("after Reset: %d tokens, stop %q", s.Len(), s.StopReason())
	}
	if again := mustGenerate(t, s, first, plainTokens); !slices.Equal(again, answer) {
		t.Errorf("after Reset the answer is %v; it was %v", again, answer)
	}
}

// TestBatchIsTokenByToken compares prefill with decode. A cache of halves may
// round what differs by little to different sides.
func TestBatchIsTokenByToken(t *testing.T) {
	for kv, tolerance := range map[string]float64{"f32": 1e-3, "f16": 1e-2} {
		m := openGopher(t, Options{Exact: true, KVCacheDType: kv})
		ids := someIDs(70, 3) // more than a page of the cache
		batch := mustForward(t, newSession(t, m), ids, true)
		if len(batch) != len(ids) {
			t.Fatalf("%d rows; want %d", len(batch), len(ids))
		}
		s := newSession(t, m)
		for i, id := range ids {
			mustBeNear(t, kv, mustForward(t, s, []int32{id}, false)[0], batch[i], tolerance)
		}
	}
}

// TestPasses cuts prompts at and around the size of a pass.
func TestPasses(t *testing.T) {
	m := openGopher(t, Options{Exact: true})
	ids := someIDs(models.MaxBatch+2, 4)
	want := mustForward(t, newSession(t, m), ids[:300], false)
	s := newSession(t, m)
	mustForward(t, s, ids[:1], false)
	mustAgree(t, "1 and 299", mustForward(t, s, ids[1:300], false)[0], want[0])

	halves := newSession(t, m)
	mustForward(t, halves, ids[:300], false)
	for n := models.MaxBatch - 1; n <= models.MaxBatch+2; n++ {
		// halves takes a token more each time, whole all of them at once
		from := max(halves.Len(), 300)
		got := mustForward(t, halves, ids[from:n], false)
		whole := newSession(t, m)
		mustAgree(t, "one prompt", mustForward(t, whole, ids[:n], false)[0], got[0])
		whole.Close()
	}
}

// TestForwardAllSkipsWaiting: a token that an earlier call left is run, but
// its logits were not asked for.
func TestForwardAllSkipsWaiting(t *testing.T) {
	s := newSession(t, openGopher(t, Options{}))
	mustGenerate(t, s, someIDs(3, 1), plainTokens)
	if rows := mustForward(t, s, someIDs(4, 2), true); len(rows) != 4 {
		t.Errorf("%d rows for 4 tokens", len(rows))
	}
}

// countdown is a context that ends when it was asked for its error so often:
// passes ask once, before they begin.
type countdown struct {
	context.Context
	mu   sync.Mutex
	left int
	done chan struct{}
}

func newCountdown(n int) *countdown {
	return &countdown{Context: context.Background(), left: n, done: make(chan struct{})}
}

func (c *countdown) Done() <-chan struct{} { return c.done }

func (c *countdown) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left == 0 {
		close(c.done)
	}
	c.left--
	if c.left >= 0 {
		return nil
	}
	return context.Canceled
}

// TestCancelledPrefill: a prompt that was cut short in its second pass, or in
// the middle of one, was never there.
func TestCancelledPrefill(t *testing.T) {
	m := openGopher(t, Options{Exact: true})
	long := someIDs(models.MaxBatch+40, 5)
	for name, ctx := range map[string]func() context.Context{
		"between passes": func() context.Context { return newCountdown(1) },
		"in a pass": func() context.Context {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(5*time.Millisecond, cancel)
			return ctx
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSession(t, m)
			text := slices.Clone(append(someIDs(6, 6), mustGenerate(t, s, someIDs(6, 6), plainTokens)...))
			ids, _, err := generateIDs(ctx(), s, long, plainTokens)
			if !errors.Is(err, context.Canceled) || len(ids) != 0 || s.StopReason() != StopCancelled {
				t.Fatalf("%d tokens, stop %q, error %v", len(ids), s.StopReason(), err)
			}
			mustHold(t, s, text)

			s.Reset()
			if _, err := s.Forward(ctx(), long); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			mustHold(t, s, nil)
		})
	}
}

// TestCancelledDecode: what was yielded stays part of the conversation.
func TestCancelledDecode(t *testing.T) {
	s := newSession(t, openGopher(t, Options{Exact: true}))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	text := someIDs(6, 7)
	var err error
	for token, e := range s.GenerateIDs(ctx, slices.Clone(text), GenerateOptions{IgnoreEOS: true, Sampling: greedy}) {
		if err = e; token.ID < 0 {
			continue
		}
		if text = append(text, token.ID); len(text) == 9 {
			cancel()
		}
	}
	if !errors.Is(err, context.Canceled) || s.StopReason() != StopCancelled {
		t.Errorf("stop %q, error %v", s.StopReason(), err)
	}
	mustHold(t, s, text)
}

// TestLeftLoop: the same for a caller who has enough.
func TestLeftLoop(t *testing.T) {
	s := newSession(t, openGopher(t, Options{Exact: true}))
	text := someIDs(6, 7)
	for token, err := range s.GenerateIDs(t.Context(), slices.Clone(text), GenerateOptions{IgnoreEOS: true, Sampling: greedy}) {
		if err != nil {
			t.Fatal(err)
		}
		if text = append(text, token.ID); len(text) == 9 {
			break
		}
	}
	if s.StopReason() != StopCancelled {
		t.Errorf("stop %q", s.StopReason())
	}
	mustHold(t, s, text)
}

func TestContextIsFull(t *testing.T) {
	const room = 70
	m := openGopher(t, Options{Context: room})
	s := newSession(t, m)
	var full *ContextError
	if _, err := s.Forward(t.Context(), someIDs(room+1, 1)); !errors.As(err, &full) || full.Limit != room || full.Tokens != room+1 {
		t.Errorf("Forward: %v", err)
	}
	ids := mustGenerate(t, s, someIDs(room-3, 1), GenerateOptions{IgnoreEOS: true, Sampling: greedy})
	if len(ids) != 4 || s.StopReason() != StopContext { // the last one is predicted from a full context
		t.Errorf("%d tokens, stop %q", len(ids), s.StopReason())
	}
	if _, _, err := generateIDs(t.Context(), s, []int32{1}, plainTokens); !errors.As(err, &full) {
		t.Errorf("behind a full context: %v", err)
	}
	if s.reset(); len(mustGenerate(t, s, someIDs(room, 1), GenerateOptions{IgnoreEOS: true, Sampling: greedy})) != 1 {
		t.Error("a prompt that fills the context is followed by one token")
	}
}

// TestContextBeyondTheModel: a longer context than the model serves is the
// user's to try, and said.
func TestContextBeyondTheModel(t *testing.T) {
	var said []string
	m := openGopher(t, Options{Context: 1100, Warn: func(s string) { said = append(said, s) }})
	if len(said) != 1 || !strings.Contains(said[0], "longer than the 1024 that the model serves") {
		t.Errorf("said %q", said)
	}
	s := newSession(t, m)
	if _, err := s.Forward(t.Context(), someIDs(1100, 1)); err != nil {
		t.Error(err)
	}
	if m, err := Open(gopherFile(t), Options{Context: maxContext + 1}); err == nil {
		m.Close()
		t.Error("a context that no position reaches")
	}
}

func TestStopReasons(t *testing.T) {
	s := newSession(t, openGopher(t, Options{}))
	const prompt = "func (s *Stack) Push("
	generate := func(o GenerateOptions) (text string) {
		s.Reset()
		for token, err := range s.Generate(t.Context(), prompt, o) {
			if err != nil {
				t.Fatal(err)
			}
			text += token.Text
		}
		return text
	}
	all := generate(GenerateOptions{MaxTokens: 20, IgnoreEOS: true, Sampling: greedy})
	if s.StopReason() != StopLength || len(all) < 10 {
		t.Fatalf("%q, stop %q", all, s.StopReason())
	}
	stop := all[5:8]
	want, _, _ := strings.Cut(all, stop)
	if got := generate(GenerateOptions{MaxTokens: 20, IgnoreEOS: true, Stop: []string{"no such text", stop}, Sampling: greedy}); got != want || s.StopReason() != StopString {
		t.Errorf("%q, stop %q; want %q before %q", got, s.StopReason(), want, stop)
	}
	if got := generate(GenerateOptions{MaxTokens: 20, IgnoreEOS: true, Stop: []string{all[len(all)-1:] + "\x00"}, Sampling: greedy}); got != all {
		t.Errorf("%q; want %q, with what was held back", got, all)
	}
	eos, ok := s.model.tok.EOS()
	if !ok {
		t.Fatal("the model has no end of text")
	}
	o := GenerateOptions{MaxTokens: 9, Sampling: &Sampling{LogitBias: map[int32]float32{eos: 100}}}
	if got := generate(o); got != "" || s.StopReason() != StopEOS {
		t.Errorf("%q, stop %q; want the end of the text", got, s.StopReason())
	}
}

// TestStopsAtSpecialToken: a special token is no part of the text, and a stop
// string all the same, alone and with text around it. No token is computed
// after it.
func TestStopsAtSpecialToken(t *testing.T) {
	s := newSession(t, openGopher(t, Options{}))
	special, _ := s.model.tok.EOS()
	name, _ := s.model.tok.Token(special)
	word, err := s.model.tok.Encode("func", tokenizer.Options{})
	if err != nil || len(word) != 1 {
		t.Fatal(word, err)
	}
	for _, test := range []struct {
		stop []string
		ids  []int32
		text string
		why  StopReason
	}{
		{nil, []int32{word[0], special, word[0], word[0]}, "funcfuncfunc", StopLength},
		{[]string{name}, []int32{word[0], special}, "func", StopString},
		{[]string{"nc" + name}, []int32{word[0], special}, "fu", StopString},
		{[]string{name + "fu"}, []int32{word[0], special, word[0]}, "func", StopString},
		{[]string{name + "x"}, []int32{word[0], special, word[0], word[0]}, "funcfuncfunc", StopLength},
	} {
		s.Reset()
		n := 0
		o := GenerateOptions{MaxTokens: 4, IgnoreEOS: true, Stop: test.stop, Sampler: func([]float32, []int32) (int32, error) {
			n++
			return []int32{word[0], special, word[0], word[0]}[n-1], nil
		}}
		ids, text, err := generateIDs(t.Context(), s, someIDs(3, 1), o)
		if err != nil || !slices.Equal(ids, test.ids) || text != test.text || s.StopReason() != test.why || n != len(ids) {
			t.Errorf("stop %q: %v %q %s (%d computed), %v; want %v %q %s", test.stop, ids, text, s.StopReason(), n, err, test.ids, test.text, test.why)
		}
	}
}

func TestSeed(t *testing.T) {
	m := openGopher(t, Options{})
	with := func(seed uint64) []int32 {
		o := GenerateOptions{MaxTokens: 12, IgnoreEOS: true, Sampling: &Sampling{Temperature: 1, Seed: seed}}
		return mustGenerate(t, newSession(t, m), someIDs(5, 1), o)
	}
	if a, b, c := with(1), with(1), with(2); !slices.Equal(a, b) || slices.Equal(a, c) {
		t.Errorf("seeds 1, 1 and 2 gave %v, %v and %v", a, b, c)
	}
}

// TestParallelSessions: many sessions at a time give what each gives alone.
func TestParallelSessions(t *testing.T) {
	m := openGopher(t, Options{Threads: 2})
	run := func(i int) []int32 {
		s := newSession(t, m)
		o := GenerateOptions{MaxTokens: 8, IgnoreEOS: true, Sampling: &Sampling{Temperature: 0.8, Seed: uint64(i + 1)}}
		answer := mustGenerate(t, s, someIDs(30+i, i), o)
		return append(answer, mustGenerate(t, s, someIDs(3, i), o)...)
	}
	const sessions = 8
	var alone, together [sessions][]int32
	for i := range sessions {
		alone[i] = run(i)
	}
	var wg sync.WaitGroup
	for i := range sessions {
		wg.Go(func() { together[i] = run(i) })
	}
	wg.Wait()
	for i := range sessions {
		if !slices.Equal(alone[i], together[i]) {
			t.Errorf("session %d: %v together, %v alone", i, together[i], alone[i])
		}
	}
}

// TestCloseUnderWay closes a model while sessions of it generate.
func TestCloseUnderWay(t *testing.T) {
	m, err := Open(gopherFile(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	begun := make(chan struct{}, 2)
	for i := range 2 {
		s := newSession(t, m)
		wg.Go(func() {
			begun <- struct{}{}
			for { // prefill and decode
				s.Reset()
				_, _, err := generateIDs(t.Context(), s, someIDs(400, i), plainTokens)
				if errors.Is(err, ErrClosed) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	<-begun
	<-begun
	for range 2 {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
	if _, err := m.NewSession(); !errors.Is(err, ErrClosed) {
		t.Errorf("NewSession: %v", err)
	}
}

// TestCloseEndsAPass: Close does not wait for a pass to end by itself.
func TestCloseEndsAPass(t *testing.T) {
	if testIsolate {
		t.Skip("the child does not know the test's op")
	}
	m := openGopher(t, Options{})
	s := newSession(t, m)
	slow := &slowNet{Model: m.net, begun: make(chan struct{})}
	bound, err := device.Bind(m.dev, &device.Op[slowArgs]{
		Name:  "slow",
		Items: func(*slowArgs) int { return 1 },
		Host:  func(*slowArgs, int, int) { slow.once.Do(func() { close(slow.begun) }); time.Sleep(time.Millisecond) },
	}, device.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	slow.bound, m.net = bound, slow
	failed := make(chan error, 1)
	go func() {
		_, err := s.Forward(context.Background(), someIDs(2, 1))
		failed <- err
	}()
	<-slow.begun
	start := time.Now()
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if err := <-failed; !errors.Is(err, ErrClosed) {
		t.Errorf("Forward: %v", err)
	}
	if took := time.Since(start); took > slowLaunches*time.Millisecond/2 {
		t.Errorf("Close took %v", took)
	}
}

type slowArgs struct{ N int32 }

const slowLaunches = 10000

// slowNet takes its time: ten seconds for a pass.
type slowNet struct {
	models.Model
	bound device.Bound[slowArgs]
	begun chan struct{}
	once  sync.Once
}

func (n *slowNet) Forward(q device.Queue, _ *models.Batch, _ *kvcache.Cache) {
	for range slowLaunches {
		n.bound.Launch(q, &slowArgs{})
	}
}

// fullDevice has no memory left.
type fullDevice struct{ device.Device }

func (fullDevice) Available() int { return 1000 }

func TestNewSessionFits(t *testing.T) {
	m := openGopher(t, Options{})
	newSession(t, m)
	m.dev = fullDevice{m.dev}
	var full *device.MemoryError
	if _, err := m.NewSession(); !errors.As(err, &full) || full.Available != 1000 || full.Asked != m.Plan().KVCache {
		t.Errorf("%v", err)
	}
}

// brokenNet panics in its second pass.
type brokenNet struct {
	models.Model
	passes int
}

func (n *brokenNet) Forward(q device.Queue, b *models.Batch, c *kvcache.Cache) {
	if n.passes++; n.passes == 2 {
		panic("no such layer")
	}
	n.Model.Forward(q, b, c)
}

// TestPanicIsContained: a bug below is an error, after which the session goes
// on from where it was; the caller's own panics are the caller's.
func TestPanicIsContained(t *testing.T) {
	m := openGopher(t, Options{Exact: true})
	net := m.net
	s := newSession(t, m)
	var bug *BugError
	m.net = &brokenNet{Model: net}
	if _, err := s.Forward(t.Context(), someIDs(models.MaxBatch+1, 1)); !errors.As(err, &bug) || len(bug.Stack) == 0 {
		t.Errorf("Forward: %v", err)
	}
	mustHold(t, s, nil)
	s.Reset()
	m.net = &brokenNet{Model: net}
	ids, _, err := generateIDs(t.Context(), s, someIDs(3, 1), plainTokens)
	if !errors.As(err, &bug) || len(ids) != 1 || s.StopReason() != "" {
		t.Errorf("%d tokens, stop %q, error %v", len(ids), s.StopReason(), err)
	}
	m.net = net
	mustHold(t, s, append(someIDs(3, 1), ids...))

	defer func() {
		if r := recover(); r != "mine" {
			t.Errorf("the caller's panic became %v", r)
		}
	}()
	for range s.GenerateIDs(t.Context(), someIDs(3, 1), plainTokens) {
		panic("mine")
	}
}

// TestFailedLaunchIsABug: an op that panics on a worker has its stack told.
func TestFailedLaunchIsABug(t *testing.T) {
	m := openGopher(t, Options{})
	failed := &device.LaunchError{Op: "gemm", Value: "no", Stack: []byte("stack")}
	var bug *BugError
	if err := m.blame(failed); !errors.As(err, &bug) || string(bug.Stack) != "stack" {
		t.Errorf("%v", err)
	}
	if err := m.blame(context.Canceled); err != context.Canceled {
		t.Errorf("%v", err)
	}
}

// TestPerplexityError computes the standard error from the losses that Rows sees.
func TestPerplexityError(t *testing.T) {
	m := openGopher(t, Options{})
	var losses []float64
	p, err := m.Perplexity(t.Context(), someIDs(41, 1), PerplexityOptions{Chunk: 20, Rows: func(logits []float32, l []float64) error {
		if len(logits) != len(l)*m.config.Vocab {
			t.Errorf("%d logits for %d losses", len(logits), len(l))
		}
		losses = append(losses, l...)
		return nil
	}})
	if err != nil || p.Tokens != 40 || len(losses) != 40 {
		t.Fatalf("%+v, %d losses, %v", p, len(losses), err)
	}
	mean, variance := 0.0, 0.0
	for _, l := range losses {
		mean += l / 40
	}
	for _, l := range losses {
		variance += (l - mean) * (l - mean) / 39
	}
	if want := p.PPL * math.Sqrt(variance/40); math.Abs(p.StdErr-want) > 1e-6*want || math.Abs(p.PPL-math.Exp(mean)) > 1e-6*p.PPL {
		t.Errorf("%+v; want an error of %v around %v", p, want, math.Exp(mean))
	}
	stop := errors.New("enough")
	if _, err := m.Perplexity(t.Context(), someIDs(41, 1), PerplexityOptions{Rows: func([]float32, []float64) error { return stop }}); !errors.Is(err, stop) {
		t.Error(err)
	}
}

func TestPerplexityRefuses(t *testing.T) {
	m := openGopher(t, Options{})
	for _, o := range []PerplexityOptions{{Chunk: -1}, {Chunks: -1}, {Chunk: m.context + 1}} {
		if p, err := m.Perplexity(t.Context(), someIDs(m.context+2, 1), o); err == nil {
			t.Errorf("%+v: %+v", o, p)
		}
	}
	if _, err := m.Perplexity(t.Context(), []int32{1, 1 << 20}, PerplexityOptions{}); err == nil {
		t.Error("a token outside the vocabulary was accepted")
	}
}
