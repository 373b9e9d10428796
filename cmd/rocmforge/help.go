package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpWidth is what every line of a help text fits into.
const helpWidth = 80

// Groups of commands, in the order of the list.
var commandGroups = []*cobra.Group{
	{ID: "use", Title: "Use"},
	{ID: "models", Title: "Models"},
	{ID: "measure", Title: "Measure"},
	{ID: "kernels", Title: "Kernels"},
}

// Groups of flags, in the order of the help. Flags without a group are the
// command's own, and come first.
const (
	modelFlags    = "Model"
	deviceFlags   = "Device"
	samplingFlags = "Sampling"
	outputFlags   = "Output"
)

var flagGroups = []string{"", samplingFlags, modelFlags, deviceFlags, outputFlags}

// Annotations of flags and commands.
const (
	groupKey = "group"
	usesKey  = "uses"
)

// group puts all flags of a set that have no group yet into one.
func group(f *pflag.FlagSet, name string) {
	f.VisitAll(func(flag *pflag.Flag) {
		if flag.Annotations[groupKey] == nil {
			f.SetAnnotation(flag.Name, groupKey, []string{name})
		}
	})
}

// uses says which of the flags that all commands have mean something to this
// one, beside --json and --debug. A command that does not say so uses all.
func uses(c *cobra.Command, flags ...string) *cobra.Command {
	if c.Annotations == nil {
		c.Annotations = map[string]string{}
	}
	c.Annotations[usesKey] = strings.Join(append(flags, "json", "debug", "help", "version"), " ")
	return c
}

// used says whether a flag means something to a command.
func used(c *cobra.Command, f *pflag.Flag) bool {
	names, limited := c.Annotations[usesKey]
	return !limited || c.Root().PersistentFlags().Lookup(f.Name) != f || slices.Contains(strings.Fields(names), f.Name)
}

// checkUsed refuses flags that would be ignored.
func checkUsed(c *cobra.Command) (err error) {
	c.Flags().Visit(func(f *pflag.Flag) {
		if err == nil && !used(c, f) {
			err = usagef("%s does not use --%s", c.CommandPath(), f.Name)
		}
	})
	return err
}

// writeHelp is the help of every command: usage, what it does, examples,
// commands, flags.
func writeHelp(w io.Writer, c *cobra.Command) {
	usage := c.CommandPath() + strings.TrimPrefix(c.Use, c.Name())
	if c.HasAvailableSubCommands() {
		usage = c.CommandPath() + " COMMAND [flags]"
	}
	fmt.Fprintf(w, "Usage:\n  %s\n", usage)
	if text := strings.TrimSpace(c.Long); text != "" {
		fmt.Fprintf(w, "\n%s\n", text)
	} else if c.Short != "" {
		fmt.Fprintf(w, "\n%s.\n", c.Short)
	}
	if c.Example != "" {
		fmt.Fprintf(w, "\nExamples:\n%s\n", c.Example)
	}
	writeCommands(w, c)
	for _, name := range flagGroups {
		writeFlags(w, c, name)
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\n%s COMMAND --help shows the flags of a command.\n", c.CommandPath())
	}
}

// writeCommands lists the commands below c, group by group.
func writeCommands(w io.Writer, c *cobra.Command) {
	width := 0
	for _, sub := range c.Commands() {
		width = max(width, len(sub.Name()))
	}
	for _, g := range append(slices.Clone(c.Groups()), &cobra.Group{Title: "Other"}) {
		title := g.Title
		if len(c.Groups()) == 0 {
			title = "Commands"
		}
		for _, sub := range c.Commands() {
			if sub.GroupID != g.ID || sub.Hidden || sub.Name() == "help" {
				continue
			}
			if title != "" {
				fmt.Fprintf(w, "\n%s:\n", title)
				title = ""
			}
			fmt.Fprintf(w, "  %-*s  %s\n", width, sub.Name(), sub.Short)
		}
	}
}

// writeFlags lists the flags of a group that the command uses.
func writeFlags(w io.Writer, c *cobra.Command, name string) {
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	c.InitDefaultHelpFlag()
	f.SortFlags, c.Flags().SortFlags = false, false
	c.InheritedFlags() // puts them among Flags
	c.Flags().VisitAll(func(flag *pflag.Flag) {
		in := ""
		if g := flag.Annotations[groupKey]; g != nil {
			in = g[0]
		}
		if flag.Name == "help" || flag.Name == "version" {
			in = outputFlags
		}
		if in == name && used(c, flag) {
			f.AddFlag(flag)
		}
	})
	if !f.HasAvailableFlags() {
		return
	}
	title := "Flags"
	if name != "" {
		title = name + " flags"
	}
	fmt.Fprintf(w, "\n%s:\n%s", title, f.FlagUsagesWrapped(helpWidth))
}
