package quantize

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/internal/goldens"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/runtime"
)

const (
	modelScript = "../scripts/quantize_model.py"
	cliScript   = "../scripts/quantize_cli.sh"
)

// script runs one of the scripts, or what else a Python is to run.
func script(t *testing.T, python, stdin string, args ...string) (string, error) {
	t.Helper()
	if args[0] == cliScript {
		args = append([]string{"bash"}, args...)
	} else {
		args = append([]string{python}, args...)
	}
	c := exec.Command(args[0], args[1:]...)
	c.Stdin = strings.NewReader(stdin)
	c.Env = append(os.Environ(), "PYTHON="+python, "PYTHONPATH=../scripts", "PYTHONDONTWRITEBYTECODE=1", "OMP_NUM_THREADS=1")
	text, err := c.CombinedOutput()
	return string(text), err
}

// severalModels runs quantize_model.py once for each line of options, since to
// load Quark takes half a minute.
const severalModels = `
import shlex, sys, quantize_model
for line in sys.stdin:
    try:
        quantize_model.main(shlex.split(line))
    except SystemExit as e:
        print(e)
`

// TestGoldenScripts runs AMD Quark itself by our scripts, and opens what comes
// out. What is rounded has the bytes of our own quantizer.
// ROCMFORGE_QUARK_PYTHON is a Python with scripts/requirements.txt.
func TestGoldenScripts(t *testing.T) {
	python := os.Getenv("ROCMFORGE_QUARK_PYTHON")
	if python == "" {
		t.Skip("set ROCMFORGE_QUARK_PYTHON to a Python that has scripts/requirements.txt")
	}
	model, dir := goldens.Shared(t, "models/gopher-7m"), filepath.Join(t.TempDir(), "a folder")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	text, ids := filepath.Join(goldens.QuarkDir(t), "calibration.txt"), filepath.Join(goldens.QuarkDir(t), "calibration.tokens")
	strange := filepath.Join(t.TempDir(), "x.tokens")
	if err := os.WriteFile(strange, []byte("\xff\xff"), 0o600); err != nil {
		t.Fatal(err)
	}
	quark := func(stdin string, args ...string) string {
		said, err := script(t, python, stdin, args...)
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, said)
		}
		return said
	}
	quark("", modelScript, "--model", model, "--scheme", "w_mxfp6_e2m3_a_mxfp6_e2m3", "--output", filepath.Join(dir, "mxfp6"))
	quark("", cliScript, "--model_dir", model, "--quant_scheme", "w_fp8_a_fp8", "--dataset", ids, "--kv_cache_dtype", "fp8", "--quant_algo", "none",
		"--group_size", "32", "--model_export", "hf_format", "--multi_gpu", "--output_dir", filepath.Join(dir, "fp8"))
	line := func(name, options string) string {
		return fmt.Sprintf("--model %s --output %q --scheme w_mxfp4_a_mxfp4 --samples 8 --length 128 %s\n", model, filepath.Join(dir, name), options)
	}
	said := quark(line("strange", "--calib "+strange)+line("mxfp4", "")+
		line("gptq", "--algo gptq --exclude lm_head --exclude '*.layers.[2-7].*' --calib "+text)+line("smooth", "--algo autosmoothquant --calib "+text), "-c", severalModels)
	if !strings.Contains(said, "token 65535 is none of the model's") {
		t.Errorf("ids that the model does not have:\n%s", said)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 5 {
		t.Errorf("%v, %v; want the five outputs and nothing else\n%s", files, err, said)
	}
	for name, rounded := range map[string]*Options{
		"mxfp4": {Scheme: scheme(t, "w_mxfp4_a_mxfp4")}, "mxfp6": {Scheme: scheme(t, "w_mxfp6_e2m3_a_mxfp6_e2m3")},
		"fp8":  {Scheme: scheme(t, "w_fp8_a_fp8"), KVCache: quant.FP8_E4M3, Calibration: ids},
		"gptq": nil, "smooth": nil,
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(dir, name)
			predicts(t, out)
			if rounded == nil {
				return
			}
			ours := filepath.Join(dir, "our-"+name)
			rounded.Exclude = []string{"lm_head"}
			run(t, model, ours, *rounded)
			sameAsQuark(t, tensors(t, ours), tensors(t, out))
			sameJSON(t, filepath.Join(ours, "config.json"), filepath.Join(out, "config.json"))
		})
	}
}

// predicts holds a model to text: with rounded weights and activations it is at
// most a quarter worse than the 7.0479 of bfloat16.
func predicts(t *testing.T, dir string) {
	t.Helper()
	m, err := runtime.Open(dir, runtime.Options{Device: "cpu", Activations: runtime.Simulate})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	p, err := m.Perplexity(context.Background(), heldOut(t), runtime.PerplexityOptions{Chunk: 1024, Chunks: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("perplexity %.4f", p.PPL)
	if p.PPL > 1.25*7.0479 {
		t.Errorf("perplexity %.4f; bfloat16 has 7.0479", p.PPL)
	}
}

// TestScriptsRefuse: what is wrong with the options is said before PyTorch loads,
// by the name that the user knows.
func TestScriptsRefuse(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	dir := t.TempDir()
	odd := filepath.Join(dir, "odd.tokens")
	if err := os.WriteFile(odd, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	for want, args := range map[string][]string{
		"the following arguments are required: --output":  {modelScript},
		"is there already and no empty folder":            {modelScript, "--output", dir},
		"there is no folder to put it into":               {modelScript, "--output", filepath.Join(out, "out")},
		"algorithms need --calib":                         {modelScript, "--output", out, "--scheme", "w_fp8_a_fp8"},
		"no such file":                                    {modelScript, "--output", out, "--calib", out},
		"an odd number of bytes":                          {modelScript, "--output", out, "--calib", odd},
		"invalid choice: 'w_int4'":                        {modelScript, "--output", out, "--scheme", "w_int4"},
		"--samples and --length are at least 1":           {modelScript, "--output", out, "--samples", "0"},
		"--model_dir is missing":                          {cliScript},
		"--output_dir is missing":                         {cliScript, "--model_dir", tiny},
		"--output_dir needs a value":                      {cliScript, "--model_dir", tiny, "--output_dir"},
		"--group_size 16: MX formats have groups of 32":   {cliScript, "--group_size", "16"},
		"--model_export onnx: hf_format is what":          {cliScript, "--model_export", "onnx"},
		"unknown option --bits":                           {cliScript, "--bits", "4"},
		"argument --kv-cache-dtype: invalid choice: 'f4'": {cliScript, "--model_dir", tiny, "--output_dir", out, "--kv_cache_dtype", "f4"},
	} {
		text, err := script(t, python, "", args...)
		if err == nil || !strings.Contains(text, want) {
			t.Errorf("%v: %v; want %q\n%s", args, err, want, text)
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("%d files were left: %v", len(files), err)
	}
	for _, args := range [][]string{{modelScript, "--help"}, {cliScript, "--help"}} {
		if text, err := script(t, python, "", args...); err != nil || !strings.Contains(text, "--quant_algo") && !strings.Contains(text, "--algo") {
			t.Errorf("%v: %v\n%s", args, err, text)
		}
	}
}
