package doctor

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"time"
)

// patience is how long a program may take that is asked for its version.
const patience = 5 * time.Second

// tools looks for programs that are of use beside this one. None is needed.
func (e *examination) tools(ctx context.Context) {
	if e.tool(ctx, "rocm-smi", "--version") {
		e.products(ctx)
	}
	e.tool(ctx, "amd-smi", "version")
	e.quark(ctx)
}

// tool asks a program for its version.
func (e *examination) tool(ctx context.Context, name string, args ...string) bool {
	out, err := e.run(ctx, name, args...)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		e.add(name, Info, "is not installed, and not needed")
	case err != nil:
		e.add(name, Unknown, "gave no version: "+oneLine(err.Error()))
	default:
		e.add(name, Info, oneLine(out))
	}
	return err == nil
}

// products adds the names that rocm-smi has for the GPUs. Its lines look like
// "GPU[0] : Card Series: AMD Radeon RX 7900 XTX", with tabs between.
func (e *examination) products(ctx context.Context) {
	out, err := e.run(ctx, "rocm-smi", "--showproductname")
	if err != nil {
		e.add("rocm-smi products", Unknown, oneLine(err.Error()))
		return
	}
	var names []string
	for line := range strings.Lines(out) {
		gpu, rest, _ := strings.Cut(line, ":")
		key, value, _ := strings.Cut(rest, ":")
		if strings.EqualFold(strings.TrimSpace(key), "card series") {
			names = append(names, strings.TrimSpace(gpu)+" "+strings.TrimSpace(value))
		}
	}
	if names == nil {
		e.add("rocm-smi products", Unknown, "it names none")
		return
	}
	e.add("rocm-smi products", Info, oneLine(strings.Join(names, ", ")))
}

// QuarkVersion is that of AMD's quantizer in python3. The error is
// exec.ErrNotFound without a python3, and an *exec.ExitError without Quark. The
// package's record is read rather than the package imported: that would load
// PyTorch, which can take longer than anybody waits.
func (env *Env) QuarkVersion(ctx context.Context) (string, error) {
	out, err := env.run(ctx, "python3", "-c", "from importlib.metadata import version; print(version('amd-quark'))")
	return oneLine(out), err
}

func (e *examination) quark(ctx context.Context) {
	const name = "AMD Quark"
	version, err := e.QuarkVersion(ctx)
	var exit *exec.ExitError
	switch {
	case errors.Is(err, exec.ErrNotFound):
		e.add(name, Info, "there is no python3 to have it; only its own algorithms need it")
	case errors.As(err, &exit):
		e.add(name, Info, "is not installed in python3; only its own algorithms need it")
	case err != nil:
		e.add(name, Unknown, oneLine(err.Error()))
	default:
		e.add(name, Info, "version "+version)
	}
}

func (env *Env) run(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	out, err := env.Run(ctx, name, args...)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return "", errors.New(name + " did not end within " + patience.String())
	}
	return out, err
}
