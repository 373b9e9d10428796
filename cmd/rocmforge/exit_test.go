package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/runtime"
)

const tiny = "../../runtime/testdata/goldens/tiny/llama-tied"

func TestUsageErrors(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	for _, args := range [][]string{
		{"nothing"},
		{"run", "--nothing", "x"},
		{"run", "-n", "many", "x"},
		{"run", "-n", "-1", "x"},
		{"run"},
		{"run", "--temperature", "-1", "x"},
		{"run", "--temperature", "nan", "x"},
		{"run", "--top-p", "2", "x"},
		{"run", "--stop", "", "x"},
		{"run", "--logit-bias", "1", "x"},
		{"run", "--logit-bias", "-1=2", "x"},
		{"run", "--logit-bias", "1=2", "--logit-bias", "1=3", "x"},
		{"run", "--logit-bias", "999999=1", "x"},
		{"run", "--device", "tpu", "x"},
		{"run", "--device", "hip:", "x"},
		{"run", "--device", "emu:gfx1100,fast", "x"},
		{"run", "--device", "hip:-1", "x"},
		{"run", "--device", "cpu:1", "x"},
		{"run", "--threads", "-1", "x"},
		{"run", "--threads", "5000", "x"},
		{"run", "--ctx", "-1", "x"},
		{"run", "--kv-cache-dtype", "f8", "x"},
		{"chat", "extra"},
		{"logits"},
		{"logits", "--tokens", ""},
		{"logits", "--tokens", "1,x"},
		{"logits", "--tokens", "1,-2"},
		{"logits", "--tokens", "99999999999"},
		{"detokenize", "--tokens", "1,,2"},
		{"perplexity", "--file", "a", "--tokens-file", "b"},
		{"perplexity", "--file", "a", "--chunks", "-1"},
		{"evaluate", "--activations", "fast,f8"},
		{"evaluate", "--kv-cache-dtype", "f16,f8"},
		{"evaluate", "-m", ""},
		{"evaluate", "--plot", out + ".gif"},
		{"bench", "-n", "0"},
		{"bench", "--type", "Q8_0"},
		{"detokenize", "1,2"},
		{"convert", "-m", "in", "in", "out", "--type", "F16"},
		{"convert", "in"},
		{"convert", "in", "out"},
		{"convert", "in", "out", "--type", "Q9"},
		{"quantize", tiny, out, "--scheme", "w_fp8_a_fp8"},
		{"quantize", tiny, out, "--scheme", "w_mxfp4", "--exclude", "*"},
		{"quantize", tiny, out, "--scheme", "w_mxfp4", "--exclude", "lm_haed"},
		{"quantize", tiny, out, "--scheme", "w_mxfp4", "--plot", out + ".gif"},
	} {
		stdout, stderr, code := command("", args...)
		if code != exitUsage || stdout != "" || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: exit code %d, stdout %q, stderr %q", args, code, stdout, stderr)
		}
	}
}

func TestExitCodes(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad\x1b[31m.gguf")
	if err := os.WriteFile(bad, []byte("GGUF\x03\x00\x00\x00"), 0o600); err != nil {
		t.Skip(err)
	}
	unknown, out := t.TempDir(), filepath.Join(t.TempDir(), "out.gguf")
	if err := os.WriteFile(filepath.Join(unknown, "config.json"), []byte(`{"model_type": "zorp"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		want int
		args []string
	}{
		{exitDone, []string{"version"}},
		{exitError, []string{"logits", "--tokens", "4096"}},
		{exitError, []string{"run", "--ctx", "4", "func main() { return }"}},
		{exitError, []string{"run", "--ctx", "4", "a prompt that does not fit"}},
		{exitError, []string{"perplexity", "--file", filepath.Join(t.TempDir(), "none")}},
		{exitError, []string{"perplexity", "--file", t.TempDir()}},
		{exitError, []string{"convert", unknown, t.TempDir(), "--type", "F16"}},
		{exitError, []string{"convert", unknown, filepath.Join(unknown, "none", "out.gguf"), "--type", "F16"}},
		{exitModel, []string{"run", "-m", bad, "x"}},
		{exitModel, []string{"info", "-m", bad}},
		{exitModel, []string{"tokenize", "-m", bad, "x"}},
		{exitModel, []string{"run", "-m", t.TempDir(), "x"}},
		{exitModel, []string{"convert", bad, out, "--type", "F16"}},
		{exitModel, []string{"convert", unknown, out, "--type", "F16"}},
		{exitDevice, []string{"run", "--device", "hip", "x"}},
		{exitDevice, []string{"logits", "--device", "hip:1", "--tokens", "1"}},
	} {
		for _, json := range []bool{false, true} {
			args := test.args
			if json {
				args = append([]string{"--json"}, args...)
			}
			_, stderr, code := command("", args...)
			if code != test.want {
				t.Errorf("%q: exit code %d, want %d; stderr %q", args, code, test.want, stderr)
			}
			if code != exitDone {
				checkErrorLine(t, stderr, json)
			}
		}
	}
}

func TestErrorsSpeakToUsers(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	for _, test := range []struct {
		want string
		args []string
	}{
		{`--max-tokens "many": want a whole number`, []string{"run", "-n", "many", "x"}},
		{`given by --tokens`, []string{"detokenize", "348"}},
		{`with --ctx`, []string{"run", "--ctx", "1", "x"}},
		{`there is no folder ` + none, []string{"convert", ".", filepath.Join(none, "out.gguf"), "--type", "F16"}},
	} {
		if _, stderr, _ := command("", test.args...); !strings.Contains(stderr, test.want) {
			t.Errorf("%q: stderr %q, want %q in it", test.args, stderr, test.want)
		}
	}
}

// checkErrorLine wants one line that cannot steer a terminal.
func checkErrorLine(t *testing.T, stderr string, isJSON bool) {
	t.Helper()
	line, rest, _ := strings.Cut(stderr, "\n")
	if rest != "" || line == "" || strings.ContainsAny(line, "\x1b\r") {
		t.Errorf("stderr %q is not one clean line", stderr)
	}
	if !isJSON {
		return
	}
	var e struct{ Error string }
	if err := json.Unmarshal([]byte(line), &e); err != nil || e.Error == "" {
		t.Errorf("stderr %q is not {\"error\": ...}", stderr)
	}
}

func TestExitCodeOfErrors(t *testing.T) {
	for _, test := range []struct {
		err  error
		want int
	}{
		{&runtime.FitError{}, exitFit},
		{fmt.Errorf("loading: %w", &device.MemoryError{}), exitFit},
		{&runtime.ModelError{Err: os.ErrNotExist}, exitModel},
		{&runtime.DeviceError{Device: "hip", Err: os.ErrNotExist}, exitDevice},
		{signalError{"terminated", exitTerm}, exitTerm},
		{&os.PathError{Op: "write", Path: "stdout", Err: syscall.EPIPE}, exitPipe},
	} {
		if got := exitCode(test.err); got != test.want {
			t.Errorf("%v: exit code %d, want %d", test.err, got, test.want)
		}
	}
}

func TestPanicIsOneLine(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var stderr strings.Builder
	a := &app{stderr: &stderr, build: testBuild}
	code := func() (code int) {
		defer a.recover(&code)
		panic("impossible\nshape")
	}()
	line := stderr.String()
	if code != exitError || strings.Count(line, "\n") != 1 || !strings.Contains(line, testBuild.Commit) {
		t.Fatalf("exit code %d, stderr %q", code, line)
	}
	_, name, _ := strings.Cut(strings.TrimSpace(line), "report in ")
	if b, err := os.ReadFile(name); err != nil || !strings.Contains(string(b), "goroutine") {
		t.Errorf("report %q: %v", name, err)
	}
}
