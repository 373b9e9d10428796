package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

var shells = []string{"bash", "zsh", "fish", "powershell"}

func (a *app) completionCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "completion " + strings.Join(shells, "|"),
		Short: "Print a script that completes commands and flags in a shell",
		Long: `Print a script that completes commands, flags and their values in a shell. Load
it where the shell starts: in ~/.bashrc, ~/.zshrc (after compinit), fish's
config.fish, or PowerShell's profile.`,
		Example: `  source <(rocmforge completion bash)
  rocmforge completion fish | source
  rocmforge completion powershell | Out-String | Invoke-Expression`,
		Args:      wants("a shell: " + strings.Join(shells, ", ")),
		ValidArgs: shells,
		RunE: func(c *cobra.Command, args []string) error {
			root := c.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.stdout, true)
			case "zsh":
				return root.GenZshCompletion(a.stdout)
			case "fish":
				return root.GenFishCompletion(a.stdout, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.stdout)
			}
			return usageError{fmt.Errorf("no completion for %q: want one of %s", args[0], strings.Join(shells, ", "))}
		},
	}
	return uses(c)
}

// helpCommand is --help in another place; unlike cobra's it refuses commands
// that do not exist.
func (a *app) helpCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Show the help of a command",
		Example: "  rocmforge help run",
		RunE: func(c *cobra.Command, args []string) error {
			about, rest, err := c.Root().Find(args)
			if err == nil && len(rest) > 0 && about.HasSubCommands() {
				err = commandError(about, rest[0])
			}
			if err != nil {
				return usageError{unknownCommand(c.Root(), err)}
			}
			return about.Help()
		},
	}
	return uses(c)
}
