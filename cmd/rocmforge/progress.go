package main

import (
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progressLine is the terminal's line that has a bar, if one is drawn. A model
// may go on loading behind an interrupted command; its bar does not.
type progressLine struct {
	mu    sync.Mutex
	bar   *progressbar.ProgressBar
	ended bool
}

// end takes the bar away, so that a message does not land behind it.
func (p *progressLine) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	if p.bar != nil && !p.bar.IsFinished() {
		p.bar.Clear()
	}
}

// set draws bar, unless another one is under way.
func (p *progressLine) set(bar *progressbar.ProgressBar, done int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended && (p.bar == nil || p.bar == bar || p.bar.IsFinished()) {
		p.bar = bar
		bar.Set(done)
	}
}

// progress returns a callback that draws a bar of bytes on stderr, or nil when
// stderr is no terminal.
func (a *app) progress(what string) func(done, total int) {
	if !isTerminal(a.stderr) {
		return nil
	}
	return a.bar(what, progressbar.OptionShowBytes(true))
}

// progressCount is progress for things that are counted.
func (a *app) progressCount(what string) func(done, total int) {
	if !isTerminal(a.stderr) {
		return nil
	}
	return a.bar(what, progressbar.OptionShowCount())
}

// bar appears with the first call that follows a quarter of a second: what is
// done by then needs none. Its rate counts from the first call.
func (a *app) bar(what string, o progressbar.Option) func(done, total int) {
	start := time.Now()
	var bar *progressbar.ProgressBar
	drawn := false
	return func(done, total int) {
		if bar == nil {
			bar = progressbar.NewOptions(total, progressbar.OptionSetDescription(what),
				progressbar.OptionSetWriter(a.stderr), progressbar.OptionClearOnFinish(),
				progressbar.OptionThrottle(100*time.Millisecond), o)
			bar.StartWithoutRender()
		}
		drawn = drawn || time.Since(start) >= time.Second/4 && done < total
		if drawn {
			a.progressLine.set(bar, done)
		}
	}
}
