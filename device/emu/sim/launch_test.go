package sim

import (
	"strings"
	"testing"
)

// TestLaunchRefuses: a launch that cannot be run is an error, and not one that
// ran, nor a crash.
func TestLaunchRefuses(t *testing.T) {
	for want, change := range map[string]func(*Launch){
		"a grid":            func(l *Launch) { l.Groups = [3]int{1<<31 - 1, 1<<31 - 1, 1<<31 - 1} },
		"a grid of":         func(l *Launch) { l.Groups = [3]int{1 << 22, 1 << 21, 1 << 21} }, // 1<<64 groups
		"a grid of [0":      func(l *Launch) { l.Groups[0] = 0 },
		"groups of [32 0":   func(l *Launch) { l.Block[1] = 0 },
		"bytes of LDS":      func(l *Launch) { l.LDS = -1 },
		"more bytes of LDS": func(l *Launch) { l.LDS = maxLDS },
		"scratch memory": func(l *Launch) {
			l.Program.Kernel.Descriptor.Scratch = 1 << 20
			l.Workers, l.Groups[0] = 1000, 1000
		},
	} {
		l := newBench(t, gfx1100, "s_nop 0").g.launch.Launch
		if err := l.Run(); err != nil {
			t.Fatal(err)
		}
		change(l)
		if err := l.Run(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestBrokenGroup: the emulator's own failure in making a group is an error.
func TestBrokenGroup(t *testing.T) {
	l := newBench(t, gfx1100, "s_nop 0").g.launch.Launch
	l.Program.memory = -1
	if err := l.Run(); err == nil || !strings.Contains(err.Error(), "emulator itself") {
		t.Errorf("%v", err)
	}
}

// TestFreed: what was freed is known, and its bytes are not kept.
func TestFreed(t *testing.T) {
	var m Memory
	base := m.Add("x", make([]byte, 100)).Base
	m.Remove(base)
	if got := m.explain(base+99, 4); !strings.Contains(got, "byte 99 of x, which was freed") {
		t.Error(got)
	}
}
