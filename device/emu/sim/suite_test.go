package sim

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

// executed are the mnemonics that benches of this package's tests executed, by
// GPU.
var executed = map[string]map[string]bool{}

func (b *bench) note() {
	p := b.g.launch.program
	if executed[p.arch.Name] == nil {
		executed[p.arch.Name] = map[string]bool{}
	}
	for i, done := range b.ops[:len(p.Ops)] {
		if done {
			executed[p.arch.Name][p.Ops[i]] = true
		}
	}
}

// left are the instructions that the conformance suite's kernels have and that
// no case of it executes: testdata/unexecuted.txt, read by TestLeft.
var left [][]string

func TestLeft(t *testing.T) {
	text, err := os.ReadFile("../testdata/unexecuted.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); f[0] != "#" {
			left = append(left, f)
			if len(f) < 3 || rules[f[1]] == nil {
				t.Errorf("%q: want a GPU, a mnemonic and a reason", line)
			}
		}
	}
}

// TestMain wants this package's tests, if all of them ran, to execute what is
// left.
func TestMain(m *testing.M) {
	code := m.Run()
	all := flag.Lookup("test.run").Value.String()+flag.Lookup("test.skip").Value.String() == ""
	for _, f := range left {
		if all && code == 0 && !executed[f[0]][f[1]] {
			fmt.Printf("no test executes %s of %s\n", f[1], f[0])
			code = 1
		}
	}
	os.Exit(code)
}
