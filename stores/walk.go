package stores

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/internal/fileerr"
)

// maxDepth is how many folders below a place are looked into.
const maxDepth = 5

// A walk is a way through folders that hold GGUF files and Hugging Face
// folders.
type walk struct {
	*scan
	// check says where a file may lie; nil: anywhere, as links of people's own
	// folders may lead to another disk.
	check func(path string) (string, error)
	// names are those of a GGUF file, or of a folder, by its path below the
	// root, the shortest first.
	names func(rel string, folder bool) []string
}

// into looks at a folder, whose path below the root is rel, with slashes.
func (w *walk) into(dir, rel string, depth int) {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil || w.visited[real] {
		return // a link to nothing, or a circle
	}
	w.visited[real] = true
	list := w.readDir(dir)
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = e.Name()
	}
	if kind := folderKind(names); kind != "" {
		w.addFolder(dir, rel, kind, names)
		return
	}
	parts := map[string]bool{}
	for _, e := range list {
		full, at := filepath.Join(dir, e.Name()), path.Join(rel, e.Name())
		switch folder := isFolder(full, e); {
		case isGGUF(at) && !folder:
			w.addGGUF(full, at, parts)
		case folder && depth > 0 && !strings.HasPrefix(e.Name(), "."):
			w.into(full, at, depth-1)
		}
	}
}

// isFolder follows links.
func isFolder(path string, e fs.DirEntry) bool {
	if e.Type()&fs.ModeSymlink == 0 {
		return e.IsDir()
	}
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func isGGUF(name string) bool {
	return strings.EqualFold(path.Ext(name), ".gguf") && !strings.HasPrefix(path.Base(name), ".")
}

// folderKind says what the files of a folder make of it; "" is nothing.
func folderKind(names []string) Kind {
	is := func(name string) bool { return slices.Contains(names, name) }
	has := func(suffix string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(n, suffix) })
	}
	switch {
	case is("adapter_config.json") && !is("model.safetensors") && !is(indexName):
		return AdapterKind
	case has(".safetensors") || has(".safetensors.index.json"):
		return ModelKind
	case is("config.json") && (has(".bin") || has(".pth") || has(".pt")):
		return ModelKind
	}
	return ""
}

func (w *walk) addFolder(dir, rel string, kind Kind, names []string) {
	m := Model{Path: dir, Kind: kind, names: w.names(rel, true)}
	for _, name := range names {
		if ext := path.Ext(name); ext != ".safetensors" && ext != ".json" || w.check == nil {
			continue
		}
		if _, err := w.check(filepath.Join(dir, name)); err != nil && m.Problem == nil {
			m.Problem = fmt.Errorf("%s: %w", fileerr.Quote(name), err)
		}
	}
	w.add(m)
}

// splitName is how the parts of one model are called.
var splitName = regexp.MustCompile(`(?i)^(.*)-(\d{5})-of-(\d{5})\.gguf$`)

// addGGUF adds a file, or the first of its parts instead of it; parts are those
// that were met in this folder.
func (w *walk) addGGUF(file, rel string, parts map[string]bool) {
	m := Model{Path: file, Kind: ggufKind(rel)}
	if s := splitName.FindStringSubmatch(filepath.Base(file)); s != nil {
		key := s[1] + "/" + s[3]
		if parts[key] {
			return
		}
		parts[key] = true
		m.Path = filepath.Join(filepath.Dir(file), s[1]+"-00001-of-"+s[3]+".gguf")
	}
	m.names = w.names(trimGGUF(rel), false)
	real, err := filepath.EvalSymlinks(m.Path)
	if w.check != nil && err == nil {
		_, err = w.check(m.Path)
	}
	switch {
	case err != nil:
		m.Problem = fmt.Errorf("%s: %w", fileerr.Quote(filepath.Base(m.Path)), missing(err))
	case w.seen[real]:
		return
	default:
		w.seen[real] = true
	}
	w.add(m)
}

// ggufKind goes by the name that llama.cpp's converter gives to projectors;
// headers may know better.
func ggufKind(rel string) Kind {
	if strings.Contains(strings.ToLower(path.Base(rel)), "mmproj") {
		return ProjectorKind
	}
	return ModelKind
}

// trimGGUF leaves out of a name what says that it is one of GGUF files.
func trimGGUF(name string) string {
	if s := splitName.FindStringSubmatch(name); s != nil {
		return s[1]
	}
	if isGGUF(filepath.ToSlash(name)) {
		return name[:len(name)-len(".gguf")]
	}
	return name
}
