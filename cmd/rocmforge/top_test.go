package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rocmforge/rocmforge/internal/sysfs/sysfstest"
)

func TestTopJSON(t *testing.T) {
	lay(t, "mi300x")
	compareJSON(t, filepath.Join("testdata", "top.json"), mustRun(t, "", "top", "--json"))
}

// TestTopTable: stdout is no terminal, so each table is written once.
func TestTopTable(t *testing.T) {
	var got strings.Builder
	for _, tree := range sysfstest.Names {
		lay(t, tree)
		stdout, stderr, code := command("", "top")
		if stdout == "" && code != exitDevice {
			t.Errorf("%s: exit code %d", tree, code)
		}
		got.WriteString(stdout + stderr)
	}
	golden := filepath.Join("testdata", "top.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTopInterval(t *testing.T) {
	lay(t, "phoenix")
	for _, interval := range []string{"0", "99ms", "-1s", "61m", "x"} {
		if _, _, code := command("", "top", "--interval", interval); code != exitUsage {
			t.Errorf("--interval %s: exit code %d", interval, code)
		}
	}
}

// TestTopLive draws until a signal: Ctrl-C is a good end, SIGTERM is not.
func TestTopLive(t *testing.T) {
	lay(t, "rx7900xtx")
	for code, want := range map[int]error{exitInt: nil, exitTerm: signalError{"terminated", exitTerm}} {
		var out bytes.Buffer
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(150*time.Millisecond, func() { cancel(signalError{"terminated", code}) })
		size := func() (int, int) { return 20, 24 }
		if err := (&app{stdout: &out}).topLive(ctx, 20*time.Millisecond, size); err != want {
			t.Errorf("%d: %v, want %v", code, err, want)
		}
		if n := strings.Count(out.String(), "\r\x1b[2A"); n < 2 {
			t.Errorf("drawn anew %d times: %q", n, out.String())
		}
	}
}

// TestTopLosesItsGPU while it runs.
func TestTopLosesItsGPU(t *testing.T) {
	lay(t, "phoenix")
	files, _ := gpuFiles()
	size := func() (int, int) {
		if err := os.RemoveAll(files.Path("/sys/class/drm/card1")); err != nil {
			t.Error(err)
		}
		return 0, 0
	}
	if err := (&app{stdout: &bytes.Buffer{}}).topLive(t.Context(), time.Millisecond, size); exitCode(err) != exitDevice {
		t.Errorf("%v", err)
	}
}

func TestFit(t *testing.T) {
	lines := []string{"°C 12345", "67", "8"}
	for _, test := range []struct {
		width, height int
		want          []string
	}{
		{0, 0, lines},
		{4, 0, []string{"°C 1", "67", "8"}},
		{80, 3, lines[:2]},
		{80, 4, lines},
		{80, 1, lines},
	} {
		if got := fit(slices.Clone(lines), test.width, test.height); !slices.Equal(got, test.want) {
			t.Errorf("%d x %d: %q, want %q", test.width, test.height, got, test.want)
		}
	}
}
