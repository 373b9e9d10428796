package kernels

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// sources is src/: a kernel per op in *.hip, and headers in arch/, quant/ and
// lib/.
//
//go:embed src
var sources embed.FS

// source reads a file of src.
func source(name string) (string, error) {
	b, err := sources.ReadFile("src/" + name)
	if err != nil {
		return "", fmt.Errorf("kernels: there is no %s", name)
	}
	return string(b), nil
}

// SourceLine is a line of the sources, by the file's name in the compiler's
// messages ("kernels/src/gemv.hip"); empty if there is none.
func SourceLine(file string, line int) string {
	name, _ := strings.CutPrefix(file, "kernels/src/")
	text, err := source(name)
	if err != nil || line < 1 {
		return ""
	}
	for s := range strings.SplitSeq(text, "\n") {
		if line--; line == 0 {
			return s
		}
	}
	return ""
}

// Names lists the kernels: the files in src without ".hip".
func Names() (names []string) {
	files, _ := fs.Glob(sources, "src/*.hip")
	for _, f := range files {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(f, "src/"), ".hip"))
	}
	return names
}

// shared are headers of src/quant that are of no format.
var shared = []string{"codes", "decode", "floats", "sixes"}

// Formats lists the formats that kernels can read, by the names that package
// quant gives them.
func Formats() (names []string) {
	files, _ := fs.Glob(sources, "src/quant/*.h")
	for _, f := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(f, "src/quant/"), ".h")
		if !slices.Contains(shared, name) {
			names = append(names, strings.ToUpper(name))
		}
	}
	return names
}

// headers lists all headers in memory, each with a line that gives it its own
// name in the compiler's messages.
func headers() (all []Header) {
	for _, dir := range []string{"arch", "lib", "quant"} {
		files, _ := fs.Glob(sources, "src/"+dir+"/*.h")
		for _, f := range files {
			text, _ := sources.ReadFile(f)
			all = append(all, Header{strings.TrimPrefix(f, "src/"), named(f, string(text))})
		}
	}
	return all
}

// named puts a #line in front, so that a message shows the file in this
// repository.
func named(file, text string) string {
	return fmt.Sprintf("#line 1 \"kernels/%s\"\n%s", file, text)
}
