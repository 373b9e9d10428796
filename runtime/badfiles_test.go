//go:build linux

package runtime

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rocmforge/rocmforge/internal/badfiles"
	"github.com/rocmforge/rocmforge/tokenizer"
)

func init() {
	serveBadFiles = func() { badfiles.Serve(openBad) }
}

// TestBadFiles opens every corrupted model and uses those that open, each
// under limits of time, memory and address space. ROCMFORGE_BADFILES_RANDOM
// asks for more random files than a few: so many in all, over ten seeds.
func TestBadFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	var s tally
	w := badfiles.NewWorkers(t, badfiles.AddressSpace)
	run := func(cases []badfiles.Case) {
		for _, c := range cases {
			if !strings.Contains(c.Class, "template-") { // chat templates are not read yet
				s.run(t, w, c)
			}
		}
	}
	run(badfiles.Make(t, "", 20, 1))
	if n, _ := strconv.Atoi(os.Getenv("ROCMFORGE_BADFILES_RANDOM")); n > 0 {
		const seeds = 10
		for seed := range seeds {
			run(badfiles.Make(t, "random-", n/seeds/2, seed+2)) // of two kinds
		}
	}
	t.Log(&s)
}

// TestBadFilesGiant opens the files of 1 TiB where they can be mapped.
func TestBadFilesGiant(t *testing.T) {
	var s tally
	w := badfiles.NewWorkers(t, 0)
	for _, c := range badfiles.Make(t, "giant", 0, 1) {
		s.run(t, w, c)
	}
	t.Log(&s)
}

// tally counts what became of the cases.
type tally struct {
	files, refused, accepted, crashed, failed int
	slowest, largest                          badfiles.Case
	took                                      time.Duration
	peak                                      int64
}

func (s *tally) run(t *testing.T, w *badfiles.Workers, c badfiles.Case) {
	ok := t.Run(c.Name, func(t *testing.T) {
		r := w.Run(t, c)
		c.Verdict(t, r)
		s.add(c, r)
	})
	if !ok {
		s.failed++
	}
}

func (s *tally) add(c badfiles.Case, r badfiles.Result) {
	s.files++
	switch {
	case r.Crashed != "":
		s.crashed++
	case r.Err != "":
		s.refused++
	default:
		s.accepted++
	}
	if r.Took > s.took {
		s.took, s.slowest = r.Took, c
	}
	if r.Peak > s.peak {
		s.peak, s.largest = r.Peak, c
	}
}

func (s *tally) String() string {
	return fmt.Sprintf("%d files: %d refused, %d accepted, %d crashed or hung; %d not as they should; slowest %v (%s), most memory %d MiB (%s)",
		s.files, s.refused, s.accepted, s.crashed, s.failed, s.took.Round(time.Millisecond), s.slowest.Name, s.peak>>20, s.largest.Name)
}

// openBad is what a worker does with a case.
func openBad(c badfiles.Case) error {
	err := useModel(c.Path)
	var refused *ModelError
	var tooLarge *FitError
	if err != nil && !errors.As(err, &refused) && !errors.As(err, &tooLarge) {
		panic(fmt.Sprintf("neither accepted nor refused: %v", err))
	}
	return err
}

// useModel opens a model, encodes with it and generates a token.
func useModel(path string) (err error) {
	m, err := Open(path, Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	for _, text := range []string{strings.Repeat("a", 1<<16) + "!", "hello world"} {
		if m.Tokenizer() == nil {
			break // the generation says so
		}
		if _, err := m.Tokenizer().Encode(text, tokenizer.Options{BOS: true, Special: true}); err != nil {
			return &ModelError{path, err}
		}
	}
	s, err := m.NewSession()
	if err != nil {
		return err
	}
	for _, err := range s.Generate(context.Background(), "hello world", GenerateOptions{MaxTokens: 1, Sampling: greedy}) {
		if err != nil {
			return &ModelError{path, err}
		}
	}
	return nil
}
