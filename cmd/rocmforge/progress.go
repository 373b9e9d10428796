package main

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

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
// done by then needs none.
func (a *app) bar(what string, o progressbar.Option) func(done, total int) {
	start := time.Now()
	var bar *progressbar.ProgressBar
	return func(done, total int) {
		if bar == nil && (time.Since(start) < time.Second/4 || done >= total) {
			return
		}
		if bar == nil {
			bar = progressbar.NewOptions(total, progressbar.OptionSetDescription(what),
				progressbar.OptionSetWriter(a.stderr), progressbar.OptionClearOnFinish(),
				progressbar.OptionThrottle(100*time.Millisecond), o)
		}
		bar.Set(done)
	}
}
