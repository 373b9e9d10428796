package runtime

import (
	"context"
	"errors"
	"iter"

	"github.com/rocmforge/rocmforge/runtime/sample"
	"github.com/rocmforge/rocmforge/tokenizer"
)

// Token is one step of a generation.
type Token struct {
	ID int32 // -1 where only held-back text is left
	// Text is what the token adds: whole UTF-8 characters, empty while a
	// character or a stop string may be incomplete.
	Text string
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

// Generate continues the conversation with prompt and yields what the model
// answers, token by token. The first prompt of a session gets the tokens that
// the model's files put at the beginning of a text; special tokens written out
// in a prompt are recognised. An error is yielded once, as the last item; a
// cancelled ctx is one.
func (s *Session) Generate(ctx context.Context, prompt string, o GenerateOptions) iter.Seq2[Token, error] {
	return func(yield func(Token, error) bool) {
		s.stop = ""
		if s.model.tok == nil {
			yield(Token{ID: -1}, &ModelError{Err: errNoTokenizer})
			return
		}
		ids, err := s.model.tok.Encode(prompt, tokenizer.Options{BOS: len(s.ids) == 0, Special: true})
		if err != nil {
			yield(Token{ID: -1}, err)
			return
		}
		s.GenerateIDs(ctx, ids, o)(yield)
	}
}

// GenerateIDs is Generate for a prompt that is ids already; nothing is added.
func (s *Session) GenerateIDs(ctx context.Context, ids []int32, o GenerateOptions) iter.Seq2[Token, error] {
	return func(yield func(Token, error) bool) {
		s.stop = ""
		g, err := s.begin(ids, o)
		if err == nil {
			err = g.run(ctx, yield)
		}
		if err != nil && !errors.Is(err, errYieldEnded) {
			yield(Token{ID: -1}, err)
		}
	}
}

// errNoTokenizer says that a model takes ids only.
var errNoTokenizer = errors.New("the model's folder has no tokenizer_config.json, so it takes token ids and no text")

// errYieldEnded says that the caller left the loop.
var errYieldEnded = errors.New("the caller ended the generation")

// generation is the state of one Generate.
type generation struct {
	s       *Session
	o       GenerateOptions
	chain   *sample.Chain
	decoder *tokenizer.Decoder
	stopper *sample.Stopper
	scores  []float32
	n       int
}

func (s *Session) begin(ids []int32, o GenerateOptions) (*generation, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := s.check(ids); err != nil {
		return nil, err
	}
	chain, err := sample.New(o.Sampling, s.model.config.Vocab)
	if err != nil {
		return nil, err
	}
	stopper, err := sample.NewStopper(o.Stop)
	if err != nil {
		return nil, err
	}
	g := &generation{s: s, o: o, chain: chain, stopper: stopper}
	if s.model.tok != nil {
		g.decoder = s.model.tok.NewDecoder(false)
		for _, id := range s.ids { // text may begin inside a character
			g.decoder.Next(id)
		}
		for _, id := range ids {
			g.decoder.Next(id)
		}
	}
	s.ids = append(s.ids, ids...)
	return g, nil
}

// run generates until there is a reason to stop.
func (g *generation) run(ctx context.Context, yield func(Token, error) bool) error {
	for {
		if g.o.MaxTokens > 0 && g.n == g.o.MaxTokens {
			return g.finish(StopLength, yield)
		}
		id, err := g.next(ctx)
		if err != nil {
			return g.fail(ctx, err, yield)
		}
		if !g.o.IgnoreEOS && g.s.model.IsEOS(id) {
			return g.finish(StopEOS, yield)
		}
		g.n++
		text, stopped := g.stopper.Push(g.text(id))
		if !yield(Token{id, text}, nil) {
			g.s.stop = StopCancelled
			return errYieldEnded
		}
		switch {
		case stopped:
			g.s.stop = StopString
			return nil
		case len(g.s.ids) > g.s.model.context:
			return g.finish(StopContext, yield)
		}
	}
}

// next runs the tokens that wait and chooses the following one, which waits in
// turn.
func (g *generation) next(ctx context.Context) (id int32, err error) {
	defer contain(&err)
	if err := g.s.passRows(ctx, len(g.s.ids)-1, g.keep); err != nil {
		return 0, err
	}
	if id, err = g.chain.Sample(g.scores, g.s.ids); err != nil {
		return 0, err
	}
	g.s.ids = append(g.s.ids, id)
	return id, nil
}

func (g *generation) keep(scores []float32, _ int) error {
	g.scores = scores
	return nil
}

func (g *generation) text(id int32) string {
	if g.decoder == nil {
		return ""
	}
	return g.decoder.Next(id)
}

// finish yields the text that was held back.
func (g *generation) finish(reason StopReason, yield func(Token, error) bool) error {
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
	if text != "" && !yield(Token{-1, text}, nil) {
		return errYieldEnded
	}
	return nil
}

// fail ends with an error; what a cancelled generation held back is yielded
// first.
func (g *generation) fail(ctx context.Context, err error, yield func(Token, error) bool) error {
	if ctx.Err() == nil {
		return err
	}
	if ferr := g.finish(StopCancelled, yield); ferr != nil {
		return ferr
	}
	return ctx.Err()
}
