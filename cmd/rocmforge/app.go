package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge"
	"github.com/rocmforge/rocmforge/device/cpu"
	"github.com/rocmforge/rocmforge/device/emu"
	"github.com/rocmforge/rocmforge/models/kvcache"
	"github.com/rocmforge/rocmforge/runtime"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"
)

// app is one run of the program: its streams and the flags that every command
// has.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	build          build
	signals        *signals
	progressLine   progressLine
	running        bool // a command has begun: errors are no longer those of its usage

	model   string
	device  string
	kvType  string
	acts    string
	threads int
	context int
	exact   bool
	noGraph bool
	isolate bool
	json    bool
	debug   bool
}

// main runs a command line and returns the exit code.
func (a *app) main(args []string) (code int) {
	a.json = slices.Contains(args, "--json") // errors in the flags are JSON, too
	a.debug = slices.Contains(args, "--debug")
	if a.debug {
		debug.SetTraceback("all")
	} else {
		debug.SetTraceback("none")
		defer a.recover(&code)
	}
	ctx, stop := a.watchSignals()
	defer stop()
	a.signals.beforeExit(a.progressLine.end)
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil && !a.running {
		err = usageError{err}
	}
	return a.report(err)
}

// root is the command that has all the others.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "rocmforge",
		Short: "Run language models",
		Long: `rocmforge runs language models from GGUF files and Hugging Face folders, on AMD
GPUs through HIP, or on the CPU. Without -m it uses a small model for Go code
that is built in.

--device auto takes the best GPU, or the CPU where there is none. A GPU that was
asked for and is not there is an error: rocmforge doctor says what to do. GPU
kernels have been tried on an emulator and on a stand-in, and not on a real AMD
card yet: rocmforge verify says whether yours computes what it should.

Environment: ROCMFORGE_DEVICE is the default of --device, ROCM_PATH the folder
of ROCm, ROCMFORGE_CACHE_DIR where compiled kernels are kept, and
ROCMFORGE_WATCHDOG how long a GPU may be without progress (60s).

Exit codes: 0 done, 1 error, 2 wrong usage, 3 model refused, 4 does not fit in
memory, 5 device error, 130 interrupted, 143 terminated.`,
		Example: `  rocmforge run "func (s *Stack) Push("
  rocmforge run -m model.gguf -n 200 --temperature 0 --json "Once upon a time"
  rocmforge run --device hip -m model.gguf "Once upon a time"
  rocmforge perplexity -m model.gguf --file README.md`,
		Version:           a.build.String(),
		SilenceUsage:      true,
		SilenceErrors:     true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return a.checkFlags() },
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetVersionTemplate("rocmforge {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	a.flags(root.PersistentFlags())
	for _, c := range []*cobra.Command{
		a.runCommand(), a.chatCommand(), a.infoCommand(), a.tokenizeCommand(), a.detokenizeCommand(),
		a.logitsCommand(), a.perplexityCommand(), a.evaluateCommand(), a.scoreCommand(), a.gonogoCommand(), a.benchCommand(), a.convertCommand(), a.quantizeCommand(), a.devicesCommand(), a.doctorCommand(), a.topCommand(), a.verifyCommand(), a.kernelsCommand(), a.versionCommand(),
	} {
		run := c.RunE
		c.RunE = func(c *cobra.Command, args []string) error {
			a.running = true
			return run(c, args)
		}
		root.AddCommand(c)
	}
	root.RegisterFlagCompletionFunc("device", cobra.FixedCompletions([]string{"auto", "cpu", "hip"}, cobra.ShellCompDirectiveNoFileComp))
	root.RegisterFlagCompletionFunc("kv-cache-dtype", cobra.FixedCompletions(kvcache.TypeNames, cobra.ShellCompDirectiveNoFileComp))
	root.RegisterFlagCompletionFunc("activations", cobra.FixedCompletions([]string{runtime.F16, runtime.Simulate}, cobra.ShellCompDirectiveNoFileComp))
	return root
}

func (a *app) flags(f *pflag.FlagSet) {
	f.StringVarP(&a.model, "model", "m", "", "GGUF file or Hugging Face folder (default: the built-in model)")
	f.StringVar(&a.device, "device", cmp.Or(os.Getenv("ROCMFORGE_DEVICE"), "auto"), "auto, cpu, hip, hip:N or emu:ARCH; auto is the best GPU, or else the CPU; emu:ARCH emulates a GPU, and checks its kernels, slowly; emu:ARCH,unchecked does not check them, and is a few times as fast")
	f.IntVar(&a.threads, "threads", 0, "CPU threads (0: one per processor)")
	f.IntVar(&a.context, "ctx", 0, "tokens of context (0: the model's own, but 4096 at most)")
	f.BoolVar(&a.exact, "exact", false, "compute without quantized activations, with a float32 KV cache")
	f.BoolVar(&a.noGraph, "no-graph", false, "launch a GPU's kernels one by one, and replay none")
	f.BoolVar(&a.isolate, "isolate", false, "keep the device in a process of its own, whose death is an error like others")
	f.StringVar(&a.kvType, "kv-cache-dtype", "", strings.Join(kvcache.TypeNames, ", ")+" (default: f32 with --exact, else what the model asks for, else f16)")
	f.StringVar(&a.acts, "activations", runtime.F16, "simulate: round them as the model's author did; f16: compute as is fastest")
	f.BoolVar(&a.json, "json", false, "print JSON, errors too")
	f.BoolVar(&a.debug, "debug", false, "show a stack trace when the program itself fails")
}

// checkFlags refuses values that no model would make right.
func (a *app) checkFlags() error {
	kind, number, numbered := strings.Cut(a.device, ":")
	switch {
	case a.device == "auto", a.device == "cpu", a.device == "hip":
	case kind == "hip" && numbered && isNumber(number):
	case kind == "emu" && isEmulated(number):
	default:
		return usagef("--device %q: want auto, cpu, hip, hip:N, or emu:%s, which can have ,unchecked behind it", a.device, strings.Join(emu.Archs, " or emu:"))
	}
	if a.threads < 0 || a.threads > cpu.MaxThreads {
		return usagef("--threads %d: want 0 to %d", a.threads, cpu.MaxThreads)
	}
	if a.context < 0 {
		return usagef("--ctx %d: want at least 0", a.context)
	}
	if a.kvType != "" {
		if _, err := kvcache.ParseType(a.kvType); err != nil {
			return usagef("--kv-cache-dtype: %v", err)
		}
	}
	if a.acts != runtime.F16 && a.acts != runtime.Simulate {
		return usagef("--activations %q: want simulate or f16", a.acts)
	}
	return nil
}

// flagError says what a flag wants, not which function could not read it.
func flagError(_ *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	f := invalid.GetFlag()
	return fmt.Errorf("--%s %q: want %s", f.Name, invalid.GetValue(), f.Value.Type())
}

// noArgs is the argument check of commands that have flags only.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes flags only, and not the argument %q", c.Name(), args[0])
	}
	return nil
}

func isEmulated(s string) bool {
	_, err := emu.ParseOptions(s)
	return err == nil
}

func isNumber(s string) bool {
	return s != "" && len(s) <= 4 && strings.Trim(s, "0123456789") == ""
}

// options are the flags as the library takes them.
func (a *app) options() rocmforge.Options {
	return rocmforge.Options{
		Device: a.device, Threads: a.threads, Context: a.context,
		Exact: a.exact, KVCacheDType: a.kvType, Activations: a.acts,
		NoGraph: a.noGraph, Isolate: a.isolate, Warn: a.printWarning,
		Progress: a.progress("loading"), Compiling: a.progressCount("compiling kernels"),
	}
}

// writeJSON prints v as one line.
func (a *app) writeJSON(v any) error {
	e := json.NewEncoder(a.stdout)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// isTerminal says whether a stream of the program is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
