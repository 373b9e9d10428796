package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/rocmforge/rocmforge"
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/internal/strictjson"
	"github.com/rocmforge/rocmforge/runtime"
	"github.com/rocmforge/rocmforge/runtime/score"
	"github.com/spf13/cobra"
)

// maxRequest bounds a line of score.
const maxRequest = 16 << 20

// scoreRequest is a line that score reads.
type scoreRequest struct {
	ID           json.RawMessage `json:"id"`
	Op           string          `json:"op"`
	Context      *string         `json:"context"`
	Continuation *string         `json:"continuation"`
	Text         *string         `json:"text"`
	Until        []string        `json:"until"`
	MaxTokens    *int            `json:"max_tokens"`
}

// scoreResponse is a line that score writes.
type scoreResponse struct {
	ID json.RawMessage `json:"id"`

	LogProb *float64 `json:"logprob,omitempty"`
	Greedy  *bool    `json:"greedy,omitempty"`
	Tokens  *int     `json:"tokens,omitempty"`

	Text *string            `json:"text,omitempty"`
	Stop runtime.StopReason `json:"stop,omitempty"`

	Model  string `json:"model,omitempty"`
	Device string `json:"device,omitempty"`
	Window int    `json:"context,omitempty"`

	Error string `json:"error,omitempty"`
}

func (a *app) scoreCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "score [flags] [MODEL]",
		Short: "Serve log-likelihoods and greedy texts as JSON lines on stdin",
		Long: `Read requests from stdin, one JSON object a line of 16 MiB at most, and write an
answer for each, in order, until stdin ends. It is what evaluations need:
scripts/lm_eval_rocmforge.py makes lm-evaluation-harness use it.

  {"id": 1, "op": "loglikelihood", "context": "2+2=", "continuation": "4"}
  {"id": 2, "op": "loglikelihood_rolling", "text": "all of a text"}
  {"id": 3, "op": "generate_until", "context": "Q:", "until": ["\n"]}
  {"id": 4, "op": "model"}

Answers have the id of their request, and logprob (natural logarithm), greedy
(whether the continuation is what would be generated) and tokens; or text and
stop; or model, device and context; or error. A bad request is an error in its
answer, and the next one is read. What a context has in common with the one
before is not computed again, so requests with the same one should follow each
other. Texts are tokenized as in lm-evaluation-harness: white space at the end
of a context belongs to the continuation.`,
		Example: `  echo '{"op": "loglikelihood", "context": "a", "continuation": "b"}' |
    rocmforge score
  rocmforge score model.gguf --device hip < requests.jsonl > answers.jsonl`,
		Args:              a.modelArg,
		ValidArgsFunction: completeModel,
		RunE:              func(c *cobra.Command, _ []string) error { return a.score(c.Context()) },
	}
}

func (a *app) score(ctx context.Context) error {
	m, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer m.Close()
	s, err := score.New(m)
	if err != nil {
		return err
	}
	defer s.Close()
	lines := bufio.NewReader(a.stdin)
	for {
		line, err := interruptible(ctx, func() ([]byte, error) { return boundedLine(lines, maxRequest) })
		if err == io.EOF {
			return nil
		}
		var r scoreResponse
		if err == nil || errors.Is(err, errLongLine) {
			r, err = a.answer(ctx, m, s, line, err)
		}
		if err != nil {
			return cause(ctx, err)
		}
		if err := a.writeJSON(r); err != nil {
			return err
		}
	}
}

// answer answers a line. Errors of the request are in the answer; those that
// would be every request's are returned.
func (a *app) answer(ctx context.Context, m *rocmforge.Model, s *score.Scorer, line []byte, err error) (r scoreResponse, fatal error) {
	var q scoreRequest
	if err == nil {
		err = strictjson.Unmarshal(line, &q)
	}
	r.ID = q.ID
	if err == nil {
		err = a.do(ctx, m, s, &q, &r)
	}
	if err != nil {
		if ctx.Err() != nil || isFatal(err) {
			return r, err
		}
		r.Error = oneLine(err.Error())
	}
	return r, nil
}

func isFatal(err error) bool {
	return is[*runtime.DeviceError](err) || is[*runtime.BugError](err) || is[*runtime.ModelError](err) || is[*device.MemoryError](err) || errors.Is(err, runtime.ErrClosed)
}

func (a *app) do(ctx context.Context, m *rocmforge.Model, s *score.Scorer, q *scoreRequest, r *scoreResponse) error {
	switch q.Op {
	case "model":
		r.Model, r.Device, r.Window = a.modelName(), m.Device(), m.Context()
		return nil
	case "loglikelihood":
		if q.Context == nil || q.Continuation == nil {
			return errors.New("loglikelihood wants context and continuation")
		}
		v, err := s.Pair(ctx, *q.Context, *q.Continuation)
		return r.scored(v, err)
	case "loglikelihood_rolling":
		if q.Text == nil {
			return errors.New("loglikelihood_rolling wants text")
		}
		v, err := s.Rolling(ctx, *q.Text)
		return r.scored(v, err)
	case "generate_until":
		if q.Context == nil {
			return errors.New("generate_until wants context")
		}
		tokens := min(256, m.Context()/2)
		if q.MaxTokens != nil {
			tokens = *q.MaxTokens
		}
		text, stop, err := s.Generate(ctx, *q.Context, q.Until, tokens)
		if err == nil {
			r.Text, r.Stop = &text, stop
		}
		return err
	}
	return fmt.Errorf("op %.64q: want loglikelihood, loglikelihood_rolling, generate_until or model", q.Op)
}

func (r *scoreResponse) scored(v score.Score, err error) error {
	if err == nil {
		r.LogProb, r.Greedy, r.Tokens = &v.LogProb, &v.Greedy, &v.Tokens
	}
	return err
}
