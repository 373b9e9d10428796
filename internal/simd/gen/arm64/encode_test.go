package main

import (
	"fmt"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	wordLine = regexp.MustCompile(`WORD \$0x([0-9a-f]{8}) // (.*)`)
	encoding = regexp.MustCompile(`encoding: \[0x(..),0x(..),0x(..),0x(..)\]`)
)

// TestEncode assembles the comment of every generated word with llvm-mc.
func TestEncode(t *testing.T) {
	tool, err := exec.LookPath("llvm-mc")
	if err != nil {
		t.Skip("llvm-mc is not installed")
	}
	words := map[string]string{} // by text
	for _, write := range sets {
		var p program
		write(&p)
		for _, m := range wordLine.FindAllStringSubmatch(p.text.String(), -1) {
			words[m[2]] = m[1]
		}
	}
	if len(words) < 100 {
		t.Fatalf("found only %d words", len(words))
	}
	texts := slices.Sorted(maps.Keys(words))
	cmd := exec.Command(tool, "-arch=aarch64", "-mattr=+dotprod", "-show-encoding")
	cmd.Stdin = strings.NewReader(strings.Join(texts, "\n") + "\n")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("llvm-mc: %v\n%s", err, out)
	}
	codes := encoding.FindAllStringSubmatch(string(out), -1)
	if len(codes) != len(texts) {
		t.Fatalf("%d instructions gave %d encodings", len(texts), len(codes))
	}
	for i, text := range texts {
		want := fmt.Sprint(codes[i][4], codes[i][3], codes[i][2], codes[i][1])
		if words[text] != want {
			t.Errorf("%s is %s, want %s", text, words[text], want)
		}
	}
}
