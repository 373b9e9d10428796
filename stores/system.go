package stores

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// A system is what places depend on.
type system struct {
	os     string // as runtime.GOOS
	home   string // the user's; empty: there is none
	getenv func(string) string
}

func thisSystem() *system {
	home, _ := os.UserHomeDir()
	return &system{runtime.GOOS, home, os.Getenv}
}

// inHome joins a path in the user's home, or gives "" without one.
func (s *system) inHome(parts ...string) string {
	if s.home == "" {
		return ""
	}
	return filepath.Join(append([]string{s.home}, parts...)...)
}

// env is a folder that a variable names, with parts below it, or "".
func (s *system) env(name string, parts ...string) string {
	v := s.getenv(name)
	if v == "" {
		return ""
	}
	return filepath.Join(append([]string{v}, parts...)...)
}

// distinct leaves out what is empty or there twice.
func distinct(list ...string) (out []string) {
	for _, p := range list {
		if p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// first is the first that is not empty, alone: what one variable decides is
// not looked for elsewhere.
func first(list ...string) []string {
	return distinct(list...)[:min(1, len(distinct(list...)))]
}
