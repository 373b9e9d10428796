package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/rocmforge/rocmforge"
	"github.com/rocmforge/rocmforge/device/cpu"
	"github.com/rocmforge/rocmforge/device/emu"
	"github.com/rocmforge/rocmforge/models/kvcache"
	"github.com/rocmforge/rocmforge/runtime"
	"github.com/rocmforge/rocmforge/stores"
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
	args           []string
	loaded         time.Duration // the time that opening the model took
	command        string        // the path of the command that was found
	running        bool          // a command has begun: errors are no longer those of its usage

	model   string
	found   stores.Model // what -m named, where it is no path
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
	a.args = args
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
	c, err := root.ExecuteContextC(ctx)
	a.command = c.CommandPath()
	if err != nil && !a.running {
		a.json = slices.Contains(args, "--json") || slices.Contains(args, "--json-stream") // errors in the flags are JSON, too
		err = usageError{unknownCommand(c, err)}
	}
	return a.report(err)
}

// unknownCommand adds to cobra's error what may have been meant.
func unknownCommand(c *cobra.Command, err error) error {
	var name string
	if _, other := fmt.Sscanf(err.Error(), "unknown command %q", &name); other != nil {
		return err
	}
	return commandError(c, name)
}

// root is the command that has all the others.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "rocmforge",
		Short: "Run language models",
		Long: `rocmforge runs language models from GGUF files and Hugging Face folders, on AMD
GPUs through HIP, or on the CPU. Without -m it uses a small demo model for Go
code that is built in.

--device auto takes the best GPU, or the CPU where there is none. A GPU that was
asked for and is not there is an error: rocmforge doctor says what to do. GPU
kernels have been tried on an emulator and on a stand-in, and not on a real AMD
card yet: rocmforge verify says whether yours computes what it should.

Environment: ROCMFORGE_DEVICE is the default of --device, ROCM_PATH the folder
of ROCm, ROCMFORGE_CACHE_DIR where compiled kernels are kept,
ROCMFORGE_WATCHDOG how long a GPU may be without progress (60s), and
ROCMFORGE_MODELS folders with models (see rocmforge models).

Exit codes: 0 done, 1 error, 2 wrong usage, 3 model refused, 4 does not fit in
memory, 5 device error, 129 hung up, 130 interrupted, 131 quit, 143
terminated.`,
		Example: `  rocmforge run "func (b *Buffer) Len() int {"
  rocmforge run -m model.gguf -n 200 "Once upon a time"
  rocmforge run --device hip -m model.gguf "Once upon a time"
  rocmforge info model.gguf`,
		Version:            a.build.String(),
		SilenceUsage:       true,
		SilenceErrors:      true,
		DisableSuggestions: true, // unknownCommand has better ones
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			return cmp.Or(checkUsed(c), a.checkFlags(c))
		},
	}
	root.SuggestionsMinimumDistance = 2
	cobra.EnableCommandSorting = false // the groups have an order
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetVersionTemplate("rocmforge {{.Version}}\n")
	root.SetFlagErrorFunc(a.flagError)
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { writeHelp(a.stdout, c) })
	root.SetGlobalNormalizationFunc(flagName)
	root.CompletionOptions.DisableDefaultCmd = true
	root.PersistentFlags().SortFlags = false
	a.flags(root.PersistentFlags())
	root.AddGroup(commandGroups...)
	a.add(root, "use", a.runCommand(), a.chatCommand(), a.modelsCommand(), a.infoCommand(), a.devicesCommand(), a.topCommand(), a.doctorCommand())
	a.add(root, "models", a.convertCommand(), a.quantizeCommand())
	a.add(root, "measure", a.benchCommand(), a.perplexityCommand(), a.evaluateCommand(), a.gonogoCommand(), a.verifyCommand(), a.scoreCommand(), a.logitsCommand(), a.tokenizeCommand(), a.detokenizeCommand())
	a.add(root, "kernels", a.kernelsCommand())
	a.add(root, "", a.completionCommand(), a.versionCommand())
	root.SetHelpCommand(a.helpCommand())
	a.complete(root)
	return uses(root)
}

// add puts commands below another, as one of its groups.
func (a *app) add(parent *cobra.Command, group string, commands ...*cobra.Command) {
	for _, c := range commands {
		c.GroupID = group
		c.RunE = a.begins(c.RunE)
		parent.AddCommand(c)
	}
}

// complete has the values of the flags that all commands have.
func (a *app) complete(root *cobra.Command) {
	devices := []string{"auto", "cpu", "hip"}
	for _, arch := range emu.Archs {
		devices = append(devices, "emu:"+arch, "emu:"+arch+",unchecked")
	}
	for name, values := range map[string][]string{
		"device": devices, "kv-cache-dtype": kvcache.TypeNames, "activations": {runtime.Fast, runtime.Simulate},
	} {
		root.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	root.RegisterFlagCompletionFunc("model", completeModel)
}

// begins is what a command does, on the model that -m names.
func (a *app) begins(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		a.running = true
		if err := a.findModel(); err != nil {
			return err
		}
		return run(c, args)
	}
}

func (a *app) flags(f *pflag.FlagSet) {
	f.StringVarP(&a.model, "model", "m", "", "GGUF file, Hugging Face folder, or a name that rocmforge models lists (default: the built-in demo model)")
	f.IntVarP(&a.context, "ctx", "c", 0, "tokens of context (0: the model's own, but 4096 at most)")
	f.StringVar(&a.kvType, "kv-cache-dtype", "", "type of the KV cache: "+strings.Join(kvcache.TypeNames, ", ")+" (default: what the model asks for, else f16; f32 with --exact)")
	f.StringVar(&a.acts, "activations", runtime.Fast, "fast: compute in the fastest way; simulate: round activations as the quantized model's configuration says")
	f.BoolVar(&a.exact, "exact", false, "compute without quantized activations, with a float32 KV cache")
	group(f, modelFlags)
	f.StringVar(&a.device, "device", cmp.Or(os.Getenv(deviceVariable), "auto"), "auto (the best GPU, else the CPU), cpu, hip, hip:N, or emu:ARCH, an emulated GPU that checks kernels, slowly; emu:ARCH,unchecked is a few times as fast")
	f.IntVarP(&a.threads, "threads", "t", 0, "CPU threads (0: one per processor)")
	f.BoolVar(&a.noGraph, "no-graph", false, "launch a GPU's kernels one by one instead of replaying graphs")
	f.BoolVar(&a.isolate, "isolate", false, "keep the device in a process of its own, so that its death is an error like others")
	group(f, deviceFlags)
	f.BoolVar(&a.json, "json", false, "print JSON, errors too")
	f.BoolVar(&a.debug, "debug", false, "show a stack trace when the program itself fails")
	group(f, outputFlags)
}

// deviceVariable is the environment's default of --device.
const deviceVariable = "ROCMFORGE_DEVICE"

// checkFlags refuses values that no model would make right.
func (a *app) checkFlags(c *cobra.Command) error {
	kind, number, numbered := strings.Cut(a.device, ":")
	switch {
	case a.device == "auto", a.device == "cpu", a.device == "hip":
	case kind == "hip" && numbered && isNumber(number):
	case kind == "emu" && isEmulated(number):
	default:
		return usagef("%s: want auto, cpu, hip, hip:N, or emu:%s, optionally followed by ,unchecked", a.deviceSource(c), strings.Join(emu.Archs, " or emu:"))
	}
	if a.threads < 0 || a.threads > cpu.MaxThreads {
		return usagef("--threads %d: want 0 to %d", a.threads, cpu.MaxThreads)
	}
	if a.context < 0 {
		return usagef("--ctx %d: want at least 0", a.context)
	}
	if a.kvType != "" {
		if err := checkKVType(a.kvType); err != nil {
			return err
		}
	}
	if a.acts != runtime.Fast && a.acts != runtime.Simulate {
		return usagef("--activations %q: want fast or simulate", a.acts)
	}
	return nil
}

// deviceSource says who named the device.
func (a *app) deviceSource(c *cobra.Command) string {
	if f := c.Flag("device"); f != nil && !f.Changed && os.Getenv(deviceVariable) != "" {
		return fmt.Sprintf("the environment variable %s=%q", deviceVariable, a.device)
	}
	return fmt.Sprintf("--device %q", a.device)
}

// checkKVType knows the types that are usual elsewhere as well.
func checkKVType(name string) error {
	_, err := kvcache.ParseType(name)
	switch {
	case err == nil:
		return nil
	case strings.HasPrefix(strings.ToLower(name), "q"):
		return usagef("--kv-cache-dtype %s: caches of ggml's block types are not supported; fp8 takes 8 bits a number (q8_0: 8.5) and mxfp4 4.25 (q4_0: 4.5); want one of %s", name, strings.Join(kvcache.TypeNames, ", "))
	}
	return usagef("--kv-cache-dtype: %v", err)
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
		NoGraph: a.noGraph, Isolate: a.isolate, Warn: a.printWarning, Params: a.found.Params,
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
