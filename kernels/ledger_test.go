package kernels_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/kernels/jit"
)

// golden is the ledger of the kernels of all models.
const golden = "testdata/models.ledger"

func readLedger(t *testing.T) jit.Ledger {
	t.Helper()
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	l, err := jit.ParseLedger(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestLedger holds the kernels of all models to the golden of what they take,
// if that is of the same compiler, and allows no spills and no scratch memory.
func TestLedger(t *testing.T) {
	got := jit.NewLedger(modelObjects(t))
	checkSpills(t, got)
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := readLedger(t)
	diff := strings.Join(want.Diff(got), "\n")
	switch {
	case diff == "":
	case want.SameCompiler(got):
		t.Errorf("%s (-update writes it anew):\n%s", golden, diff)
	default:
		t.Logf("%s is of %s, and this is %s:\n%s", golden, want.Compiler, got.Compiler, diff)
	}
}

// checkSpills wants no registers in memory.
func checkSpills(t *testing.T, l jit.Ledger) {
	t.Helper()
	for _, line := range l.Lines {
		if c := line.Cost; c.VGPRSpills+c.SGPRSpills+c.Scratch > 0 {
			t.Errorf("registers in memory: %s", line)
		}
	}
}

// tableRow is a kernel's row of the table in docs/PERFORMANCE.md: the beginning
// of its symbol, then what it costs on the first GPU.
var tableRow = regexp.MustCompile("(?m)^(\\| `(\\w+)`) \\| \\d+ \\| \\d+ \\| \\d+ \\| \\d+ ")

// TestLedgerTable holds the table to the golden.
func TestLedgerTable(t *testing.T) {
	ledger, file := readLedger(t), "../docs/PERFORMANCE.md"
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	want := tableRow.ReplaceAllStringFunc(string(got), func(row string) string {
		rows++
		m := tableRow.FindStringSubmatch(row)
		c := costOf(t, ledger, m[2])
		return fmt.Sprintf("%s | %d | %d | %d | %d ", m[1], c.VGPR, c.LDS, c.Code, c.Waves)
	})
	if rows == 0 {
		t.Errorf("%s has no table of kernels", file)
	}
	if *update {
		err = os.WriteFile(file, []byte(want), 0o644)
	}
	if err != nil || !*update && want != string(got) {
		t.Errorf("%s differs from %s (-update writes it anew): %v", file, golden, err)
	}
}

// costOf is what the first kernel costs whose symbol begins so.
func costOf(t *testing.T, l jit.Ledger, symbol string) jit.Cost {
	t.Helper()
	for _, line := range l.Lines {
		if line.Arch == modelArchs[0] && strings.HasPrefix(line.Symbol+"_", symbol+"_") {
			return line.Cost
		}
	}
	t.Errorf("%s has no %s", golden, symbol)
	return jit.Cost{}
}
