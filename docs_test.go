package rocmforge_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge"
)

// aliases are the types of this package, all of which are others' under another
// name.
var aliases = map[string]reflect.Type{
	"Model": reflect.TypeFor[*rocmforge.Model](), "Session": reflect.TypeFor[*rocmforge.Session](),
	"Token": reflect.TypeFor[rocmforge.Token](), "LogProb": reflect.TypeFor[rocmforge.LogProb](),
	"Options": reflect.TypeFor[rocmforge.Options](), "GenerateOptions": reflect.TypeFor[rocmforge.GenerateOptions](),
	"Sampling": reflect.TypeFor[rocmforge.Sampling](), "StopReason": reflect.TypeFor[rocmforge.StopReason](),
	"Stats": reflect.TypeFor[rocmforge.Stats](), "Likelihood": reflect.TypeFor[rocmforge.Likelihood](),
	"Perplexity": reflect.TypeFor[rocmforge.Perplexity](), "PerplexityOptions": reflect.TypeFor[rocmforge.PerplexityOptions](),
	"FoundModel": reflect.TypeFor[rocmforge.FoundModel](), "KernelTime": reflect.TypeFor[rocmforge.KernelTime](), "DeviceInfo": reflect.TypeFor[rocmforge.DeviceInfo](),
	"Plan": reflect.TypeFor[*rocmforge.Plan](), "Inspection": reflect.TypeFor[rocmforge.Inspection](),
	"ModelError": reflect.TypeFor[*rocmforge.ModelError](), "DeviceError": reflect.TypeFor[*rocmforge.DeviceError](),
	"FitError": reflect.TypeFor[*rocmforge.FitError](), "ContextError": reflect.TypeFor[*rocmforge.ContextError](),
	"OptionError": reflect.TypeFor[*rocmforge.OptionError](), "BugError": reflect.TypeFor[*rocmforge.BugError](),
	"MemoryError": reflect.TypeFor[*rocmforge.MemoryError](), "Fault": reflect.TypeFor[*rocmforge.Fault](),
}

// TestEverythingIsDocumented: the comment of each type names its exported fields
// and methods, since documentation tools show none of an alias.
func TestEverythingIsDocumented(t *testing.T) {
	fset := token.NewFileSet()
	var files []*ast.File
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	pkg, err := doc.NewFromFiles(fset, files, "github.com/rocmforge/rocmforge")
	if err != nil {
		t.Fatal(err)
	}
	for _, documented := range pkg.Types {
		typ, ok := aliases[documented.Name]
		if !ok {
			t.Errorf("%s is not on the test's list", documented.Name)
			continue
		}
		for _, name := range members(typ) {
			if !regexp.MustCompile(`\b` + name + `\b`).MatchString(documented.Doc) {
				t.Errorf("the comment of %s does not name %s", documented.Name, name)
			}
		}
	}
	if len(pkg.Types) != len(aliases) {
		t.Errorf("%d types are documented, %d are on the test's list", len(pkg.Types), len(aliases))
	}
}

func members(typ reflect.Type) (names []string) {
	for m := range typ.Methods() {
		names = append(names, m.Name)
	}
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct {
		return names
	}
	for f := range typ.Fields() {
		if f.IsExported() {
			names = append(names, f.Name)
		}
	}
	return names
}
