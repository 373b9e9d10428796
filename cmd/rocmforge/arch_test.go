package main

import (
	"strings"
	"testing"
)

// TestArchUnknown: every command with --arch refuses what is no architecture, as
// wrong usage, with those that it knows and the one that may be meant.
func TestArchUnknown(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"kernels", "build", "-o", "x", "--arch", "gfx1100,gfx1110"}, `--arch "gfx1110" is not known; did you mean gfx1100?; known: gfx906, `},
		{[]string{"kernels", "build", "-o", "x", "--arch", "rdna3"}, `--arch "rdna3" is not known; known: gfx906, `},
		{[]string{"kernels", "check", "x.hip", "--arch", "gfx110"}, `--arch "gfx110" is not known; did you mean gfx1100?; known: gfx1100, gfx950`},
		{[]string{"kernels", "profile", "--arch", "gfx90a"}, `--arch "gfx90a" is not known; did you mean gfx950?; known: gfx1100, gfx950`},
		{[]string{"run", "--device", "emu:gfx90a", "hi"}, `emu:gfx1100`},
	} {
		if _, stderr, code := command("", c.args...); code != exitUsage || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: exit code %d, %s, want %s", c.args, code, stderr, c.want)
		}
	}
}
