package examples

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

const guide = "../docs/MXFP_GUIDE.md"

// workshop is a copy of the repository in which the guide is followed, and what
// its commands find in their environment.
type workshop struct {
	dir, python string // python has scripts/requirements.txt; "" if there is none
	env         []string
	offline     bool // a download failed
}

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("needs a POSIX shell")
	}
	w := &workshop{dir: filepath.Join(t.TempDir(), "rocmforge"), python: os.Getenv("ROCMFORGE_QUARK_PYTHON")}
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == ".git" && d.IsDir():
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(w.dir, path), 0o755)
		}
		data, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(w.dir, path), data, info.Mode()|0o200)
	})
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(t.TempDir(), "bin")
	path := []string{bin, os.Getenv("PATH")}
	if w.python != "" { // python3 is one of the same version
		path = []string{bin, filepath.Dir(w.python), os.Getenv("PATH")}
	}
	w.env = append(os.Environ(), "GOBIN="+bin, "PATH="+strings.Join(path, string(os.PathListSeparator)),
		"GOFLAGS=-trimpath -buildvcs=false", "GIT_TERMINAL_PROMPT=0", "OMP_NUM_THREADS=1", "HF_HUB_OFFLINE=1")
	return w
}

// run runs a command of the shell's.
func (w *workshop) run(line string, limit time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	c := exec.CommandContext(ctx, "sh", "-c", line)
	c.Dir, c.Env, c.WaitDelay = w.dir, w.env, time.Second
	out, err := c.CombinedOutput()
	return string(out), err
}

// lendPackages gives the guide's environment the packages of w.python, so that
// installing finds them there, and what it adds goes into the environment alone.
func (w *workshop) lendPackages(t *testing.T) {
	t.Helper()
	where := `import sysconfig; print(sysconfig.get_path("purelib"))`
	lent, err := exec.Command(w.python, "-c", where).Output()
	if err != nil {
		t.Fatal(err)
	}
	to, err := exec.Command(filepath.Join(w.dir, "quark-env", "bin", "python"), "-c", where).Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(strings.TrimSpace(string(to)), "lent.pth"), lent, 0o600); err != nil {
		t.Fatal(err)
	}
}

var (
	noInternet = regexp.MustCompile(`(?i)could not resolve|unable to access|connection (refused|reset|broken)|timed out`)
	noGPU      = regexp.MustCompile(`libamdhip64|no ROCm-capable device|no GPU`)
)

// TestGuide follows the guide: every command of its sh blocks, in order.
func TestGuide(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorkshop(t)
	for _, block := range fence.FindAllStringSubmatch(string(text), -1) {
		if block[1] != "sh" {
			continue
		}
		for line := range strings.Lines(block[2]) {
			command, needs, _ := strings.Cut(strings.TrimSpace(line), " # ")
			t.Run(strings.TrimSpace(command), func(t *testing.T) { w.follow(t, command, strings.TrimSpace(needs)) })
		}
	}
}

// follow runs a command as far as this machine has what it needs.
func (w *workshop) follow(t *testing.T, command, needs string) {
	if w.python == "" && (needs == "Quark" || needs == "internet" && strings.Contains(command, "quark-env")) {
		t.Skip("set ROCMFORGE_QUARK_PYTHON to a Python that has scripts/requirements.txt")
	}
	out, err := w.run(command, 10*time.Minute)
	switch needs {
	case "", "Quark":
	case "AMD GPU":
		if err != nil && noGPU.MatchString(out) {
			t.Skip("no AMD GPU: it says so")
		}
	case "internet":
		w.offline = w.offline || err != nil && noInternet.MatchString(out)
		if err != nil && w.offline {
			t.Skip("no internet: it was tried")
		}
	default:
		t.Errorf("the guide knows no mark %q", needs)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if strings.Contains(command, "-m venv") {
		w.lendPackages(t)
	}
}

// messages are commands that fail with what the guide's part on trouble explains,
// after a setup that may be empty. They run in a folder that has the model gopher-7m
// as floats, and mx in MXFP4.
var messages = map[string]struct{ setup, command string }{
	"libamdhip64 could not be opened":                                                                            {"", "ROCM_PATH=/none rocmforge run --device hip x"},
	"activations are to be simulated, and the model's files do not say how":                                      {"rocmforge quantize gopher-7m w4 --scheme w_mxfp4", "rocmforge run -m w4 --activations simulate x"},
	"FP8 activations, FP8 caches and calibrated algorithms need text to calibrate with: --calib FILE":            {"", "rocmforge quantize gopher-7m out --scheme w_fp8_a_fp8"},
	"an odd number of bytes, and ids have two; if it is text, it needs another name":                             {"printf abc >odd.tokens", "rocmforge quantize gopher-7m out --scheme w_mxfp4 --algo gptq --calib odd.tokens"},
	"is no file, and not one of w_fp8_a_fp8":                                                                     {"", "rocmforge quantize gopher-7m out --scheme w_int4"},
	"matches no layer":                                                                                           {"", "rocmforge quantize gopher-7m out --scheme w_mxfp4 --exclude lm_haed"},
	"already exists, and is not empty":                                                                           {"", "rocmforge quantize gopher-7m mx --scheme w_mxfp4"},
	"want a Hugging Face folder; rocmforge convert FILE.gguf FOLDER --type BF16 makes one of a GGUF file":        {"", "rocmforge quantize gopher/gopher-7m.gguf out --scheme w_mxfp4"},
	"the model is quantized already; quantize the one that it was made from":                                     {"", "rocmforge quantize mx out --scheme w_mxfp4"},
	`quant_method "gptq" is not supported; supported: quark, fp8, mxfp4`:                                         {edit(`"quant_method": "quark"`, `"quant_method": "gptq"`), "rocmforge run -m bad x"},
	`dtype "int4" is not supported; supported: fp4, fp6_e2m3, fp6_e3m2, fp8_e4m3`:                                {edit(`"dtype": "fp4"`, `"dtype": "int4"`), "rocmforge run -m bad x"},
	"is the old format with scales among the weights, and not supported; export the model again with Quark 0.13": {edit(`"mx_element_dtype": null`, `"mx_element_dtype": "fp4"`), "rocmforge run -m bad x"},
	`export.weight_format "fake_quantized" is not supported; supported: real_quantized`:                          {edit("real_quantized", "fake_quantized"), "rocmforge run -m bad x"},
	"config.json says that the model is quantized, and no tensor is":                                             {"cp -r mx bad && cp gopher-7m/model.safetensors bad", "rocmforge run -m bad x"},
	"a KV cache of type MXFP4 (another --kv-cache-dtype may do)":                                                 {"", "rocmforge run -m gopher-7m --kv-cache-dtype mxfp4 --device emu:gfx950 x"},
	"an ascending range within the file of":                                                                      {"cp -r mx bad && head -c 4000000 mx/model.safetensors >bad/model.safetensors", "rocmforge run -m bad x"},
	"algorithms need --calib":                                                                                    {"", "python3 scripts/quantize_model.py --model gopher-7m --output out --algo gptq"},
	"is there already and no empty folder":                                                                       {"", "python3 scripts/quantize_model.py --model gopher-7m --output mx"},
	"--group_size 16: MX formats have groups of 32":                                                              {"", "scripts/quantize_cli.sh --group_size 16"},
}

// edit is a command that makes bad of mx, with another config.json.
func edit(from, to string) string {
	return "cp -r mx bad && sed 's/" + from + "/" + to + "/' mx/config.json >bad/config.json && ! cmp -s mx/config.json bad/config.json"
}

// TestGuideMessages: the messages that the guide explains are those of the program.
func TestGuideMessages(t *testing.T) {
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorkshop(t)
	for _, line := range []string{
		"go install ./cmd/rocmforge", "rocmforge convert gopher/gopher-7m.gguf gopher-7m --type BF16",
		"rocmforge quantize gopher-7m mx --scheme w_mxfp4_a_mxfp4",
	} {
		if out, err := w.run(line, 10*time.Minute); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
	}
	_, trouble, _ := strings.Cut(string(text), "## 5.")
	explained := regexp.MustCompile("(?m)^- `(.+?)`:").FindAllStringSubmatch(trouble, -1)
	if len(explained) != len(messages) {
		t.Errorf("%d messages are explained, and %d provoked", len(explained), len(messages))
	}
	_, noPython := exec.LookPath("python3")
	for _, m := range explained {
		t.Run(m[1], func(t *testing.T) {
			c, ok := messages[m[1]]
			if !ok {
				t.Fatal("nothing provokes this message")
			}
			if noPython != nil && strings.HasPrefix(c.command, "python3") {
				t.Skip("no python3")
			}
			if c.setup != "" {
				if out, err := w.run(c.setup, time.Minute); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
			}
			out, err := w.run(c.command, time.Minute)
			if err == nil && strings.Contains(c.command, "--device hip") {
				t.Skip("there is a GPU")
			}
			if err == nil || !strings.Contains(out, m[1]) {
				t.Errorf("%s: %v\n%s", c.command, err, out)
			}
			if err := os.RemoveAll(filepath.Join(w.dir, "bad")); err != nil {
				t.Fatal(err)
			}
		})
	}
}
