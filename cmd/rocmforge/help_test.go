package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// walk calls f with every command.
func walk(c *cobra.Command, f func(*cobra.Command)) {
	f(c)
	for _, sub := range c.Commands() {
		walk(sub, f)
	}
}

// TestHelp looks at the help of every command: usage first, an example, no line
// that a terminal of 80 columns would break, every flag that counts and no other.
func TestHelp(t *testing.T) {
	walk((&app{}).root(), func(c *cobra.Command) {
		args := append(strings.Fields(c.CommandPath())[1:], "--help")
		help := mustRun(t, "", args...)
		if !strings.HasPrefix(help, "Usage:\n  "+c.CommandPath()) || c.Short == "" || !strings.Contains(help, "\nExamples:\n  ") {
			t.Errorf("%s: usage is not first, or there is no example or no description:\n%s", c.CommandPath(), help)
		}
		for line := range strings.Lines(help) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > helpWidth {
				t.Errorf("%s --help: %d columns: %s", c.CommandPath(), n, line)
			}
		}
		c.InheritedFlags() // puts them among Flags
		c.Flags().VisitAll(func(f *pflag.Flag) {
			shown := strings.Contains(help, "--"+f.Name+" ") || strings.Contains(help, "--"+f.Name+"\n")
			if want := used(c, f) && !f.Hidden; shown != want && c.Example != "" && !strings.Contains(c.Long+c.Example+c.Use, "--"+f.Name) {
				t.Errorf("%s --help shows --%s: %v, want %v", c.CommandPath(), f.Name, shown, want)
			}
		})
	})
}

// words are those of a shell's line, as far as examples need a shell.
var words = regexp.MustCompile(`\$?'[^']*'|"[^"]*"|[^\s'"]+`)

// examples are the command lines of a command's examples, without what a shell
// does with them.
func examples(c *cobra.Command) (lines [][]string) {
	for line := range strings.SplitSeq(strings.ReplaceAll(c.Example, "\\\n", " "), "\n") {
		all := words.FindAllString(line, -1)
		for i, w := range all {
			all[i] = strings.Trim(w, `$'"`)
		}
		for i := slices.Index(all, "rocmforge"); i >= 0; i = slices.Index(all, "rocmforge") {
			all = all[i+1:]
			end := slices.IndexFunc(all, func(w string) bool { return slices.Contains([]string{"|", "<", ">"}, w) })
			if end < 0 {
				end = len(all)
			}
			lines = append(lines, all[:end])
		}
	}
	return lines
}

// TestExamples parses the examples of every command, as far as it goes without
// the files that they name.
func TestExamples(t *testing.T) {
	parsed := 0
	walk((&app{}).root(), func(c *cobra.Command) {
		for _, args := range examples(c) {
			for i := range args { // of process substitution
				args[i] = strings.Trim(args[i], "()")
			}
			a := &app{}
			of, rest, err := a.root().Find(args)
			if err == nil {
				err = of.ParseFlags(rest)
			}
			if err == nil {
				err = checkUsed(of)
			}
			if err == nil {
				err = a.checkFlags(of)
			}
			if err == nil {
				err = of.ValidateArgs(of.Flags().Args())
			}
			if err != nil && !strings.Contains(err.Error(), "is no file or folder") {
				t.Errorf("%s: example %q: %v", c.CommandPath(), args, err)
			}
			parsed++
		}
	})
	if parsed < 40 {
		t.Errorf("only %d examples were found", parsed)
	}
}

func TestCommandGroups(t *testing.T) {
	help := mustRun(t, "")
	at := 0
	for _, title := range []string{"\nUse:\n  run ", "\nModels:\n  convert ", "\nMeasure:\n  bench ", "\nKernels:\n  kernels ", "\nOther:\n  completion "} {
		i := strings.Index(help, title)
		if i < at {
			t.Errorf("%q is not there, or not in its place:\n%s", title, help)
		}
		at = i
	}
	if out, want := mustRun(t, "", "--version"), mustRun(t, "", "version"); out != want {
		t.Errorf("--version: %q, and version: %q", out, want)
	}
	if out, want := mustRun(t, "", "help", "kernels", "list"), mustRun(t, "", "kernels", "list", "--help"); out != want {
		t.Errorf("help kernels list: %q, and kernels list --help: %q", out, want)
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range shells {
		if out := mustRun(t, "", "completion", shell); !strings.Contains(out, "rocmforge") {
			t.Errorf("no completion for %s", shell)
		}
	}
	for _, test := range []struct {
		want string
		args []string
	}{
		{"quark\n", []string{"gonogo", "--skip", "qu"}},
		{"gfx1100\n", []string{"kernels", "build", "--arch", "gfx11"}},
		{"emu:gfx950,unchecked\n", []string{"run", "--device", "emu:"}},
		{":0\n", []string{"run", "-m", ""}},
		{":0\n", []string{"bench", ""}},
		{"mxfp6\n", []string{"run", "--kv-cache-dtype", "mx"}},
		{"fish\n", []string{"completion", ""}},
	} {
		stdout, _, code := command("", append([]string{"__complete"}, test.args...)...)
		if code != exitDone || !strings.Contains(stdout, test.want) {
			t.Errorf("%q: exit code %d, %q, want %q in it", test.args, code, stdout, test.want)
		}
	}
}
