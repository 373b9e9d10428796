package verify

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// WriteText writes the report as tables.
func (r *Report) WriteText(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "OP\tPASSED\tFAILED\tSKIPPED\tWORST ERROR\tOF ALLOWED")
	for _, o := range r.Ops {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%.3g\t%.0f%%\n", o.Op, o.Passed, o.Failed, o.Skipped, o.MaxAbs, 100*o.OfAllowed)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w)
	r.Kernels.write(w, "kernels", "%d programs compiled in %.1f s, %d of them from the disk", r.Kernels.Programs, r.Kernels.Seconds, r.Kernels.Cached)
	r.Copy.write(w, "copying", "%.1f GB/s, read and written", r.Copy.Rate/1e9)
	r.Graphs.write(w, "graphs", "%d of %d steps are the same without, bit for bit", r.Graphs.Equal, r.Graphs.Steps)
	r.Greedy.write(w, "greedy", "%d of %d tokens are the CPU's, the others close", r.Greedy.Same, r.Greedy.Tokens)
	for _, o := range r.Ops {
		if o.Skipped > 0 {
			fmt.Fprintf(w, "%s\t%s\t%d cases: %s\n", o.Op, Skipped, o.Skipped, o.Why)
		}
		for _, e := range o.Errors {
			fmt.Fprintf(w, "%s\t%s\t%s\n", o.Op, Failed, e)
		}
	}
	return w.Flush()
}

// write says what a check that passed found, or why it did not pass.
func (o Outcome) write(w io.Writer, name, format string, args ...any) {
	said := o.Why
	if o.Status == Passed {
		said = fmt.Sprintf(format, args...)
	}
	fmt.Fprintf(w, "%s\t%s\t%s\n", name, o.Status, said)
}
