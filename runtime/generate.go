package runtime

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/rocmforge/rocmforge/runtime/sample"
	"github.com/rocmforge/rocmforge/tokenizer"
)

// Token is one step of a generation.
type Token struct {
	ID int32 // -1 where only held-back text is left
	// Text is what the token adds: whole UTF-8 characters, empty while a
	// character or a stop string may be incomplete.
	Text string
	// LogProb is the natural logarithm of the token's probability, by the
	// model's own distribution: no sampling option changes it. It is 0 unless
	// GenerateOptions.LogProbs or TopLogProbs asks for it.
	LogProb float64
	// Top are the GenerateOptions.TopLogProbs most probable tokens in its
	// place, the most probable first.
	Top []LogProb
}

// StopReason says why a generation ended.
type StopReason string

// The reasons.
const (
	StopEOS       StopReason = "eos"       // the model ended its text
	StopLength    StopReason = "length"    // MaxTokens were generated
	StopString    StopReason = "stop"      // a stop string appeared
	StopContext   StopReason = "context"   // the session is full
	StopCancelled StopReason = "cancelled" // the context was cancelled, or the caller stopped
)

// StopReason says why the last generation ended, or "" if it failed.
func (s *Session) StopReason() StopReason { return s.stop }

// Seed is the seed of the last generation, by which it can be had again: that
// of its Sampling, or the one that was chosen where that is 0.
func (s *Session) Seed() uint64 { return s.seed }

// Generate continues the conversation with prompt and yields what the model
// answers, token by token. The first prompt of a session gets the tokens that
// the model's files put at the beginning of a text; special tokens written out
// in a prompt are recognised. An error is yielded once, as the last item; a
// cancelled ctx is one. After it the conversation has all tokens that were
// yielded, or, if there were none, is what it was before the prompt.
//
// What Generate returns is ranged over once, by one goroutine: a second time is
// ErrUsed. Within the loop everything else that is asked of the session but
// Close is ErrBusy.
func (s *Session) Generate(ctx context.Context, prompt string, o GenerateOptions) iter.Seq2[Token, error] {
	return s.generate(ctx, func() ([]int32, error) { return s.encode(prompt) }, o)
}

// GenerateIDs is Generate for a prompt that is ids already; nothing is added.
func (s *Session) GenerateIDs(ctx context.Context, ids []int32, o GenerateOptions) iter.Seq2[Token, error] {
	return s.generate(ctx, func() ([]int32, error) { return ids, nil }, o)
}

func (s *Session) generate(ctx context.Context, prompt func() ([]int32, error), o GenerateOptions) iter.Seq2[Token, error] {
	failed := Token{ID: -1}
	return once(s, failed, func(yield func(Token, error) bool) {
		s.stop, s.stats = "", Stats{}
		var g *generation
		ids, err := prompt()
		if err == nil {
			g, err = s.begin(ids, o)
		}
		if err != nil {
			yield(failed, err)
			return
		}
		g.run(background(ctx), yield)
	})
}

// errNoTokenizer says that a model takes ids only.
var errNoTokenizer = errors.New("the model's folder has no tokenizer_config.json, so it takes token ids and no text")

func (s *Session) encode(prompt string) (ids []int32, err error) {
	defer contain(&err)
	if s.model.tok == nil {
		return nil, &ModelError{Err: errNoTokenizer}
	}
	first := len(s.ids) == 0
	ids, err = s.model.tok.Encode(prompt, tokenizer.Options{BOS: first, Open: true, Special: true})
	if err != nil || !first {
		return ids, err
	}
	ids, twice := s.model.tok.OneBOS(ids)
	if twice && s.model.warn != nil {
		s.model.warn("the prompt begins with BOS, which is put there anyway; there is one")
	}
	return ids, nil
}

// generation is the state of one Generate.
type generation struct {
	s       *Session
	o       GenerateOptions
	chain   *sample.Chain
	decoder *tokenizer.Decoder
	stopper *sample.Stopper
	scores  []float32 // of the last pass, where the host chooses
	masked  []float32 // the same, as GenerateOptions.Mask left them
	n       int
	ahead   ahead
	kept    mark // where a failure leaves the conversation
}

func (s *Session) begin(ids []int32, o GenerateOptions) (g *generation, err error) {
	defer contain(&err)
	if err := s.model.usable(s.memory); err != nil {
		return nil, err
	}
	if err := o.check(s.model.config.Vocab); err != nil {
		return nil, err
	}
	if err := s.check(ids); err != nil {
		return nil, err
	}
	chain, err := s.chain(o.Sampling)
	if err != nil {
		return nil, err
	}
	stopper, err := sample.NewStopper(o.Stop)
	if err != nil {
		return nil, err
	}
	g = &generation{s: s, o: o, chain: chain, stopper: stopper, kept: s.mark()}
	if s.model.tok != nil {
		g.decoder = s.model.tok.NewDecoder(tokenizer.SkipSpecial)
		for _, id := range s.ids { // text may begin inside a character
			g.decoder.Next(id)
		}
		for _, id := range ids {
			g.decoder.Next(id)
		}
	}
	s.ids = append(s.ids, ids...)
	s.stats.PromptTokens = len(s.ids) - s.pos
	return g, nil
}

// chain makes the samplers of a generation.
func (s *Session) chain(o *Sampling) (*sample.Chain, error) {
	if o == nil {
		o = &s.model.sampling
	}
	chain, err := sample.New(*o, s.model.config.Vocab)
	if err == nil {
		s.seed = chain.Seed()
	}
	return chain, err
}

// run generates until there is a reason to stop. Nothing of the caller's runs
// below contain: its panics are its own.
func (g *generation) run(ctx context.Context, yield func(Token, error) bool) {
	g.s.report = g.o.Progress
	defer func() { g.s.report = nil }()
	for g.s.stop == "" {
		start, had := time.Now(), len(g.s.ids)
		t, err := g.step(ctx)
		if len(g.s.ids) > had {
			g.s.stats.timed(time.Since(start))
		}
		g.s.report = nil // the prompt is done
		if err != nil {
			g.fail(ctx, err, yield)
			return
		}
		if (t.ID >= 0 || t.Text != "") && !yield(t, nil) {
			g.s.stop = cmp.Or(g.s.stop, StopCancelled)
			return
		}
	}
}

// step gives the next piece of the answer; with the last one the session has
// its StopReason.
func (g *generation) step(ctx context.Context) (t Token, err error) {
	switch {
	case len(g.s.ids) > g.s.model.context:
		return g.finish(StopContext)
	case g.o.MaxTokens > 0 && g.n == g.o.MaxTokens:
		return g.finish(StopLength)
	}
	id, err := g.next(ctx)
	if err != nil {
		return Token{}, err
	}
	if !g.o.IgnoreEOS && g.s.model.IsEOS(id) {
		return g.finish(StopEOS)
	}
	g.n++
	g.s.stats.Tokens = g.n
	return g.token(id)
}

// token is what a token is told as.
func (g *generation) token(id int32) (t Token, err error) {
	defer contain(&err)
	t.ID = id
	var stopped bool
	if t.Text, stopped = g.text(id); stopped {
		g.s.stop = StopString
	}
	if g.o.LogProbs || g.o.TopLogProbs > 0 {
		t.LogProb, t.Top = logProbs(g.scores, id, g.o.TopLogProbs)
	}
	return t, nil
}

// next runs the tokens that wait and chooses the following one, which waits in
// turn.
func (g *generation) next(ctx context.Context) (int32, error) {
	id, err := g.choose(ctx)
	if err != nil {
		return 0, err
	}
	g.s.ids = append(g.s.ids, id)
	g.kept = g.s.mark()
	return id, nil
}

// choose samples on the host. Where only the largest logit counts, the device
// finds it: a GPU then sends four bytes, not all logits.
func (g *generation) choose(ctx context.Context) (int32, error) {
	last := len(g.s.ids) - 1
	if g.chain.Greedy() && !g.o.wantsLogits() {
		return g.greedy(ctx, last)
	}
	if err := g.s.passRows(ctx, last, g.keep); err != nil {
		return 0, err
	}
	if g.o.Sampler != nil {
		return g.ask()
	}
	if g.o.Mask != nil {
		if err := g.mask(); err != nil {
			return 0, err
		}
	}
	return g.sample()
}

// ask lets the caller choose.
func (g *generation) ask() (int32, error) {
	id, err := g.o.Sampler(g.scores, g.s.ids)
	if err == nil {
		err = g.s.checkVocab(id)
	}
	if err != nil {
		return 0, fmt.Errorf("sampler: %w", err)
	}
	return id, nil
}

// mask lets the caller change a copy of the logits.
func (g *generation) mask() error {
	if err := sample.CheckFinite(g.scores); err != nil {
		return err
	}
	g.masked = append(g.masked[:0], g.scores...)
	if err := g.o.Mask(g.masked, g.s.ids); err != nil {
		return fmt.Errorf("mask: %w", err)
	}
	return nil
}

func (g *generation) sample() (id int32, err error) {
	defer contain(&err)
	if g.o.Mask != nil {
		return g.chain.SampleMasked(g.masked, g.s.ids)
	}
	return g.chain.Sample(g.scores, g.s.ids)
}

// greedy takes the largest logit behind the last token.
func (g *generation) greedy(ctx context.Context, last int) (int32, error) {
	if g.s.pos == last && !g.s.model.dev.Caps().Host {
		return g.ahead.next(ctx, g)
	}
	err := g.s.passRows(ctx, last, nil)
	return g.s.best[0], err
}

func (g *generation) keep(scores []float32, _ int) error {
	g.scores = scores
	return nil
}

// text is what a token adds. Special tokens are not shown, but stop strings may
// name them.
func (g *generation) text(id int32) (text string, stopped bool) {
	if g.decoder == nil {
		return "", false
	}
	if spelled, kind := g.s.model.tok.Token(id); kind == tokenizer.Special {
		return g.stopper.PushHidden(spelled)
	}
	return g.stopper.Push(g.decoder.Next(id))
}

// finish gives the text that was held back, perhaps none.
func (g *generation) finish(reason StopReason) (t Token, err error) {
	defer contain(&err)
	rest := ""
	if g.decoder != nil {
		rest = g.decoder.Flush()
	}
	text, stopped := g.stopper.Push(rest)
	if stopped {
		reason = StopString
	} else {
		text += g.stopper.Flush()
	}
	g.s.stop = reason
	return Token{ID: -1, Text: text}, nil
}

// fail ends with an error; what a cancelled generation held back is yielded
// first. The conversation keeps what was yielded, and nothing of a prompt that
// was not answered.
func (g *generation) fail(ctx context.Context, err error, yield func(Token, error) bool) {
	g.s.rewind(g.kept)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		if t, _ := g.finish(StopCancelled); t.Text != "" && !yield(t, nil) {
			return
		}
	}
	yield(Token{ID: -1}, err)
}
