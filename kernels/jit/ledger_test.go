package jit

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestLedgerGolden reads the golden and holds it to the code objects beside it.
func TestLedgerGolden(t *testing.T) {
	var objects []Object
	for _, arch := range sampleArchs {
		m, err := ReadMetadata(sampleCode(t, arch))
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, Object{Program: "sample", Arch: arch, Metadata: m})
	}
	slices.Reverse(objects)
	want := readLedger(t, filepath.Join("testdata", "sample.ledger"))
	if diff := want.Diff(NewLedger(objects)); diff != nil || !want.SameCompiler(NewLedger(objects)) {
		t.Errorf("%q", diff)
	}
}

func TestLedgerDiff(t *testing.T) {
	line := func(symbol string, vgpr int) LedgerLine {
		return LedgerLine{"gfx1100", "f16 cache", symbol, Cost{VGPR: vgpr}}
	}
	old := Ledger{"clang 21", []LedgerLine{line("a", 1), line("b", 2), line("c", 3)}}
	got := Ledger{"clang 22", []LedgerLine{line("a", 1), line("b", 4), line("d", 5)}}
	want := []string{"- " + line("b", 2).String(), "+ " + line("b", 4).String(), "+ " + line("d", 5).String(), "- " + line("c", 3).String()}
	if diff := old.Diff(got); !slices.Equal(diff, want) {
		t.Errorf("got  %q\nwant %q", diff, want)
	}
	if old.SameCompiler(got) {
		t.Error("different compilers are the same")
	}
}

func TestParseLedgerRefuses(t *testing.T) {
	good := LedgerLine{"gfx1100", "Q4_K", "gemv", Cost{VGPR: 1}}.String()
	if _, err := ParseLedger(ledgerHead + "clang\n\n# a remark\n" + good + "\n"); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"gfx1100", `gfx1100 Q4_K gemv vgpr=1`, good[:len(good)-2], good + " more=1", strings.Replace(good, "vgpr=1", "vgpr=01", 1)} {
		if l, err := ParseLedger(bad); err == nil {
			t.Errorf("%q: %+v", bad, l)
		}
	}
}
