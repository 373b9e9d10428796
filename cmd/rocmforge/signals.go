package main

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
)

// signalError is what a context is cancelled with when a signal came.
type signalError struct {
	name string
	code int
}

func (e signalError) Error() string { return e.name }

func signalErrorOf(s os.Signal) signalError {
	switch s {
	case syscall.SIGTERM:
		return signalError{"terminated", exitTerm}
	case syscall.SIGHUP:
		return signalError{"hung up: the terminal is gone", exitHangup}
	case syscall.SIGQUIT:
		return signalError{"quit", exitQuit}
	}
	return signalError{"interrupted", exitInt}
}

// endings are the signals by which a program is asked to end: by Ctrl-C, by
// others, by a terminal or a connection that is gone, and by Ctrl-\.
var endings = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}

// watched are those of them that count: what nohup started goes on when the
// terminal is gone.
func watched() []os.Signal {
	return slices.DeleteFunc(slices.Clone(endings), func(s os.Signal) bool { return s == syscall.SIGHUP && signal.Ignored(s) })
}

// signals turns signals that end a program into cancelled contexts: the first
// one ends what is going on, the second one the process.
type signals struct {
	mu     sync.Mutex
	came   int
	all    context.CancelCauseFunc
	answer context.CancelCauseFunc // ends before all, if there is one
	atExit []func()                // before the second signal's exit
}

// watchSignals returns a context that the first signal cancels.
func (a *app) watchSignals() (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	a.signals = &signals{all: cancel}
	ch := make(chan os.Signal, 2)
	signal.Notify(ch, watched()...)
	go func() {
		for s := range ch {
			a.signals.on(signalErrorOf(s))
		}
	}()
	return ctx, func() {
		signal.Stop(ch)
		close(ch)
		cancel(nil)
	}
}

func (s *signals) on(e signalError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.came++; s.came > 1 {
		for _, f := range s.atExit {
			f()
		}
		os.Exit(e.code)
	}
	if s.answer != nil && e.code == exitInt {
		s.answer(e)
		return
	}
	s.all(e)
}

// beginAnswer returns a context whose SIGINT ends only what runs until done is
// called.
func (s *signals) beginAnswer(ctx context.Context) (answer context.Context, done func()) {
	answer, cancel := context.WithCancelCause(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = cancel
	return answer, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.answer, s.came = nil, 0
		cancel(nil)
	}
}

// beforeExit runs f before the second signal ends the process.
func (s *signals) beforeExit(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.atExit = append(s.atExit, f)
}

// interruptible runs f, which knows no context, and stops waiting for it when
// ctx ends. The process is about to end then, so what f holds is not missed.
func interruptible[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		v, err := f()
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}
