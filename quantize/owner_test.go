package quantize

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/rocmforge/rocmforge/internal/safefile"
)

// TestOneOwner: a second run with the same output is refused while the first is
// at work, and a part of another run is not taken for one of this.
func TestOneOwner(t *testing.T) {
	in := tiny
	out := filepath.Join(t.TempDir(), "out")
	o := Options{Scheme: scheme(t, "w_mxfp4")}
	owned, err := safefile.Own(out+".partial", func() error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	var busy *safefile.BusyError
	if _, err := Run(context.Background(), in, out, o); !errors.As(err, &busy) || busy.PID != os.Getpid() {
		t.Errorf("%v", err)
	}
	if err := owned.Release(); err != nil {
		t.Fatal(err)
	}

	j, err := newJob(in, out, o)
	if err != nil {
		t.Fatal(err)
	}
	defer j.close()
	if err := j.begin(); err != nil {
		t.Fatal(err)
	}
	if _, err := j.run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, done := j.reports(0); !done {
		t.Error("its own part is none")
	}
	j.mark = "another"
	if _, done := j.reports(0); done {
		t.Error("a part of another run counts as done")
	}
	if _, err := j.finish(context.Background()); err == nil {
		t.Error("parts of another run were brought together")
	}
}
